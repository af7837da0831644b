"""The color that fills most of a region, and its name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from services.common.colors import COLORS, rgb_to_lab

_CELL = 8.0  # CIELAB units, of the grid that modes are sought in
_REACH = 12.0  # CIELAB distance that one mode gathers its pixels from
_CLOSE = 7.0  # CIELAB distance that modes are compared in
_SAME = 22.0  # CIELAB distance within which shading leaves a cloth the same cloth
_FEWEST = 12  # pixels; less is no region
_TABLE = rgb_to_lab(np.array([color.rgb for color in COLORS], np.uint8))


@dataclass(frozen=True, kw_only=True)
class Swatch:
    """The main color of a region."""

    lab: tuple[float, float, float]
    share: float  # of the region's pixels that have it, 0..1

    def exposed(self, factor: float) -> Swatch:
        """The color under an exposure that multiplies a*, b* and L*+16 by a factor; light does that to all three alike."""
        lightness, a, b = self.lab
        return replace(self, lab=(min(factor * (lightness + 16) - 16, 100.0), factor * a, factor * b))


@dataclass(frozen=True, kw_only=True)
class ColorName:
    """A named color and how clearly it is that one."""

    key: str
    korean: str
    distance: float  # CIE94 distance to the name's typical shade
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
    """Name a color by the CIE94 distance for textiles, among all names or those given."""
    allowed = [index for index, color in enumerate(COLORS) if keys is None or color.key in keys]
    row = _textile_distances(np.asarray(swatch.lab, np.float32))[allowed]
    order = np.argsort(row, kind="stable")
    nearest, next_best = float(row[order[0]]), float(row[order[1]])
    color = COLORS[allowed[int(order[0])]]
    return ColorName(key=color.key, korean=color.korean, distance=nearest, clearness=(next_best - nearest) / max(next_best + nearest, 1e-6))


def _textile_distances(lab: np.ndarray) -> np.ndarray:
    """The distance of one CIELAB color to each named one by the formula of CIE 116-1995, in its form for textiles.

    Lightness counts half, for folds and shade change it and leave the cloth's name; of vivid colors hue counts more than vividness.
    """
    lightness, chroma = _TABLE[:, 0] - lab[0], np.linalg.norm(_TABLE[:, 1:], axis=1) - np.linalg.norm(lab[1:])
    hue_squared = np.maximum(((_TABLE[:, 1:] - lab[1:]) ** 2).sum(axis=1) - chroma**2, 0)
    vividness = np.sqrt(np.linalg.norm(_TABLE[:, 1:], axis=1) * np.linalg.norm(lab[1:]))
    return np.asarray(np.sqrt((lightness / 2) ** 2 + (chroma / (1 + 0.048 * vividness)) ** 2 + hue_squared / (1 + 0.014 * vividness) ** 2))


def without(lab: np.ndarray, color: np.ndarray, reach: float) -> np.ndarray:
    """The pixels of N×3 that are farther than `reach` from one color."""
    return np.asarray(lab[np.linalg.norm(lab - color, axis=1) > reach])
