"""Works a picture of any size through a network in tiles of one size, without seams.

Each tile is cut with a halo of its surroundings, so that what the network makes of the tile's own pixels is what it would make of
them in the whole picture. A halo of at least the network's receptive radius makes tiled and whole results equal; for networks
that see further than is affordable, `feather` cross-fades neighbours instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

# N×3×h×w, float32, RGB, 0..1 → N×3×(scale·h)×(scale·w) of the same kind
Network = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Tiling:
    """How a picture is cut. All lengths are input pixels."""

    tile: int  # longest side of a tile, without its halo
    halo: int  # surroundings that the network sees on each side of a tile
    feather: int = 0  # width of the band in which a tile fades into the one before
    multiple: int = 1  # the network takes sides divisible by this

    def __post_init__(self) -> None:
        if self.tile < 1 or self.halo < 0 or not 0 <= self.feather < self.tile or self.multiple < 1:
            raise ValueError(f"a tile of at least 1 pixel, wider than its feather, is needed: {self}")


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Where the tiles of one picture lie; all have the same size."""

    tops: tuple[int, ...]
    lefts: tuple[int, ...]
    height: int  # of a tile
    width: int

    def __len__(self) -> int:
        return len(self.tops) * len(self.lefts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Each tile's top and left, row by row."""
        return ((top, left) for top in self.tops for left in self.lefts)


def grid(height: int, width: int, tiling: Tiling) -> Grid:
    """Lay equal tiles over a picture of height×width pixels; the last ones may reach past its end by less than `multiple`."""
    tops, tile_height = _divide(height, tiling)
    lefts, tile_width = _divide(width, tiling)
    return Grid(tops=tops, lefts=lefts, height=tile_height, width=tile_width)


def upscale(
    pixels: np.ndarray,
    network: Network,
    *,
    scale: int,
    tiling: Tiling,
    batch: int = 1,
    on_tile: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """Run a network over a picture, tile by tile.

    Beside the picture and the result only one batch of tiles is in memory.

    Args:
        pixels: H×W×3, uint8, RGB.
        network: what enlarges a batch of tiles.
        scale: how many times larger the network makes its input.
        tiling: how the picture is cut.
        batch: tiles that the network is given at once.
        on_tile: called with the tiles done and their total, before the first and after each; what it raises ends the work.

    Returns:
        (scale·H)×(scale·W)×3, uint8, RGB.
    """
    height, width = pixels.shape[:2]
    tiles = grid(height, width, tiling)
    halo = _round_up(tiling.halo, tiling.multiple)  # else a tile's pixels would fall on the network's other phase
    below, right = tiles.tops[-1] + tiles.height - height, tiles.lefts[-1] + tiles.width - width
    padded = np.pad(pixels, ((halo, halo + below), (halo, halo + right), (0, 0)), mode="reflect")
    result = np.empty((height * scale, width * scale, 3), np.uint8)
    places = list(tiles)
    on_tile(0, len(places))
    for start in range(0, len(places), batch):
        chosen = places[start : start + batch]
        windows = [padded[top : top + tiles.height + 2 * halo, left : left + tiles.width + 2 * halo] for top, left in chosen]
        enlarged = network(np.stack(windows).transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255))
        expected = (len(chosen), 3, scale * (tiles.height + 2 * halo), scale * (tiles.width + 2 * halo))
        if enlarged.shape != expected:
            raise ValueError(f"the network returned {enlarged.shape} where {expected} was due")
        cut = scale * halo
        for index, (top, left) in enumerate(chosen):
            core = enlarged[index, :, cut : cut + scale * tiles.height, cut : cut + scale * tiles.width].transpose(1, 2, 0)
            _paste(result, core, scale * top, scale * left, scale * tiling.feather)
            on_tile(start + index + 1, len(places))
    return result


def _divide(length: int, tiling: Tiling) -> tuple[tuple[int, ...], int]:
    """Starts of equal parts that cover `length`, and their size."""
    multiple = tiling.multiple
    whole = _round_up(length, multiple)
    longest = max(multiple, tiling.tile // multiple * multiple)
    if whole <= longest:
        return (0,), whole
    feather = min(_round_up(tiling.feather, multiple), longest - multiple)
    count = -(-(whole - feather) // (longest - feather))
    size = _round_up(-(-(whole + (count - 1) * feather) // count), multiple)
    # The last one ends with the picture; it overlaps its neighbour a little more.
    return tuple(min(index * (size - feather), whole - size) for index in range(count)), size


def _paste(result: np.ndarray, core: np.ndarray, top: int, left: int, feather: int) -> None:
    """Put a tile's pixels, float32 0..1, into the result, faded over those above and to the left that are there already."""
    place = result[top : top + core.shape[0], left : left + core.shape[1]]
    levels = np.clip(core[: place.shape[0], : place.shape[1]], 0, 1) * np.float32(255)
    if feather:
        down, across = (_ramp(side, feather if start else 0) for side, start in zip(place.shape[:2], (top, left), strict=True))
        weight = (down[:, None] * across[None, :])[..., None]
        levels = np.where(weight == 1, levels, levels * weight + place * (1 - weight))
    place[:] = np.rint(levels)


def _ramp(length: int, feather: int) -> np.ndarray:
    ramp = np.ones(length, np.float32)
    count = min(feather, length)
    ramp[:count] = (np.arange(count, dtype=np.float32) + 0.5) / max(1, feather)
    return ramp


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
