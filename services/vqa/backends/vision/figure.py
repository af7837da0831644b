"""Full figures before a plain background, told from other objects by their outline."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.common.picture import Box

_LOWEST_SHARE = 0.45  # of the picture's height, that a full figure fills
_MINIMUM_CUES = 2


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A standing figure."""

    box: Box  # head to toe, working pixels
    confidence: float  # 0..1, from how many of the outline's cues it shows
    torn: bool = False  # clothes in the background's own color leave gaps


def find_figures(foreground: np.ndarray, lab: np.ndarray) -> list[Figure]:
    """Find standing full figures in an H×W bool mask of what stands before a plain background; largest first.

    A figure is two to six times as high as wide and has shoulders wider than its head; of a neck, two legs and skin in the head it
    shows at least two.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(foreground.astype(np.uint8), connectivity=8)
    tall = [index for index in range(1, count) if stats[index, cv2.CC_STAT_HEIGHT] >= _LOWEST_SHARE * foreground.shape[0]]
    figures = [figure for index in tall if (figure := _figure(labels == index, lab)) is not None]
    if not figures and count > 1:
        # Clothes in the background's own color tear a figure apart: its pieces together still have the outline of one.
        points = cv2.findNonZero(foreground.astype(np.uint8))
        hull = cv2.fillConvexPoly(np.zeros(foreground.shape, np.uint8), cv2.convexHull(points), 1).astype(bool)
        torn = _torn_figure(foreground, hull, lab)
        figures = [torn] if torn is not None else []
    return sorted(figures, key=lambda figure: -figure.box.height)


def skin_like(lab: np.ndarray) -> np.ndarray:
    """Where colors are those that skin of any tone may have: reddish yellow, of moderate chroma."""
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    hue = np.degrees(np.arctan2(b, a))
    return np.asarray((lightness > 20) & (hue > 15) & (hue < 85) & (np.hypot(a, b) > 8) & (np.hypot(a, b) < 50))


def _bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def _spans(mask: np.ndarray) -> np.ndarray:
    """Width of each row from its first to its last pixel."""
    width = mask.shape[1]
    return np.where(mask.any(axis=1), width - mask.argmax(axis=1) - mask[:, ::-1].argmax(axis=1), 0)


def _legs_apart(mask: np.ndarray) -> bool:
    """Whether a good part of the lower rows is two runs of pixels."""
    lower = mask[round(0.6 * len(mask)) : round(0.95 * len(mask))]
    runs = (np.diff(lower.astype(np.int8), axis=1, prepend=0) == 1).sum(axis=1)
    return bool((runs == 2).mean() > 0.25)


def _between(values: np.ndarray, start: float, stop: float) -> np.ndarray:
    return values[round(start * len(values)) : max(round(stop * len(values)), round(start * len(values)) + 1)]


def _has_skin(lab: np.ndarray, mask: np.ndarray) -> bool:
    head, inside = _between(lab, 0.02, 0.14), _between(mask, 0.02, 0.14)
    return bool(inside.any() and skin_like(head)[inside].mean() > 0.12)


def _figure(mask: np.ndarray, lab: np.ndarray) -> Figure | None:
    x, y, width, height = _bounds(mask)
    if not 1.7 <= height / width <= 6.5:
        return None
    inside = mask[y : y + height, x : x + width]
    spans = _spans(inside)
    head, neck, shoulders = _between(spans, 0.03, 0.11).max(), _between(spans, 0.11, 0.19).min(), _between(spans, 0.18, 0.36).max()
    if shoulders < 1.25 * head:
        return None
    cues = int(neck < 0.85 * head) + _legs_apart(inside) + _has_skin(lab[y : y + height, x : x + width], inside)
    if cues < _MINIMUM_CUES:
        return None
    return Figure(box=Box(x=x, y=y, width=width, height=height), confidence=0.6 + 0.1 * cues)


def _torn_figure(foreground: np.ndarray, hull: np.ndarray, lab: np.ndarray) -> Figure | None:
    x, y, width, height = _bounds(hull)
    inside = foreground[y : y + height, x : x + width]
    upright = height >= _LOWEST_SHARE * foreground.shape[0] and 1.7 <= height / width <= 6.5
    if not upright or not _has_skin(lab[y : y + height, x : x + width], inside):
        return None
    head_middle = np.flatnonzero(_between(inside, 0, 0.12).any(axis=0)).mean() / width
    if not 0.3 < head_middle < 0.7:
        return None
    return Figure(box=Box(x=x, y=y, width=width, height=height), confidence=0.5, torn=True)
