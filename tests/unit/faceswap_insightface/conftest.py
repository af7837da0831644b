"""A tiny pack on disk, the backend loaded from it, and two people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.common.picture import Picture
from services.faceswap.backends.insight import InsightFaceBackend
from tests.tiny import insightface as tiny


class Log:
    """A monitor that remembers what it is told."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, int, int]] = []

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.reports.append((stage, step, total))


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a tiny pack. Not to be changed."""
    folder = tmp_path_factory.mktemp("insightface")
    tiny.save(folder)
    return folder


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """The files of a tiny pack, to be spoiled."""
    tiny.save(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def make(folder: Path) -> Callable[..., InsightFaceBackend]:
    """Makes a loaded backend; changes are those of the manifest's entry."""

    def make(**changes: object) -> InsightFaceBackend:
        backend = InsightFaceBackend(tiny.spec(**changes), folder, "cpu")
        backend.load()
        return backend

    return make


@pytest.fixture(scope="session")
def backend(make: Callable[..., InsightFaceBackend]) -> InsightFaceBackend:
    """Searches at 320, the size of the pictures below."""
    return make()


@pytest.fixture(scope="session")
def picture() -> Callable[[np.ndarray], Picture]:
    return lambda pixels: Picture(pixels=np.ascontiguousarray(pixels))


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """Person 1, alone."""
    pixels = np.full((320, 320, 3), 128, np.uint8)
    tiny.draw_face(pixels, 4, 4, person=1)
    return pixels


@pytest.fixture(scope="session")
def group() -> np.ndarray:
    """Persons 2, 3 and 4: the largest below right, the next in the middle, the smallest above right."""
    pixels = np.full((320, 320, 3), 100, np.uint8)
    tiny.draw_face(pixels, 7, 7, person=2)
    tiny.draw_face(pixels, 8, 7, person=3, stride=16)
    tiny.draw_face(pixels, 35, 4, person=4, stride=8)
    return pixels
