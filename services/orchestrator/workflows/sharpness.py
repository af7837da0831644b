"""How sharp a picture is, and how far an enlarged one strays from its original."""

from __future__ import annotations

import cv2
import numpy as np


def sharpness(pixels: np.ndarray) -> float:
    """Variance of the Laplacian over the variance of lightness, so that contrast alone does not count.

    A figure for comparing pictures of one scene at one size: higher is sharper. After Pech-Pacheco et al., "Diatom autofocusing in
    brightfield microscopy", ICPR 2000.

    Args:
        pixels: H×W×3, uint8, RGB.
    """
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    contrast = float(gray.var())
    return float(cv2.Laplacian(gray, cv2.CV_32F).var()) / contrast if contrast > 1e-6 else 0.0


def difference(original: np.ndarray, enlarged: np.ndarray) -> float:
    """Mean difference of an enlarged picture, shrunk back, from its original: levels of 0..255.

    Args:
        original: H×W×3, uint8, RGB.
        enlarged: the same picture at another size, uint8, RGB.
    """
    height, width = original.shape[:2]
    shrunk = cv2.resize(enlarged, (width, height), interpolation=cv2.INTER_AREA)
    return float(cv2.absdiff(shrunk, original).mean())


def enlarge(pixels: np.ndarray, scale: int) -> np.ndarray:
    """Enlarge by bicubic interpolation, which invents nothing.

    Args:
        pixels: H×W×3, uint8.
        scale: times wider and higher.
    """
    height, width = pixels.shape[:2]
    return np.asarray(cv2.resize(pixels, (width * scale, height * scale), interpolation=cv2.INTER_CUBIC))
