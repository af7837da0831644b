"""The super-resolution models that this service knows, and how their backends are made."""

from __future__ import annotations

from services.common.backend import ModelSpec, WeightFile
from services.superres.backend import SuperResBackend

DEFAULT = "compact"

MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="compact",
        backend="compact",
        revision="1",
        licence="MIT",
        commercial_use=True,
        memory_bytes=384 * 1024**2,
        weights=(WeightFile(path="compact.onnx", sha256="b18b724653780a2754daabd0819f16646c10a861fa4f2d82a5bd623af6cd74b1", size=1557165),),
        defaults={"scale": 2, "tile": 384, "threads": 2},
        description=(
            "Small residual network of this project, CPU. Scales 1, 2 and 4; 3 is 4 averaged down. Trained for low error, not for looks: "
            "it invents no detail. `denoise` is ignored. `enhance_faces` lifts contrast and sharpness of the faces found."
        ),
    ),
)


def create(spec: ModelSpec) -> SuperResBackend:
    """Make the backend of a table entry; nothing is loaded yet.

    Raises:
        ValueError: the entry names a backend that does not exist.
    """
    if spec.backend == "compact":
        from services.superres.backends.compact.backend import CompactBackend

        return CompactBackend(spec)
    raise ValueError(f"{spec.name} names the backend {spec.backend!r}; there is only: compact")
