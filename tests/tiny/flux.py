"""FLUX.1, small, in the folder layout of diffusers: schnell, dev and Fill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FluxFillPipeline, FluxPipeline, FluxTransformer2DModel

from tests.tiny.clip_t5 import WIDTH, clip_encoder, clip_tokenizer, t5_encoder, t5_tokenizer
from tests.tiny.vae import autoencoder

_LATENTS = 16  # channels
_PACKED = 4 * _LATENTS  # channels of a patch of 2×2 latents
_MASK = 16 * 16  # mask pixels under such a patch


def parts(*, guidance: bool, fill: bool = False, seed: int = 0) -> dict[str, Any]:
    """The components. `guidance`: distilled guidance, as in dev and Fill."""
    torch.manual_seed(seed)
    tokenizer, tokenizer_2 = clip_tokenizer(), t5_tokenizer()
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=guidance, shift=3.0 if guidance else 1.0),
        "vae": autoencoder(_LATENTS, scaling_factor=0.3611, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False),
        "text_encoder": clip_encoder(tokenizer),
        "tokenizer": tokenizer,
        "text_encoder_2": t5_encoder(tokenizer_2),
        "tokenizer_2": tokenizer_2,
        "transformer": FluxTransformer2DModel(
            patch_size=1,
            in_channels=2 * _PACKED + _MASK if fill else _PACKED,
            out_channels=_PACKED,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            pooled_projection_dim=WIDTH,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=guidance,
        ).eval(),
    }


def save(folder: Path, *, guidance: bool = False, shard: str | None = None, seed: int = 0) -> Path:
    """schnell, or dev with `guidance`; `shard`: largest size of a weight file, such as `50KB`."""
    options = {"max_shard_size": shard} if shard else {}
    FluxPipeline(**parts(guidance=guidance, seed=seed)).save_pretrained(folder, **options)
    return folder


def save_fill(folder: Path, *, seed: int = 0) -> Path:
    """Fill."""
    FluxFillPipeline(**parts(guidance=True, fill=True, seed=seed)).save_pretrained(folder)
    return folder
