"""Plain preparation of a picture for the eye: noise, contrast, sharpness, each in bounded strength. No model has a part in it."""

from __future__ import annotations

import cv2
import numpy as np

_REACH = 7  # pixels, within which noise is averaged
_GRAIN = 25.0  # levels of 256: larger differences count as something seen, not as grain
_CLIP, _TILES = 1.5, (8, 8)  # of the contrast-limited equalization
_SHARE = 0.5  # of the evened contrast in the result
_RADIUS = 1.8  # pixels, of the detail that is sharpened
_AMOUNT = 0.8  # of that detail that is added
_CORE = 2.0  # levels of 256: smaller detail may be what is left of the noise
STEEPEST = 12.0
"""Levels of 256 that sharpening may change the lightness of a pixel by."""


def prepare(pixels: np.ndarray) -> np.ndarray:
    """Noise reduced, contrast evened, details sharpened, in that order: what comes first would else be amplified by what follows.

    Args:
        pixels: H×W×3, uint8, RGB. Left as they are.

    Returns:
        The same shape.
    """
    lab = cv2.cvtColor(reduce_noise(pixels), cv2.COLOR_RGB2LAB)
    lab[..., 0] = sharpen(even_contrast(lab[..., 0]))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def reduce_noise(pixels: np.ndarray) -> np.ndarray:
    """Average grain away and keep edges (bilateral filter; Tomasi and Manduchi, ICCV 1998).

    Args:
        pixels: H×W×3, uint8.
    """
    return np.asarray(cv2.bilateralFilter(pixels, _REACH, _GRAIN, _REACH / 2))


def even_contrast(lightness: np.ndarray) -> np.ndarray:
    """Lift contrast where there is little, half way to contrast-limited adaptive equalization (Zuiderveld, Graphics Gems IV, 1994).

    Args:
        lightness: H×W, uint8.
    """
    evened = cv2.createCLAHE(_CLIP, _TILES).apply(lightness)
    return np.asarray(cv2.addWeighted(lightness, 1 - _SHARE, evened, _SHARE, 0))


def sharpen(lightness: np.ndarray) -> np.ndarray:
    """Add detail to itself (unsharp mask): none that may be noise, and nowhere more than `STEEPEST`, so that edges get no halo.

    Args:
        lightness: H×W, uint8.
    """
    signed = lightness.astype(np.float32)
    detail = signed - cv2.GaussianBlur(signed, (0, 0), _RADIUS)
    cored = np.sign(detail) * np.maximum(np.abs(detail) - _CORE, 0)
    return np.asarray(np.clip(np.rint(signed + np.clip(_AMOUNT * cored, -STEEPEST, STEEPEST)), 0, 255).astype(np.uint8))
