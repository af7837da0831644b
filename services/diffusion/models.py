"""How a model of the manifest becomes a backend of this service."""

from __future__ import annotations

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
        case unknown:
            raise ValueError(f"{spec.name} names the backend {unknown!r}, which this service does not have; it has: composite")
