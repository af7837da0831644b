"""What a picture in the making looks like: a linear guess from latents to colors, which costs next to nothing.

The guess is fitted at loading to the model's own autoencoder: it encodes a few pictures of soft random colors, and least squares
finds what turns each latent into the mean color of the pixels that it stands for. It knows nothing of detail.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

_PICTURES = 8
_SIDE = 16  # latents


class LatentPreview:
    """Latents to small pictures."""

    def __init__(self, weights: torch.Tensor) -> None:
        """Use a fitted map, (C+1)×3: a row a channel of the latents, the last one constant."""
        self._weights = weights

    @classmethod
    def fit(cls, vae: Any, device: torch.device) -> LatentPreview:
        """Learn from an autoencoder how its latents look."""
        scale = 2 ** (len(vae.config.block_out_channels) - 1)
        generator = torch.Generator("cpu").manual_seed(0)
        soft = torch.rand((_PICTURES, 3, 5, 5), generator=generator) * 2 - 1
        pictures = F.interpolate(soft, size=(_SIDE * scale, _SIDE * scale), mode="bicubic", align_corners=False).clamp(-1, 1)
        with _precise(vae):
            latents = vae.encode(pictures.to(device, vae.dtype)).latent_dist.mode().float().cpu()
        latents = (latents - (vae.config.shift_factor or 0.0)) * vae.config.scaling_factor
        inputs = _with_constant(latents)
        colors = F.avg_pool2d(pictures, scale).permute(0, 2, 3, 1).reshape(-1, 3)
        ridge = 1e-3 * len(inputs) * torch.eye(inputs.shape[1])
        return cls(torch.linalg.solve(inputs.T @ inputs + ridge, inputs.T @ colors))

    def __call__(self, latents: torch.Tensor) -> np.ndarray:
        """Draw N×C×h×w latents, noisy or not, as N×h×w×3, uint8, RGB."""
        latents = latents.float()
        spread = latents.std(dim=(1, 2, 3), keepdim=True).clamp(min=1)  # early on, most of it is noise
        inputs = _with_constant(latents / spread)
        colors = (inputs @ self._weights.to(latents.device)).reshape(latents.shape[0], *latents.shape[2:], 3)
        return np.asarray(((colors + 1) * 127.5).nan_to_num(127).clamp(0, 255).round().to(torch.uint8).cpu().numpy())


def _with_constant(latents: torch.Tensor) -> torch.Tensor:
    rows = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])
    return torch.cat([rows, torch.ones_like(rows[:, :1])], dim=1)


@contextlib.contextmanager
def _precise(vae: Any) -> Iterator[None]:
    """float32 meanwhile, for an autoencoder that overflows in half precision."""
    own = vae.dtype
    if own == torch.float16:
        vae.to(torch.float32)
    try:
        yield
    finally:
        vae.to(own)
