"""The autoencoder of picture models, small, in upstream's layout: 8 pixels a latent."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL


def autoencoder(latent_channels: int, **config: object) -> AutoencoderKL:
    """Four levels; its pictures use the range of colors, where untrained ones are all gray."""
    vae = AutoencoderKL(
        block_out_channels=(8, 16, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=latent_channels,
        layers_per_block=1,
        norm_num_groups=8,
        sample_size=64,
        **config,
    ).eval()
    with torch.no_grad():
        vae.decoder.conv_out.weight *= 6
        vae.encoder.conv_out.weight *= 4
    return vae
