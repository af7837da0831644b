"""The color that fills most of a region, and its name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from services.common.colors import COLORS, distances

_CELL = 8.0  # CIELAB units, of the grid that modes are sought in
_REACH = 12.0  # CIELAB distance that one mode gathers its pixels from
_CLOSE = 7.0  # CIELAB distance that modes are compared in
_SAME = 22.0  # CIELAB distance within which shading leaves a cloth the same cloth
_FEWEST = 12  # pixels; less is no region


@dataclass(frozen=True, kw_only=True)
class Swatch:
    """The main color of a region."""

    lab: tuple[float, float, float]
    share: float  # of the region's pixels that have it, 0..1


@dataclass(frozen=True, kw_only=True)
class ColorName:
    """A named color and how clearly it is that one."""

    key: str
    korean: str
    distance: float  # CIELAB distance to the name's typical shade
    clearness: float  # 1 at the typical shade, 0 halfway to the next name


def main_color(lab: np.ndarray) -> Swatch | None:
    """Find the color that most of N×3 CIELAB pixels share, by mean shift from the fullest cells of a grid; None for too few."""
    if len(lab) < _FEWEST:
        return None
    cells, members = np.unique(np.floor(lab / _CELL).astype(np.int64), axis=0, return_counts=True)
    starts = (cells[np.argsort(-members, kind="stable")[:6]] + 0.5) * _CELL
    best, fullest = starts[0], -1
    for start in starts:
        middle = start
        for _ in range(6):
            near = np.linalg.norm(lab - middle, axis=1) < _REACH
            if not near.any():
                break
            middle = lab[near].mean(axis=0)
        # Counted closely: a blend between two colors has both within reach and is neither.
        members_close = int((np.linalg.norm(lab - middle, axis=1) < _CLOSE).sum())
        if members_close > fullest:
            best, fullest = middle, members_close
    share = float((np.linalg.norm(lab - best, axis=1) < _SAME).mean())
    return Swatch(lab=(float(best[0]), float(best[1]), float(best[2])), share=share)


def name(swatch: Swatch, keys: Collection[str] | None = None) -> ColorName:
    """Name a color by distance in CIELAB, among all names or those given."""
    allowed = [index for index, color in enumerate(COLORS) if keys is None or color.key in keys]
    row = distances(np.asarray(swatch.lab, np.float32).reshape(1, 3))[0][allowed]
    order = np.argsort(row, kind="stable")
    nearest, next_best = float(row[order[0]]), float(row[order[1]])
    color = COLORS[allowed[int(order[0])]]
    return ColorName(key=color.key, korean=color.korean, distance=nearest, clearness=(next_best - nearest) / max(next_best + nearest, 1e-6))


def without(lab: np.ndarray, color: np.ndarray, reach: float) -> np.ndarray:
    """The pixels of N×3 that are farther than `reach` from one color."""
    return np.asarray(lab[np.linalg.norm(lab - color, axis=1) > reach])
