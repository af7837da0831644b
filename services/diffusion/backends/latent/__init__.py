"""Latent diffusion through the diffusers library: SDXL and FLUX.1."""
