"""HAT: small, medium and large."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks_gpu.case import Case
from benchmarks_gpu.place import Place
from benchmarks_gpu.upscaling import enlarge, tile_by_tile
from services.common.backend import ModelSpec
from tests.tiny import hat as networks

_FRAME = (640, 352)
_TILE, _PAD = 256, 32
PUBLISHED = {"hat-s-x4": networks.HAT_S, "hat-x4": networks.HAT_M, "hat-l-x4": networks.HAT_L}


def cases() -> list[Case]:
    """All at their published sizes."""
    return [_case(model, configuration, _FRAME) for model, configuration in PUBLISHED.items()]


def tiny_cases() -> list[Case]:
    """The first, tiny."""
    return [_case("hat-s-x4", networks.TINY, (64, 32), tile=32)]


def _case(model: str, configuration: dict[str, Any], frame: tuple[int, int], tile: int = 0) -> Case:
    def save(spec: ModelSpec, folder: Path, place: Place) -> None:
        (file,) = spec.weights
        networks.save(folder / file.path, configuration, scale=int(spec.defaults["scale"]))

    width, height = frame
    return Case(
        service="superres",
        model=model,
        item=f"a frame of {width}×{height}",
        batches=(1, 4),
        save=save,
        run=enlarge(width, height, tile),
        stock=lambda spec, folder, place: tile_by_tile(
            spec, folder / spec.weights[0].path, place, size=frame, tile=tile or _TILE, pad=_PAD
        ),
        stock_name="usual tile loop",
    )
