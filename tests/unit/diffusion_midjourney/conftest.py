"""The proxy, and a backend that calls it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from services.common.backend import Cancelled, ModelSpec
from services.common.picture import Picture
from services.diffusion.backend import GenerateTask
from services.diffusion.backends.midjourney.backend import MidjourneyBackend
from tests.default_models import make
from tests.outside.midjourney_proxy import MidjourneyProxy

SPEC = ModelSpec(
    name="midjourney",
    backend="midjourney",
    revision="",
    licence="Midjourney's terms",
    commercial_use=True,
    memory_bytes=0,
    defaults={"poll_seconds": 0.01, "max_poll_seconds": 0.05},
)
PHOTO = Picture(pixels=np.full((2000, 1000, 3), 128, np.uint8))


class Watcher:
    """A monitor that keeps what it was told, and leaves when asked to."""

    def __init__(self, leave_after: int | None = None) -> None:
        self.steps: list[tuple[str, int, int]] = []
        self._leave_after = leave_after  # reports

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.steps.append((stage, step, total))
        if self._leave_after is not None and len(self.steps) > self._leave_after:
            raise Cancelled("the caller has left")


def task(prompt: str = "검은 단발머리", **options: Any) -> GenerateTask:
    """A request for one picture of the size that the proxy's Midjourney draws."""
    return GenerateTask(prompt=prompt, **{"width": 96, "height": 128, "monitor": Watcher(), **options})


@pytest.fixture
def proxy() -> Iterator[MidjourneyProxy]:
    """A proxy."""
    with MidjourneyProxy() as running:
        yield running


def backend_of(proxy: MidjourneyProxy, spec: ModelSpec = SPEC, **settings: Any) -> MidjourneyBackend:
    """A backend that may call the proxy; not loaded."""
    backend = make("diffusion", spec, **{"midjourney_url": proxy.address, "allow_external": True, **settings})
    assert isinstance(backend, MidjourneyBackend)
    return backend


@pytest.fixture
def backend(proxy: MidjourneyProxy) -> Iterator[MidjourneyBackend]:
    """A backend, loaded, that may send pictures too."""
    made = backend_of(proxy, midjourney_faces=True)
    made.load()
    yield made
    made.unload()
