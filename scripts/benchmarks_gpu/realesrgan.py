"""Real-ESRGAN: RRDBNet of 23 blocks, and the small network of 32 convolutions."""

from __future__ import annotations

from pathlib import Path

from benchmarks_gpu.case import Case
from benchmarks_gpu.place import Place
from benchmarks_gpu.upscaling import enlarge, tile_by_tile
from services.common.backend import ModelSpec
from tests.tiny import realesrgan as networks

_FRAME = (1280, 720)
_TILE, _PAD = 256, 10
# As published: 64 features in both kinds of network.
PUBLISHED = {
    "realesrgan-x4plus": networks.rrdb_shapes(scale=4, features=64, blocks=23),
    "realesrgan-x2plus": networks.rrdb_shapes(scale=2, features=64, blocks=23),
    "realesrgan-anime-6b": networks.rrdb_shapes(scale=4, features=64, blocks=6),
    "realesrgan-general-x4v3": networks.compact_shapes(scale=4, features=64, convolutions=32),
}


def cases() -> list[Case]:
    """All at their published sizes."""
    return [_case(model, shapes, _FRAME) for model, shapes in PUBLISHED.items()]


def tiny_cases() -> list[Case]:
    """One of each kind of network, tiny."""
    return [
        _case("realesrgan-x4plus", networks.rrdb_shapes(), (64, 40), tile=32),
        _case("realesrgan-general-x4v3", networks.compact_shapes(), (64, 40), tile=32),
    ]


def _case(model: str, shapes: networks.Shapes, frame: tuple[int, int], tile: int = 0) -> Case:
    def save(spec: ModelSpec, folder: Path, place: Place) -> None:
        for number, file in enumerate(spec.weights):
            networks.save(folder / file.path, networks.weights(shapes, prefix=f"{number}."))

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
