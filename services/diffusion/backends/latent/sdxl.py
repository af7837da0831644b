"""Stable Diffusion XL: base, in-painting and distilled (Lightning, LCM) models, with a refiner and a LoRA where the manifest names them.

Podell et al., "SDXL: Improving Latent Diffusion Models for High-Resolution Image Synthesis", 2023. The manifest's `defaults` may have
the keys of `options.SdxlOptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from services.diffusion.backends.latent.backend import LatentBackend  # isort: skip  # before diffusers, see there

import numpy as np
import torch
from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline

from services.common.backend import Unsupported
from services.diffusion.backend import GenerateTask
from services.diffusion.backends.latent.canvas import Canvas
from services.diffusion.backends.latent.checkpoint import Checkpoint
from services.diffusion.backends.latent.options import SdxlOptions
from services.diffusion.backends.latent.prompts import ClipPrompts, Embedding
from services.diffusion.backends.latent.schedulers import scheduler_named
from services.diffusion.backends.latent.shots import Kind, Shot

_PIPELINES = ("StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline")
_TEXT_CHANNELS = 4  # of a network that reads latents only; one made for in-painting reads the mask and its surroundings too
_LEAST_STEPS = 1.001  # with an initial picture and any strength at all; a little more than one, for what is lost in division


class SdxlBackend(LatentBackend):
    """SDXL. With a refiner, pictures of text and of images are begun by the base model and finished by the refiner."""

    options: SdxlOptions
    options_kind: ClassVar = SdxlOptions
    _refiner: Any = None  # a pipeline
    other_model: ClassVar = dict.fromkeys(
        Kind, "its network is made for in-painting; send init_image and mask, or use a base model such as sdxl"
    )

    def _load_pipeline(self) -> Any:
        options = self.options
        checkpoint = Checkpoint(self.spec, self._folder, _PIPELINES)
        given = {"unet": checkpoint.component("unet", self._dtype, weights=options.unet)} if options.unet else {}
        pipeline = checkpoint.pipeline(self._dtype, options.variant, **given)
        pipeline.scheduler = scheduler_named(options.scheduler, pipeline.scheduler, self.spec)
        if options.lora:
            self._merge_lora(pipeline, checkpoint)
        self._refiner = self._load_refiner(pipeline) if options.refiner else None
        return pipeline

    def _merge_lora(self, pipeline: Any, checkpoint: Checkpoint) -> None:
        """Add the adapter to the weights for good: then it costs nothing at work."""
        file = checkpoint.file(self.options.lora)
        try:
            pipeline.load_lora_weights(file.parent, weight_name=file.name, local_files_only=True, use_safetensors=True)
        except (RuntimeError, ValueError, KeyError, IndexError) as error:
            raise ValueError(f"{self.spec.name}: {self.options.lora} is no LoRA for this model's networks") from error
        if not pipeline.get_active_adapters():
            raise ValueError(f"{self.spec.name}: {self.options.lora} is no LoRA for this model's networks")
        pipeline.fuse_lora(lora_scale=self.options.lora_scale)
        pipeline.unload_lora_weights()

    def _load_refiner(self, base: Any) -> Any:
        """The refiner around its own network; text encoder, autoencoder and noise levels are the base model's."""
        checkpoint = Checkpoint(self.spec, self._folder / self.options.refiner, _PIPELINES)
        given = {"vae": base.vae, "text_encoder_2": base.text_encoder_2, "tokenizer_2": base.tokenizer_2, "scheduler": base.scheduler}
        return checkpoint.pipeline(self._dtype, self.options.variant, **given)

    def _pipelines_of(self, pipeline: Any) -> dict[Kind, Any]:
        parts = {"vae": pipeline.vae, "unet": pipeline.unet, "scheduler": pipeline.scheduler}
        parts |= {name: getattr(pipeline, name) for name in ("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2")}
        options = {"force_zeros_for_empty_prompt": pipeline.config.force_zeros_for_empty_prompt, "add_watermarker": False}
        self._clip = ClipPrompts([(pipeline.tokenizer, pipeline.text_encoder), (pipeline.tokenizer_2, pipeline.text_encoder_2)])
        self._unet = pipeline.unet
        self._zeros_for_nothing = bool(pipeline.config.force_zeros_for_empty_prompt)
        if self._refiner is not None:
            self._refiner.set_progress_bar_config(disable=True)
        inpainting = {Kind.MASK: StableDiffusionXLInpaintPipeline(**parts, **options)}
        if pipeline.unet.config.in_channels != _TEXT_CHANNELS:
            return inpainting
        return {
            Kind.TEXT: StableDiffusionXLPipeline(**parts, **options),
            Kind.IMAGE: StableDiffusionXLImg2ImgPipeline(**parts, **options),
            **inpainting,
        }

    def _networks(self) -> list[Any]:
        return [self._unet, *([self._refiner.unet] if self._refiner is not None else [])]

    def _encoders(self, pipeline: Any) -> list[Any]:
        return [pipeline.text_encoder, pipeline.text_encoder_2]

    def _forget(self) -> None:
        for name in ("_unet", "_clip", "_refiner"):
            self.__dict__.pop(name, None)

    def _multiple(self) -> int:
        return self._cell()

    def _encode(self, prompt: str) -> Embedding:
        return self._clip.encode(prompt)

    def _prompts_of(self, task: GenerateTask) -> tuple[Embedding, Embedding | None, int]:
        most = getattr(self._scheduler.config, "original_inference_steps", None)
        if most is not None and task.num_inference_steps > most:
            raise Unsupported(f"{self.spec.name} takes up to {most} steps; asked for {task.num_inference_steps}")
        prompt, negative = self.prompts[task.prompt], None
        if self._is_guided(task) and (task.negative_prompt or not self._zeros_for_nothing):
            negative = self.prompts[task.negative_prompt]
        return prompt, negative, max(prompt.tokens.shape[1], negative.tokens.shape[1] if negative else 0)

    @property
    def _scheduler(self) -> Any:
        return self._pipelines[Kind.MASK].scheduler

    def _is_guided(self, task: GenerateTask) -> bool:
        """Whether the network is run twice a step, with and without the prompt; distilled ones are not."""
        return task.guidance_scale > 1 and self._unet.config.time_cond_proj_dim is None

    def _steps(self, shot: Shot) -> int:
        return min(int(shot.task.num_inference_steps * shot.strength), shot.task.num_inference_steps)

    def _strength(self, task: GenerateTask) -> float:
        strength = super()._strength(task)  # × steps is rounded down
        return min(1.0, max(strength, _LEAST_STEPS / task.num_inference_steps)) if strength else 0.0

    def _unpack(self, latents: torch.Tensor, canvas: Canvas) -> torch.Tensor:
        return latents

    def _conditioning(self, shots: Sequence[Shot]) -> dict[str, Any]:
        length = shots[0].tokens
        arguments = {
            "prompt_embeds": self._joined([self._padded(shot.prompt.tokens, length) for shot in shots]),
            "pooled_prompt_embeds": self._joined([shot.prompt.pooled for shot in shots]),
        }
        if self._is_guided(shots[0].task):
            negatives = [(shot.negative or _nothing_like(shot.prompt)) for shot in shots]
            lengthened = [
                self._padded(negative.tokens, length) if shot.negative else _zeros(negative.tokens, length)
                for shot, negative in zip(shots, negatives, strict=True)
            ]
            arguments["negative_prompt_embeds"] = self._joined(lengthened)
            arguments["negative_pooled_prompt_embeds"] = self._joined([negative.pooled for negative in negatives])
        return arguments

    def _padded(self, tokens: torch.Tensor, length: int) -> torch.Tensor:
        """Bring a prompt to `length` tokens with windows that say nothing."""
        missing = (length - tokens.shape[1]) // self._clip.window
        return torch.cat([tokens, *[self.prompts[""].tokens.to(tokens.device)] * missing], dim=1) if missing else tokens

    def _picture_arguments(self, shots: Sequence[Shot]) -> dict[str, Any]:
        arguments = super()._picture_arguments(shots)
        if shots[0].kind is Kind.IMAGE:  # which takes its size from the picture
            del arguments["width"], arguments["height"]
        return arguments

    def _call(self, shots: Sequence[Shot], arguments: dict[str, Any]) -> np.ndarray:
        """The base model alone, or both one after the other: an ensemble of experts for much and for little noise."""
        if self._refiner is None or not self._is_refined(shots[0]):
            return super()._call(shots, arguments)
        share = self.options.high_noise_frac
        base = self._pipelines[shots[0].kind]
        latents = base(**{**arguments, "output_type": "latent"}, denoising_end=share, **self._conditioning(shots)).images
        common = ("num_inference_steps", "guidance_scale", "generator", "output_type", "callback_on_step_end")
        refining = {name: arguments[name] for name in common}
        made = self._refiner(image=latents, denoising_start=share, **refining, **self._refiner_conditioning(shots)).images
        return np.asarray(made)

    def _is_refined(self, shot: Shot) -> bool:
        """Whether both models have a step to do."""
        if shot.kind is Kind.MASK:
            return False
        self._scheduler.set_timesteps(shot.task.num_inference_steps)
        levels = self._scheduler.timesteps[-self._steps(shot) :]
        noise = self._scheduler.config.num_train_timesteps
        by_base = int((levels >= round(noise * (1 - self.options.high_noise_frac))).sum())
        return 0 < by_base < len(levels)

    def _refiner_conditioning(self, shots: Sequence[Shot]) -> dict[str, Any]:
        """The refiner reads what the second encoder says."""
        arguments = self._conditioning(shots)
        guided = self._is_guided(shots[0].task)
        if guided and not self._refiner.config.force_zeros_for_empty_prompt:
            negatives = [shot.negative or self.prompts[""] for shot in shots]
            padded = [self._padded(negative.tokens, shots[0].tokens) for negative in negatives]
            arguments["negative_prompt_embeds"] = self._joined(padded)
            arguments["negative_pooled_prompt_embeds"] = self._joined([negative.pooled for negative in negatives])
        width = self._refiner.unet.config.cross_attention_dim
        return {name: value if "pooled" in name else value[..., -width:] for name, value in arguments.items()}


def _nothing_like(prompt: Embedding) -> Embedding:
    return Embedding(tokens=torch.zeros_like(prompt.tokens), pooled=torch.zeros_like(prompt.pooled))


def _zeros(tokens: torch.Tensor, length: int) -> torch.Tensor:
    return tokens.new_zeros((1, length, tokens.shape[2]))
