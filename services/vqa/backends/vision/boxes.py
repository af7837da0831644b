"""Geometry of rectangles."""

from __future__ import annotations

import numpy as np

from services.common.picture import Box


def area(box: Box) -> float:
    """Square pixels."""
    return box.width * box.height


def center(box: Box) -> tuple[float, float]:
    """The x and y of the middle."""
    return box.x + box.width / 2, box.y + box.height / 2


def overlap(a: Box, b: Box) -> float:
    """Shared area of two boxes as a share of the smaller one, 0..1."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return max(width, 0.0) * max(height, 0.0) / max(min(area(a), area(b)), 1e-6)


def contains(box: Box, point: tuple[float, float]) -> bool:
    """Whether a point lies inside."""
    return box.x <= point[0] <= box.x + box.width and box.y <= point[1] <= box.y + box.height


def part(box: Box, left: float, top: float, right: float, bottom: float) -> Box:
    """The part of a box between two corners given as shares of its sides; shares may leave 0..1."""
    return Box(
        x=box.x + left * box.width,
        y=box.y + top * box.height,
        width=(right - left) * box.width,
        height=(bottom - top) * box.height,
    )


def scaled(box: Box, factor: float) -> Box:
    """The box in a picture `factor` times as large."""
    return Box(x=box.x * factor, y=box.y * factor, width=box.width * factor, height=box.height * factor)


def clipped(box: Box, width: int, height: int) -> Box:
    """The part of a box that lies within a picture."""
    left, top = min(max(box.x, 0.0), width), min(max(box.y, 0.0), height)
    right, bottom = min(max(box.x + box.width, 0.0), width), min(max(box.y + box.height, 0.0), height)
    return Box(x=left, y=top, width=right - left, height=bottom - top)


def crop(image: np.ndarray, box: Box) -> np.ndarray:
    """The pixels under a box, as a view; empty when the box lies outside."""
    inside = clipped(box, image.shape[1], image.shape[0])
    left, top = round(inside.x), round(inside.y)
    return image[top : round(inside.y + inside.height), left : round(inside.x + inside.width)]
