"""How a model of the manifest becomes a backend of this service."""

from __future__ import annotations

from typing import Any

from services.common.backend import ModelSpec
from services.diffusion.backend import DiffusionBackend
from services.diffusion.settings import DiffusionSettings


def create(spec: ModelSpec, settings: DiffusionSettings) -> DiffusionBackend:
    """Make the backend of a model; nothing is loaded yet.

    A family is imported when one of its models is asked for, and not before: some need libraries that are not installed everywhere.

    Raises:
        ValueError: the model names a backend that does not exist.
        ImportError: the backend's libraries are not installed.
    """
    match spec.backend:
        case "composite":
            from services.diffusion.backends.composite.backend import CompositeBackend

            return CompositeBackend(spec)
        case "sdxl":
            from services.diffusion.backends.latent.sdxl import SdxlBackend

            return SdxlBackend(spec, settings.weights_dir / spec.name, **_placement(settings))
        case "flux":
            from services.diffusion.backends.latent.flux import FluxBackend

            return FluxBackend(spec, settings.weights_dir / spec.name, **_placement(settings))
        case "midjourney":
            from services.diffusion.backends.midjourney.backend import MidjourneyBackend

            secret = settings.midjourney_secret.get_secret_value()
            return MidjourneyBackend(
                spec, settings.midjourney_url, secret, allowed=settings.allow_external, faces_allowed=settings.midjourney_faces
            )
        case unknown:
            raise ValueError(
                f"{spec.name} names the backend {unknown!r}, which this service does not have; it has: composite, flux, sdxl, midjourney"
            )


def _placement(settings: DiffusionSettings) -> dict[str, Any]:
    """Where and in what numbers a neural network works."""
    return {"device": settings.device, "dtype": settings.dtype, "compile_blocks": settings.compile, "offload": settings.offload}
