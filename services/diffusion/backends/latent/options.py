"""What a manifest entry may say in `defaults` to a latent diffusion model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from services.common.backend import ModelSpec

# Defaults of requests: the servicer reads them.
_OF_REQUESTS = {"width", "height", "num_inference_steps", "guidance_scale", "strength", "mask_strength"}


@dataclass(frozen=True, kw_only=True)
class Options:
    """Both families."""

    variant: str = ""  # of the weight files where there are several: `fp16` for `model.fp16.safetensors`
    max_pixels: int = 2_359_296  # largest picture that the network works at: 1536×1536
    max_images_per_pass: int = 4  # pictures that are denoised side by side; more go one pass after the other
    tile_pixels: int = 2_359_296  # above this the autoencoder works in tiles, which saves memory and may leave faint seams
    prompt_cache: int = 64  # prompts whose embeddings are kept
    fuse_projections: bool = True  # one matrix product for query, key and value; same numbers, less work


@dataclass(frozen=True, kw_only=True)
class SdxlOptions(Options):
    """SDXL."""

    scheduler: str = ""  # a name of `schedulers.TABLE`; empty: as the model's own files say
    lora: str = ""  # a low-rank adapter's .safetensors, relative to the model's folder
    lora_scale: float = 1.0  # how much of it
    unet: str = ""  # a .safetensors with the whole denoising network, which takes the place of the one in `unet/`
    refiner: str = ""  # folder of the refiner, relative to the model's folder
    high_noise_frac: float = 0.8  # share of the noise that the base model takes away; the refiner does the rest


@dataclass(frozen=True, kw_only=True)
class FluxOptions(Options):
    """FLUX.1."""

    max_sequence_length: int = 512  # tokens of a prompt that are read; schnell was made for 256


Kind = TypeVar("Kind", bound=Options)


def options_of(spec: ModelSpec, kind: type[Kind]) -> Kind:
    """Read a manifest entry's defaults.

    Raises:
        ValueError: a key does not exist, or its value is of another type; the message names it.
    """
    known: Mapping[str, Any] = {field.name: field.default for field in fields(kind)}
    chosen: dict[str, Any] = {key: value for key, value in spec.defaults.items() if key not in _OF_REQUESTS}
    for key, value in chosen.items():
        if key not in known:
            raise ValueError(f"{spec.name}: the manifest's defaults have no key {key!r} for {spec.backend}; there are: {', '.join(known)}")
        wanted = type(known[key])
        if type(value) is not wanted and not (wanted is float and type(value) is int):
            raise ValueError(f"{spec.name}: {key} in the manifest's defaults must be {wanted.__name__}, not {value!r}")
    return kind(**chosen)
