"""Joining a face to the picture around it without a visible seam.

Gradient domain: P. Pérez et al., Poisson image editing, SIGGRAPH 2003. Pyramid: P. Burt and E. Adelson, A multiresolution
spline with application to image mosaics, 1983.
"""

from __future__ import annotations

import cv2
import numpy as np

from services.faceswap.backends.blend.color import to_lab

MAX_BLEEDING = 4.6  # CIELAB distance, twice the least that an eye notices: beyond it hair or background has bled into the face


def blend(face: np.ndarray, target: np.ndarray, mask: np.ndarray, feather: float) -> np.ndarray:
    """Lay a face over a picture.

    Poisson cloning hides the seam best, but spreads whatever colour touches the mask's edge over the face. Where it has done
    so, the pyramid blend, which keeps each colour near where it was, is used instead.

    Args:
        face: H×W×3, uint8, RGB, aligned and of matched colour.
        target: H×W×3, uint8, RGB.
        mask: H×W, uint8, 255 where the face is wanted, 0 at the picture's edge.
        feather: pixels over which the face fades into the picture.

    Returns:
        H×W×3, uint8, RGB; equal to the target where the mask is 0.
    """
    cloned = clone(face, target, mask)
    if bleeding(cloned, face, mask) > MAX_BLEEDING:
        cloned = pyramid_blend(face, target, mask)
    fade = fading(mask, feather)[..., None]
    return np.asarray(np.round(cloned * fade + target * (1 - fade)).astype(np.uint8))


def clone(face: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Poisson cloning of the masked face at its own place.

    OpenCV centres the mask's bounding box on a point, and reads past the picture when that box touches the edge; both are met
    by a margin around the box.
    """
    x, y, width, height = cv2.boundingRect(mask)
    margin = 2
    inside, frame = (slice(y, y + height), slice(x, x + width)), (margin, margin, margin, margin)
    padded_face, padded_target = (cv2.copyMakeBorder(layer[inside], *frame, cv2.BORDER_REPLICATE) for layer in (face, target))
    padded_mask = cv2.copyMakeBorder(mask[inside], *frame, cv2.BORDER_CONSTANT, value=0)
    center = (margin + width // 2, margin + height // 2)
    cloned = cv2.seamlessClone(padded_face, padded_target, padded_mask, center, cv2.NORMAL_CLONE)
    result = target.copy()
    result[inside] = cloned[margin:-margin, margin:-margin]
    return result


def bleeding(cloned: np.ndarray, face: np.ndarray, mask: np.ndarray) -> float:
    """How far cloning has moved the colour within the face: the 95th percentile, CIELAB distance."""
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    inner = depth > 0.2 * depth.max()
    return float(np.percentile(np.linalg.norm((to_lab(cloned) - to_lab(face))[inner], axis=1), 95))


def pyramid_blend(face: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Blend each band of detail over a seam as wide as that band."""
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    levels = max(1, int(np.log2(max(2.0, depth.max() / 3))))
    weight = (cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=max(1, 2 ** (levels - 1))) / 255).astype(np.float32)
    # A pyramid is linear, so the difference of the pictures' bands is the band of their difference.
    difference: np.ndarray = face.astype(np.float32) - target.astype(np.float32)
    bands = []
    for _ in range(levels):
        smaller = np.asarray(cv2.pyrDown(difference))
        bands.append((difference - np.asarray(cv2.pyrUp(smaller, dstsize=difference.shape[1::-1]))) * weight[..., None])
        difference, weight = smaller, np.asarray(cv2.pyrDown(weight))
    blended = difference * weight[..., None]
    for band in reversed(bands):
        blended = np.asarray(cv2.pyrUp(blended, dstsize=band.shape[1::-1])) + band
    result = target + blended
    return np.asarray(np.clip(np.round(result), 0, 255).astype(np.uint8))


def fading(mask: np.ndarray, feather: float) -> np.ndarray:
    """Weight of the face, 0..1: rises smoothly from 0 outside the mask to 1 `feather` pixels inside."""
    ramp = np.clip(cv2.distanceTransform(mask, cv2.DIST_L2, 5) / max(feather, 1.0), 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp))
