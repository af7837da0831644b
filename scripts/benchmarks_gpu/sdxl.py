"""Stable Diffusion XL, base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks_gpu.case import Case, Work
from benchmarks_gpu.pictures_by_words import by_library, draw
from benchmarks_gpu.place import Place
from benchmarks_gpu.text_encoders import CLIP_BIG_G, CLIP_L, clip
from services.common.backend import ModelSpec
from tests.tiny import sdxl as tiny
from tests.tiny.clip_t5 import clip_tokenizer

# As the published config.json files have it.
_UNET = {
    "sample_size": 128,
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": (320, 640, 1280),
    "layers_per_block": 2,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": (5, 10, 20),
    "transformer_layers_per_block": (1, 2, 10),
    "use_linear_projection": True,
    "cross_attention_dim": 2048,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
_VAE = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 1024,
    "scaling_factor": 0.13025,
}
_SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
    "timestep_spacing": "leading",
}
_STEPS = 30
_GUIDANCE = 7.0


def cases() -> list[Case]:
    """The base model at its published size."""
    return [
        Case(
            service="diffusion",
            model="sdxl",
            item=f"a picture of 1024², {_STEPS} steps",
            batches=(1, 4),
            save=_save,
            run=draw(1024, _STEPS, _GUIDANCE),
            stock=lambda spec, folder, place: _stock(spec, folder, place, side=1024, steps=_STEPS),
            stock_name="diffusers",
        )
    ]


def tiny_cases() -> list[Case]:
    """The same, tiny."""
    return [
        Case(
            service="diffusion",
            model="sdxl",
            item="a picture of 64², 6 steps",
            batches=(1, 2),
            save=lambda spec, folder, place: tiny.save(folder, variant=_variant(spec)),
            run=draw(64, 6, _GUIDANCE),
            stock=lambda spec, folder, place: _stock(spec, folder, place, side=64, steps=6),
            stock_name="diffusers",
        )
    ]


def _variant(spec: ModelSpec) -> str | None:
    """The word in the names of its weight files, if any."""
    return str(spec.defaults["variant"]) if "variant" in spec.defaults else None


def networks(tokenizer: Any, tokenizer_2: Any) -> dict[str, Any]:
    """The networks of the published model, whose text encoders read these tokenizers' tokens."""
    from diffusers import AutoencoderKL, UNet2DConditionModel

    return {
        "text_encoder": clip(CLIP_L, tokenizer),
        "text_encoder_2": clip(CLIP_BIG_G, tokenizer_2, projection=True),
        "unet": UNet2DConditionModel(**_UNET),
        "vae": AutoencoderKL(**_VAE),
    }


def _save(spec: ModelSpec, folder: Path, place: Place) -> None:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    tokenizers = {"tokenizer": clip_tokenizer(), "tokenizer_2": clip_tokenizer(pad_token="!")}  # noqa: S106 - of texts
    with place.making():
        made = networks(*tokenizers.values())
    pipeline = StableDiffusionXLPipeline(**made, **tokenizers, scheduler=EulerDiscreteScheduler(**_SCHEDULER), add_watermarker=False)
    pipeline.save_pretrained(folder, variant=_variant(spec))


def _stock(spec: ModelSpec, folder: Path, place: Place, *, side: int, steps: int) -> Work:
    from diffusers import StableDiffusionXLPipeline

    pipeline = StableDiffusionXLPipeline.from_pretrained(folder, dtype=place.dtype, variant=_variant(spec), add_watermarker=False)
    return by_library(pipeline, place, side=side, steps=steps, guidance=_GUIDANCE)
