"""Smooth curves: sampled as points for masks and reliefs, written as SVG path data for the drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

Points = np.ndarray  # N×2, float: x to the right, y downwards


def points(pairs: Sequence[tuple[float, float]]) -> Points:
    """Make an N×2 array of (x, y) pairs."""
    return np.asarray(pairs, np.float64).reshape(-1, 2)


def moved(curve: Points, dx: float, dy: float) -> Points:
    """The curve shifted."""
    return np.asarray(curve + np.array([dx, dy]))


def mirrored(curve: Points) -> Points:
    """The curve on the other side of the y axis, walked the other way (so that two halves join to an outline)."""
    return np.asarray(curve[::-1] * (-1.0, 1.0))


def symmetric(right_half: Sequence[tuple[float, float]]) -> Points:
    """A closed outline from its right half, listed from top to bottom."""
    half = points(right_half)
    other = mirrored(half)
    return np.vstack([half, other[np.abs(other[:, 0]) > 1e-6]])


def sample(knots: Points, per_segment: int = 8, closed: bool = False) -> Points:
    """Points of the Catmull-Rom spline through `knots`; a knot given twice is a corner."""
    t = np.linspace(0, 1, per_segment, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in _segments(knots, closed)
    ]
    if not closed:
        pieces.append(knots[-1:])
    return np.vstack(pieces)


def spline(knots: Points, closed: bool = False) -> str:
    """SVG path data of the Catmull-Rom spline through `knots`, as cubic Bézier curves; a knot given twice is a corner."""
    data = [f"M{_pair(knots[0])}"]
    data += [f"C{_pair(b + (c - a) / 6)} {_pair(c - (d - b) / 6)} {_pair(c)}" for a, b, c, d in _segments(knots, closed)]
    return "".join(data) + ("Z" if closed else "")


def polygon(corners: Points) -> str:
    """SVG path data of a closed polygon, in steps relative to the corner before (short numbers)."""
    tenths = np.round(corners * 10).astype(int)
    steps = np.diff(tenths, axis=0)
    x, y = tenths[0]
    moves = "".join(f" {dx / 10:g} {dy / 10:g}" for dx, dy in steps.tolist())
    return f"M{x / 10:g} {y / 10:g}l{moves[1:]}z" if moves else ""


def polygons(corners: np.ndarray) -> str:
    """SVG path data of many closed polygons of equally many corners: N×corners×2."""
    tenths = np.round(corners * 10).astype(int)
    if len(tenths) == 0:
        return ""
    starts = tenths[:, 0].tolist()
    steps = np.diff(tenths, axis=1).reshape(len(tenths), -1).tolist()
    return "".join(
        f"M{x / 10:g} {y / 10:g}l{' '.join(f'{step / 10:g}' for step in row)}z" for (x, y), row in zip(starts, steps, strict=True)
    )


def brush(center: Points, widths: Sequence[float] | np.ndarray) -> str:
    """SVG path data of a stroke of varying width along a smooth curve.

    Args:
        center: the knots of the curve, N×2.
        widths: the stroke's full width at each knot; 0 at an end makes a point.
    """
    normal = normals(center)
    half = np.asarray(widths, np.float64)[:, None] / 2
    return spline(np.vstack([center + normal * half, (center - normal * half)[::-1]]), closed=True)


def clockwise(outline: Points) -> Points:
    """The closed outline walked clockwise as seen, so that overlapping outlines add up in a nonzero fill."""
    x, y = outline[:, 0], outline[:, 1]
    return outline if float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) > 0 else outline[::-1]


def normals(curve: Points) -> Points:
    """Unit vectors across the curve, one for each of its points, 90° left of its direction."""
    along = np.gradient(curve, axis=0)
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    return np.asarray(np.stack([along[:, 1], -along[:, 0]], axis=1) / length)


def interpolate(x: float | np.ndarray, knots: Sequence[tuple[float, float]]) -> np.ndarray:
    """Smooth values between (position, value) knots: linear in between, with rounded corners (smoothstep weights)."""
    table = np.asarray(knots, np.float64)
    at = np.clip(x, table[0, 0], table[-1, 0])
    right = np.clip(np.searchsorted(table[:, 0], at), 1, len(table) - 1)
    left = right - 1
    t = (at - table[left, 0]) / (table[right, 0] - table[left, 0])
    return np.asarray(table[left, 1] + (table[right, 1] - table[left, 1]) * t)


def _segments(knots: Points, closed: bool) -> Iterator[tuple[Points, Points, Points, Points]]:
    """Each stretch between two knots, with the knot before and the knot after it."""
    before, after = (knots[-1:], knots[:2]) if closed else (2 * knots[:1] - knots[1:2], 2 * knots[-1:] - knots[-2:-1])
    p = np.vstack([before, knots, after])
    for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True):
        if np.array_equal(b, c):
            continue
        # At a corner the curve leaves straight ahead, whatever lies behind it.
        yield (2 * b - c if np.array_equal(a, b) else a), b, c, (2 * c - b if np.array_equal(c, d) else d)


def _pair(point: Points) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
