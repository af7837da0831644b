"""Models made of checkpoints that the tests write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.common.backend import Cancelled, ModelSpec, WeightFile, WeightSource
from services.common.picture import Picture
from services.superres.backend import UpscaleResult, UpscaleTask
from services.superres.backends.spandrel_networks.backend import SpandrelBackend
from services.superres.backends.spandrel_networks.family import FAMILIES
from tests.tiny import hat, realesrgan


class Watcher:
    """Notes progress, and leaves after a number of reports."""

    def __init__(self, leave_after: int = 1000) -> None:
        self.told: list[tuple[str, int, int]] = []
        self.leave_after = leave_after

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.told.append((stage, step, total))
        if len(self.told) >= self.leave_after:
            raise Cancelled


def spec_of(backend: str, *files: str, **defaults: Any) -> ModelSpec:
    source = WeightSource(kind="manual", files=tuple(WeightFile(path=file) for file in files))
    return ModelSpec(
        name="tiny", backend=backend, revision="1", licence="MIT", commercial_use=True, memory_bytes=1, sources=(source,), defaults=defaults
    )


def backend_of(spec: ModelSpec, folder: Path, **settings: str) -> SpandrelBackend:
    return SpandrelBackend(spec, FAMILIES[spec.backend], folder, device="cpu", **settings)


def loaded(spec: ModelSpec, folder: Path) -> SpandrelBackend:
    backend = backend_of(spec, folder)
    backend.load()
    return backend


def upscaled(
    backend: SpandrelBackend, pixels: np.ndarray, *, watcher: Watcher | None = None, about: Any = None, **task: Any
) -> UpscaleResult:
    made = UpscaleTask(picture=Picture(pixels=pixels, **(about or {})), monitor=watcher or Watcher(), **{"scale": 4, **task})
    (result,) = backend.upscale([made])
    return result


@pytest.fixture(scope="session")
def compact(tmp_path_factory: pytest.TempPathFactory) -> SpandrelBackend:
    """SRVGGNetCompact ×4 of radius 4: smaller than the halo, so results do not depend on tiles."""
    folder = tmp_path_factory.mktemp("compact")
    realesrgan.save(folder / "c.pth", realesrgan.faithful(), "params")
    return loaded(spec_of("realesrgan", "c.pth", architecture="Compact", scale=4), folder)


@pytest.fixture(scope="session")
def rrdb(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], SpandrelBackend]:
    """RRDBNet of a scale; one block sees further than the halo."""
    backends: dict[int, SpandrelBackend] = {}

    def make(scale: int) -> SpandrelBackend:
        if scale not in backends:
            folder = tmp_path_factory.mktemp("rrdb")
            realesrgan.save(folder / "r.pth", realesrgan.weights(realesrgan.rrdb_shapes(scale=scale)))
            backends[scale] = loaded(spec_of("realesrgan", "r.pth", architecture="ESRGAN", scale=scale), folder)
        return backends[scale]

    return make


@pytest.fixture(scope="session")
def tiny_hat(tmp_path_factory: pytest.TempPathFactory) -> SpandrelBackend:
    folder = tmp_path_factory.mktemp("hat")
    hat.save(folder / "h.pth", scale=2)
    return loaded(spec_of("hat", "h.pth", architecture="HAT", scale=2), folder)
