"""The model table of the face service, and how an entry becomes a backend."""

from __future__ import annotations

from services.common.backend import ModelSpec
from services.faceswap.backend import FaceSwapBackend

MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="blend",
        backend="blend",
        revision="1",
        licence="MIT",
        commercial_use=True,
        memory_bytes=0,
        description="Finds faces with the cascades that ship with OpenCV, replaces them by alignment, colour matching and "
        "seamless cloning. Runs on a CPU; knows no identity.",
    ),
)


def create(spec: ModelSpec) -> FaceSwapBackend:
    """Make the backend of a model; it is not loaded yet.

    Raises:
        ValueError: no backend has the spec's key.
    """
    match spec.backend:
        case "blend":
            from services.faceswap.backends.blend import BlendBackend

            return BlendBackend(spec)
        case unknown:
            raise ValueError(f"model {spec.name} names the backend {unknown!r}, which the face service does not have; it has 'blend'")
