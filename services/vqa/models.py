"""The table of models that the vqa service can load, and the backends that load them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.common.backend import ModelSpec
from services.vqa.backend import VqaBackend

MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="vision",
        backend="vision",
        revision="1",
        licence="Apache-2.0",  # OpenCV's detectors; the measurements are this project's own
        commercial_use=True,
        memory_bytes=32 * 1024**2,
        description="Classical measurements: colors, light, picture quality, faces and people. Says unknown to everything else.",
    ),
)


def _vision(spec: ModelSpec) -> VqaBackend:
    from services.vqa.backends.vision import VisionBackend

    return VisionBackend(spec)


# Each family is imported when one of its models is asked for, and not before: some need libraries that are not installed everywhere.
_FAMILIES: Mapping[str, Callable[[ModelSpec], VqaBackend]] = {
    "vision": _vision,
}


def create(spec: ModelSpec) -> VqaBackend:
    """Make the backend of one table entry, not loaded yet.

    Raises:
        ValueError: there is no backend of that name; the message lists those that are.
        ImportError: the backend's libraries are not installed.
    """
    if spec.backend not in _FAMILIES:
        raise ValueError(f"no vqa backend is named {spec.backend!r}; there are: {', '.join(sorted(_FAMILIES))}")
    return _FAMILIES[spec.backend](spec)
