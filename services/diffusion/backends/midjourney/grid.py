"""From the one picture that Midjourney delivers to four."""

from __future__ import annotations

import math

import numpy as np

from services.common import imaging

CELLS = 4
"""Pictures in a grid."""


def split(grid: np.ndarray) -> list[np.ndarray]:
    """The four pictures of a 2×2 grid, row by row.

    Args:
        grid: H×W×3, uint8, RGB. Where a side is odd, its middle line belongs to nobody.
    """
    height, width = grid.shape[0] // 2, grid.shape[1] // 2
    rows, columns = (slice(None, height), slice(-height, None)), (slice(None, width), slice(-width, None))
    return [np.ascontiguousarray(grid[row, column]) for row in rows for column in columns]


def fit(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture in just this size: scaled to cover it, what juts out cut off evenly. Nothing is distorted.

    Args:
        pixels: H×W×3, uint8, RGB.
        width: pixels.
        height: pixels.
    """
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    wide, high = (max(least, math.ceil(side * scale - 1e-9)) for side, least in ((pixels.shape[1], width), (pixels.shape[0], height)))
    if (high, wide) != pixels.shape[:2]:
        pixels = imaging.resize(pixels, wide, high)
    left, top = (wide - width) // 2, (high - height) // 2
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])
