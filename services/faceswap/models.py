"""How a model of the manifest becomes a backend of this service."""

from __future__ import annotations

from services.common.backend import ModelSpec
from services.common.settings import ModelServiceSettings
from services.faceswap.backend import FaceSwapBackend


def create(spec: ModelSpec, settings: ModelServiceSettings) -> FaceSwapBackend:
    """Make the backend of a model; nothing is loaded yet.

    A family is imported when one of its models is asked for, and not before: some need libraries that are not installed everywhere.

    Raises:
        ValueError: the model names a backend that does not exist.
        ImportError: the backend's libraries are not installed.
    """
    match spec.backend:
        case "blend":
            from services.faceswap.backends.blend import BlendBackend

            return BlendBackend(spec)
        case "insightface":
            from services.faceswap.backends.insight import InsightFaceBackend

            return InsightFaceBackend(spec, settings.weights_dir / spec.name, settings.device)
        case unknown:
            raise ValueError(f"{spec.name} names the backend {unknown!r}, which this service does not have; it has: blend, insightface")
