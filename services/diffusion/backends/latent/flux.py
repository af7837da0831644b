"""FLUX.1: schnell, dev and Fill.

Rectified flow transformers (Esser et al., "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis", 2024). Guidance is
distilled into dev and Fill, and schnell has none, so there is no second run a step, and negative prompts are not read. The manifest's
`defaults` may have the keys of `options.FluxOptions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from services.diffusion.backends.latent.backend import LatentBackend  # isort: skip  # before diffusers, see there

import torch
from diffusers import FluxFillPipeline, FluxImg2ImgPipeline, FluxInpaintPipeline, FluxPipeline

from services.diffusion.backend import GenerateTask
from services.diffusion.backends.latent.canvas import Canvas
from services.diffusion.backends.latent.checkpoint import Checkpoint
from services.diffusion.backends.latent.options import FluxOptions
from services.diffusion.backends.latent.prompts import Embedding
from services.diffusion.backends.latent.shots import Kind, Shot

_PIPELINES = ("FluxPipeline", "FluxImg2ImgPipeline", "FluxInpaintPipeline", "FluxFillPipeline")


class FluxBackend(LatentBackend):
    """FLUX.1. Fill fills masks; the others also fill them, with what they know of the picture from its noise alone."""

    options: FluxOptions
    options_kind: ClassVar = FluxOptions
    other_model: ClassVar = dict.fromkeys(Kind, "it fills masks only; send init_image and mask, or use a model such as flux-schnell")

    def _load_pipeline(self) -> Any:
        return Checkpoint(self.spec, self._folder, _PIPELINES).pipeline(self._dtype, self.options.variant)

    def _pipelines_of(self, pipeline: Any) -> dict[Kind, Any]:
        names = ("scheduler", "vae", "text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2", "transformer")
        parts = {name: getattr(pipeline, name) for name in names}
        self._transformer = pipeline.transformer
        if isinstance(pipeline, FluxFillPipeline):
            return {Kind.MASK: FluxFillPipeline(**parts)}
        return {
            Kind.TEXT: FluxPipeline(**parts),
            Kind.IMAGE: FluxImg2ImgPipeline(**parts),
            Kind.MASK: FluxInpaintPipeline(**parts),
        }

    def _networks(self) -> list[Any]:
        return [self._transformer]

    def _encoders(self, pipeline: Any) -> list[Any]:
        return [pipeline.text_encoder, pipeline.text_encoder_2]

    def _forget(self) -> None:
        self.__dict__.pop("_transformer", None)

    def _multiple(self) -> int:
        return 2 * self._cell()  # the network reads patches of 2×2 latents

    def _encode(self, prompt: str) -> Embedding:
        pipeline = self._pipelines[Kind.MASK]
        tokens, pooled, _ = pipeline.encode_prompt(
            prompt, None, device=self._torch_device, max_sequence_length=self.options.max_sequence_length
        )
        return Embedding(tokens=tokens, pooled=pooled)

    def _prompts_of(self, task: GenerateTask) -> tuple[Embedding, Embedding | None, int]:
        prompt = self.prompts[task.prompt]
        return prompt, None, prompt.tokens.shape[1]

    def _steps(self, shot: Shot) -> int:
        steps = shot.task.num_inference_steps
        return steps - int(max(steps - steps * shot.strength, 0))

    def _unpack(self, latents: torch.Tensor, canvas: Canvas) -> torch.Tensor:
        rows, columns = canvas.outer_height // self._multiple(), canvas.outer_width // self._multiple()
        patches = latents.reshape(latents.shape[0], rows, columns, -1, 2, 2)
        return patches.permute(0, 3, 1, 4, 2, 5).reshape(latents.shape[0], -1, 2 * rows, 2 * columns)

    def _conditioning(self, shots: Sequence[Shot]) -> dict[str, Any]:
        return {
            "prompt_embeds": self._joined([shot.prompt.tokens for shot in shots]),
            "pooled_prompt_embeds": self._joined([shot.prompt.pooled for shot in shots]),
            "max_sequence_length": self.options.max_sequence_length,
        }
