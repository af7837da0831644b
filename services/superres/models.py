"""How a model of the manifest becomes a backend of this service."""

from __future__ import annotations

from services.common.backend import ModelSpec
from services.common.settings import ModelServiceSettings
from services.superres.backend import SuperResBackend


def create(spec: ModelSpec, settings: ModelServiceSettings) -> SuperResBackend:
    """Make the backend of a model; nothing is loaded yet.

    A family is imported when one of its models is asked for, and not before: some need libraries that are not installed everywhere.

    Raises:
        ValueError: the model names a backend that does not exist.
        ImportError: the backend's libraries are not installed.
    """
    match spec.backend:
        case "compact":
            from services.superres.backends.compact.backend import CompactBackend

            return CompactBackend(spec)
        case "realesrgan" | "hat":
            from services.superres.backends.spandrel_networks.backend import SpandrelBackend
            from services.superres.backends.spandrel_networks.family import FAMILIES

            folder = settings.weights_dir / spec.name
            return SpandrelBackend(spec, FAMILIES[spec.backend], folder, device=settings.device, dtype=settings.dtype)
        case unknown:
            raise ValueError(
                f"{spec.name} names the backend {unknown!r}, which this service does not have; it has: compact, realesrgan, hat"
            )
