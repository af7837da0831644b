"""The image-generating models that this service knows, and how their backends are made."""

from __future__ import annotations

from services.common.backend import ModelSpec
from services.diffusion.backend import DiffusionBackend

DEFAULT = "composite"

MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="composite",
        backend="composite",
        revision="1",
        licence="MIT",
        commercial_use=True,
        memory_bytes=128 * 1024**2,
        defaults={"width": 768, "height": 1024},
        description=(
            "Draws a composite portrait or a clothed figure from attributes, in SVG, on CPU, without a neural network. In-painting "
            "removes what a mask covers; new content and image-to-image need a diffusion model."
        ),
    ),
)


def create(spec: ModelSpec) -> DiffusionBackend:
    """Make the backend of a table entry; nothing is loaded yet.

    Raises:
        ValueError: the entry names a backend that does not exist.
    """
    if spec.backend == "composite":
        from services.diffusion.backends.composite.backend import CompositeBackend

        return CompositeBackend(spec)
    raise ValueError(f"{spec.name} names the backend {spec.backend!r}; there is only: composite")
