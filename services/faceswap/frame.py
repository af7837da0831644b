"""A face cut out upright and at one size, so that what looks into it need not know scale or roll."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.common.picture import Box

FRAME_SIDE = 192  # pixels: an iris is then about ten pixels wide, enough for its centre, little enough to be quick

MAX_SHARPENING = 0.5  # share of the detail under about two pixels that is added once more


@dataclass(frozen=True, kw_only=True)
class FaceFrame:
    """A square view of a face."""

    pixels: np.ndarray  # FRAME_SIDE×FRAME_SIDE×3, uint8, RGB
    transform: np.ndarray  # 2×3, float64: picture pixels to frame pixels

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Map N×2 points of the frame to pixels of the picture."""
        return map_points(cv2.invertAffineTransform(self.transform), points)


def cut_frame(pixels: np.ndarray, box: Box, roll: float) -> FaceFrame:
    """Cut the square `box`, turned upright by `roll`, out of a picture.

    Args:
        pixels: H×W×3, uint8, RGB.
        box: the face, square, in pixels.
        roll: how far the head leans clockwise, degrees.
    """
    scale = FRAME_SIDE / box.width
    center = (box.x + box.width / 2, box.y + box.height / 2)
    transform = np.array(cv2.getRotationMatrix2D(center, roll, scale), dtype=np.float64)
    transform[:, 2] += FRAME_SIDE / 2 - np.array(center)
    return FaceFrame(pixels=warp(pixels, transform, FRAME_SIDE, FRAME_SIDE), transform=transform)


def warp(pixels: np.ndarray, transform: np.ndarray, width: int, height: int) -> np.ndarray:
    """Bring a picture into another frame by a similarity, without aliasing where it shrinks.

    Args:
        pixels: H×W×3 or H×W.
        transform: 2×3, picture pixels to pixels of the result.
        width: pixels of the result.
        height: pixels of the result.

    Returns:
        The picture in the new frame; outside it, its edge pixels go on.
    """
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    if scale < 0.5:
        shrunk = cv2.resize(pixels, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
        ratio = np.array([pixels.shape[1] / shrunk.shape[1], pixels.shape[0] / shrunk.shape[0]])
        transform = transform.copy()
        # Pixel centres sit at half coordinates, so shrinking moves the origin by half a pixel of each size.
        transform[:, 2] += transform[:, :2] @ ((ratio - 1) / 2)
        transform[:, :2] *= ratio
        pixels = shrunk
    interpolation = cv2.INTER_LINEAR if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.warpAffine(pixels, transform, (width, height), flags=interpolation, borderMode=cv2.BORDER_REPLICATE))


def sharpen(pixels: np.ndarray, transform: np.ndarray) -> np.ndarray:
    """Give back to a picture that `warp` has shrunk the crispness that averaging took; leave others as they are.

    Args:
        pixels: H×W×3, uint8, the result of `warp`.
        transform: 2×3, that `warp` was given.
    """
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    amount = float(np.clip(2 * (1 - scale), 0, MAX_SHARPENING))
    return np.asarray(cv2.addWeighted(pixels, 1 + amount, cv2.GaussianBlur(pixels, (0, 0), 1.0), -amount, 0))


def map_points(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply a 2×3 transform to N×2 points."""
    return np.asarray(points @ transform[:, :2].T + transform[:, 2])
