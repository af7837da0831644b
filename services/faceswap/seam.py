"""How visible the seam around a replaced face is."""

from __future__ import annotations

import cv2
import numpy as np


def measure_seam(result: np.ndarray, target: np.ndarray, mask: np.ndarray, reach: float) -> float:
    """How far the colour steps across the mask's edge differ from the target's own steps there.

    Steps are averaged along the edge first, over as much as `reach`, so that skin texture cancels and a visible line remains.

    Args:
        result: H×W×3, uint8, RGB.
        target: H×W×3, uint8, RGB.
        mask: H×W, uint8.
        reach: pixels between the two ends of a step.

    Returns:
        Mean over the edge's points and the channels, grey levels 0..255; 0 for the target itself.
    """
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    edge = max(contours, key=len)[:, 0].astype(np.float64)
    signed = cv2.distanceTransform(mask, cv2.DIST_L2, 5) - cv2.distanceTransform(255 - mask, cv2.DIST_L2, 5)
    down, across = np.gradient(cv2.GaussianBlur(signed, (0, 0), 2))
    column, row = edge.astype(int).T
    inward = np.stack([across[row, column], down[row, column]], axis=1)
    inward *= reach / np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-6)
    # Just outside the edge result and target are equal, so both steps start from the same colours.
    steps = _steps(result, edge, inward) - _steps(target, edge, inward)
    length = max(1, round(reach))
    along = cv2.blur(np.vstack([steps[-length:], steps, steps[:length]]), (1, 2 * length + 1))[length:-length]
    return float(np.abs(along).mean())


def _steps(pixels: np.ndarray, edge: np.ndarray, inward: np.ndarray) -> np.ndarray:
    """Colour inside less colour outside, at each of the edge's N points: N×3."""
    inner, outer = (
        cv2.remap(pixels.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for x, y in ((end.astype(np.float32).T[..., None]) for end in (edge + inward, edge - inward / 2))
    )
    return np.asarray((inner - outer)[:, 0])
