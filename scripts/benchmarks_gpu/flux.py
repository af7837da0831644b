"""FLUX.1: schnell and dev."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks_gpu.case import Case, Work
from benchmarks_gpu.pictures_by_words import by_library, draw
from benchmarks_gpu.place import Place
from benchmarks_gpu.text_encoders import CLIP_L, clip, t5_xxl
from tests.tiny import flux as tiny
from tests.tiny.clip_t5 import clip_tokenizer, t5_tokenizer

# As the published config.json files have it.
_TRANSFORMER = {
    "patch_size": 1,
    "in_channels": 64,
    "num_layers": 19,
    "num_single_layers": 38,
    "attention_head_dim": 128,
    "num_attention_heads": 24,
    "joint_attention_dim": 4096,
    "pooled_projection_dim": 768,
    "axes_dims_rope": (16, 56, 56),
}
_VAE = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 16,
    "sample_size": 1024,
    "scaling_factor": 0.3611,
    "shift_factor": 0.1159,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}
_DEV_SHIFTING = {"use_dynamic_shifting": True, "shift": 3.0, "base_image_seq_len": 256, "max_image_seq_len": 4096, "base_shift": 0.5}


def cases() -> list[Case]:
    """Both at their published size."""
    return [_case("flux-schnell", steps=4, guidance=0.0), _case("flux-dev", steps=28, guidance=3.5)]


def tiny_cases() -> list[Case]:
    """schnell, tiny."""
    return [
        Case(
            service="diffusion",
            model="flux-schnell",
            item="a picture of 64², 4 steps",
            batches=(1, 2),
            save=lambda spec, folder, place: tiny.save(folder),
            run=draw(64, 4, 0.0),
            stock=lambda spec, folder, place: _stock(folder, place, side=64, steps=4, guidance=0.0),
            stock_name="diffusers",
        )
    ]


def _case(model: str, *, steps: int, guidance: float) -> Case:
    return Case(
        service="diffusion",
        model=model,
        item=f"a picture of 1024², {steps} steps",
        batches=(1, 4),
        save=lambda spec, folder, place: _save(folder, place, guided=guidance > 0),
        run=draw(1024, steps, guidance),
        stock=lambda spec, folder, place: _stock(folder, place, side=1024, steps=steps, guidance=guidance),
        stock_name="diffusers",
    )


def networks(tokenizer: Any, *, guided: bool) -> dict[str, Any]:
    """The networks of the published models; `guided`: of dev, with distilled guidance."""
    from diffusers import AutoencoderKL, FluxTransformer2DModel

    return {
        "transformer": FluxTransformer2DModel(**_TRANSFORMER, guidance_embeds=guided),
        "text_encoder": clip(CLIP_L, tokenizer),
        "text_encoder_2": t5_xxl(),
        "vae": AutoencoderKL(**_VAE),
    }


def _save(folder: Path, place: Place, *, guided: bool) -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline

    tokenizers = {"tokenizer": clip_tokenizer(), "tokenizer_2": t5_tokenizer()}
    with place.making():
        made = networks(tokenizers["tokenizer"], guided=guided)
    scheduler = FlowMatchEulerDiscreteScheduler(**(_DEV_SHIFTING if guided else {"shift": 1.0}))
    FluxPipeline(**made, **tokenizers, scheduler=scheduler).save_pretrained(folder)


def _stock(folder: Path, place: Place, *, side: int, steps: int, guidance: float) -> Work:
    from diffusers import FluxPipeline

    pipeline = FluxPipeline.from_pretrained(folder, dtype=place.dtype)
    return by_library(pipeline, place, side=side, steps=steps, guidance=guidance)
