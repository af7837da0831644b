"""How a model of the manifest becomes a backend of this service."""

from __future__ import annotations

from services.common.backend import ModelSpec
from services.vqa.backend import VqaBackend
from services.vqa.settings import VqaSettings


def create(spec: ModelSpec, settings: VqaSettings) -> VqaBackend:
    """Make the backend of a model; nothing is loaded yet.

    A family is imported when one of its models is asked for, and not before: some need libraries that are not installed everywhere.

    Raises:
        ValueError: the model names a backend that does not exist.
        ImportError: the backend's libraries are not installed.
    """
    match spec.backend:
        case "vision":
            from services.vqa.backends.vision import VisionBackend

            return VisionBackend(spec)
        case unknown:
            raise ValueError(f"{spec.name} names the backend {unknown!r}, which this service does not have; it has: vision")
