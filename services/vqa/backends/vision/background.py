"""A plain background, and what stands before it."""

from __future__ import annotations

import cv2
import numpy as np

_EDGE = 0.03  # width of the border that is looked at, as a share of the picture
_PLAIN_SHARE = 0.9  # of the border's pixels, that a plain background explains
_TOLERANCE = 8.0  # CIELAB distance that still counts as the background
_SMALLEST_SHARE = 0.0005  # of the picture's area; smaller specks are no part of a figure


def plain_foreground(lab: np.ndarray) -> np.ndarray | None:
    """Separate what stands before a plain or smoothly shaded background.

    The background's color is fitted as a plane over the picture from its left, right and upper border: the lower one is often
    hidden by the person.

    Args:
        lab: H×W×3, float32, CIELAB.

    Returns:
        H×W bool, holes filled; None when the background is not plain.
    """
    height, width = lab.shape[:2]
    if min(height, width) < 32:
        return None
    smooth = cv2.GaussianBlur(lab, (3, 3), 0)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    design = np.stack([np.ones_like(rows), columns / width, rows / height], axis=-1)
    border = np.zeros((height, width), bool)
    strip = max(2, round(_EDGE * min(height, width)))
    border[:strip] = border[:, :strip] = border[:, -strip:] = True

    samples, colors = design[border], smooth[border]
    kept = np.ones(len(samples), bool)
    for _ in range(3):
        plane, *_ = np.linalg.lstsq(samples[kept], colors[kept], rcond=None)
        distance = np.linalg.norm(colors - samples @ plane, axis=1)
        kept = distance < max(_TOLERANCE, 2.5 * float(np.median(distance)))
    if float((distance < _TOLERANCE).mean()) < _PLAIN_SHARE:
        return None
    away = np.linalg.norm(smooth - design @ plane, axis=2) > _TOLERANCE
    return _filled(away)


def _filled(mask: np.ndarray) -> np.ndarray:
    """Close hairline gaps, drop specks, fill holes: a white shirt on white paper is known by its outline alone."""
    size = max(3, round(0.004 * max(mask.shape)) | 1)
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    large = [contour for contour in contours if cv2.contourArea(contour) >= _SMALLEST_SHARE * mask.size]
    result = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(result, large, -1, 1, cv2.FILLED)
    return result.astype(bool)
