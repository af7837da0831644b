"""SDXL, small, in the folder layout of diffusers: base, in-painting, refiner, LoRA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    EulerDiscreteScheduler,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from tests.tiny.clip_t5 import WIDTH, clip_encoder, clip_tokenizer
from tests.tiny.vae import autoencoder

_TIME_WIDTH = 8  # of each of the numbers that tell the network of sizes and crops


def parts(*, unet_channels: int = 4, seed: int = 0) -> dict[str, Any]:
    """The components of a base or in-painting model."""
    torch.manual_seed(seed)
    tokenizer, tokenizer_2 = clip_tokenizer(), clip_tokenizer(pad_token="!")
    return {
        "vae": autoencoder(4, scaling_factor=0.13025),
        "text_encoder": clip_encoder(tokenizer),
        "text_encoder_2": clip_encoder(tokenizer_2, projection=True),
        "tokenizer": tokenizer,
        "tokenizer_2": tokenizer_2,
        "unet": _unet(channels=unet_channels, text_width=2 * WIDTH, sizes=6),
        "scheduler": EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, timestep_spacing="leading"
        ),
    }


def save(folder: Path, *, refiner: bool = False, variant: str | None = None, seed: int = 0) -> Path:
    """A base model; with `refiner` one below it."""
    components = parts(seed=seed)
    StableDiffusionXLPipeline(**components, add_watermarker=False).save_pretrained(folder, variant=variant)
    if refiner:
        components |= {"text_encoder": None, "tokenizer": None, "unet": _unet(channels=4, text_width=WIDTH, sizes=5)}
        refining = StableDiffusionXLImg2ImgPipeline(
            **components, requires_aesthetics_score=True, force_zeros_for_empty_prompt=False, add_watermarker=False
        )
        refining.save_pretrained(folder / "refiner", variant=variant)
    return folder


def save_inpainting(folder: Path, *, seed: int = 0) -> Path:
    """An in-painting model: its network sees the mask and what is around it."""
    StableDiffusionXLInpaintPipeline(**parts(unet_channels=9, seed=seed), add_watermarker=False).save_pretrained(folder)
    return folder


def save_lora(path: Path, *, seed: int = 3) -> Path:
    """A low-rank adapter of the base model's denoising network, strong enough to be seen."""
    unet = parts()["unet"]
    torch.manual_seed(seed)
    unet.add_adapter(LoraConfig(r=4, lora_alpha=4, init_lora_weights="gaussian", target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    weights = get_peft_model_state_dict(unet)
    weights = {name: torch.randn_like(tensor) * 0.5 for name, tensor in weights.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    StableDiffusionXLPipeline.save_lora_weights(path.parent, unet_lora_layers=weights, weight_name=path.name)
    return path


def _unet(*, channels: int, text_width: int, sizes: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=4,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        transformer_layers_per_block=(1, 1),
        use_linear_projection=True,
        cross_attention_dim=text_width,
        addition_embed_type="text_time",
        addition_time_embed_dim=_TIME_WIDTH,
        projection_class_embeddings_input_dim=sizes * _TIME_WIDTH + WIDTH,
        norm_num_groups=8,
    ).eval()
