"""Works a picture of any size through a network in tiles of one size, without seams.

Each tile is cut with a halo of its surroundings, so that what the network makes of the tile's own pixels is what it would make of
them in the whole picture. A halo of at least the network's receptive radius makes tiled and whole results equal; for networks
that see further than is affordable, `feather` cross-fades neighbours instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

Network = Callable[[Iterator[np.ndarray]], Iterator[np.ndarray]]
"""Enlarges batches of windows, N×h×w×3, uint8, RGB, each to N×(scale·h)×(scale·w)×3 of the same kind, in their order.

It draws the next batch when it wants to: one that computes on a device may begin it while the last result is still on its way back. A
network that is a function of one batch is `partial(map, function)`.
"""


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

    @property
    def margin(self) -> int:
        """The halo as it is cut: a multiple too, else a tile's pixels would fall on the network's other phase."""
        return _round_up(self.halo, self.multiple)


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
    grey: bool = False,
    on_tile: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """Run a network over a picture, tile by tile.

    Beside the picture and the result only the tiles that the network holds are in memory: one batch, or two where it works ahead.

    Args:
        pixels: H×W×3, uint8, RGB.
        network: what enlarges batches of tiles.
        scale: how many times larger the network makes its input.
        tiling: how the picture is cut.
        batch: tiles that the network is given at once.
        grey: whether to leave no color in the result, only the luma (BT.601).
        on_tile: called with the tiles done and their total, before the first and after each; what it raises ends the work.

    Returns:
        (scale·H)×(scale·W)×3, uint8, RGB.
    """
    height, width = pixels.shape[:2]
    tiles = grid(height, width, tiling)
    places = list(tiles)
    batches = [places[start : start + batch] for start in range(0, len(places), batch)]
    margin, cut = tiling.margin, scale * tiling.margin
    side_y, side_x = tiles.height + 2 * margin, tiles.width + 2 * margin
    result = np.empty((height * scale, width * scale, 3), np.uint8)
    done = 0
    on_tile(done, len(places))
    windows = (_windows(pixels, [(top - margin, left - margin) for top, left in chosen], side_y, side_x) for chosen in batches)
    for chosen, enlarged in zip(batches, network(windows), strict=True):
        expected = (len(chosen), scale * side_y, scale * side_x, 3)
        if enlarged.shape != expected:
            raise ValueError(f"the network returned {enlarged.shape} where {expected} was due")
        for (top, left), one in zip(chosen, enlarged, strict=True):
            core = one[cut : cut + scale * tiles.height, cut : cut + scale * tiles.width]
            if grey:
                core = cv2.cvtColor(cv2.cvtColor(core, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            _paste(result, core, scale * top, scale * left, scale * tiling.feather)
            done += 1
            on_tile(done, len(places))
    return result


def _windows(pixels: np.ndarray, corners: list[tuple[int, int]], height: int, width: int) -> np.ndarray:
    """N×height×width×3: the windows with these tops and lefts; what lies outside the picture is its mirror image."""
    windows = np.empty((len(corners), height, width, 3), np.uint8)
    for window, (top, left) in zip(windows, corners, strict=True):
        if 0 <= top <= pixels.shape[0] - height and 0 <= left <= pixels.shape[1] - width:
            window[:] = pixels[top : top + height, left : left + width]
        else:
            window[:] = pixels[np.ix_(_mirrored(top, height, pixels.shape[0]), _mirrored(left, width, pixels.shape[1]))]
    return windows


def _mirrored(start: int, count: int, length: int) -> np.ndarray:
    """Indices start, start+1, …, each folded back into 0..length-1 at the ends, which are not repeated."""
    indices = np.abs(np.arange(start, start + count)) % max(1, 2 * length - 2)
    return np.where(indices < length, indices, 2 * length - 2 - indices)


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
    """Put a tile's pixels into the result, faded over those above and to the left that are there already."""
    place = result[top : top + core.shape[0], left : left + core.shape[1]]
    core = core[: place.shape[0], : place.shape[1]]
    down, across = (_ramp(side, feather if start else 0) for side, start in zip(place.shape[:2], (top, left), strict=True))
    above, beside = feather if top else 0, feather if left else 0
    for band in (np.s_[:above, :], np.s_[above:, :beside]):
        weight = (down[band[0], None] * across[band[1]])[..., None]
        place[band] = np.rint(core[band] * weight + place[band] * (1 - weight))
    place[above:, beside:] = core[above:, beside:]


def _ramp(length: int, feather: int) -> np.ndarray:
    ramp = np.ones(length, np.float32)
    count = min(feather, length)
    ramp[:count] = (np.arange(count, dtype=np.float32) + 0.5) / max(1, feather)
    return ramp


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
