"""Where a swapped face goes: the geometry of the library's own paste-back."""

from __future__ import annotations

import cv2
import numpy as np
from insightface.utils.face_align import estimate_norm

from services.faceswap.backends.insight.pack import SWAP_SIDE

WHOLE_PIXELS = 4_000_000  # up to this size pictures are pasted into as a whole
MARGIN = 0.25  # of the aligned face's side, around it: more than the paste's erosion and blur reach


def source_to_target(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The similarity that brings the source's face onto the target's: through the square that both are aligned to.

    Args:
        source: the source's landmarks, 5×2, float32.
        target: the target's landmarks, 5×2, float32.

    Returns:
        2×3, float64: source pixels to target pixels.
    """
    back = cv2.invertAffineTransform(estimate_norm(target, SWAP_SIDE))
    return np.asarray(back @ np.vstack([estimate_norm(source, SWAP_SIDE), (0, 0, 1)]))


def window_around(landmarks: np.ndarray, width: int, height: int) -> tuple[slice, slice]:
    """Rows and columns of a picture that a paste works on: all of a small one.

    The library computes over the whole picture, in some 60 bytes a pixel.

    Args:
        landmarks: the face's, 5×2, float32, pixels.
        width: pixels of the picture.
        height: pixels of the picture.
    """
    if width * height <= WHOLE_PIXELS:
        return slice(0, height), slice(0, width)
    back = cv2.invertAffineTransform(estimate_norm(landmarks, SWAP_SIDE))
    reach = MARGIN * SWAP_SIDE
    ends = np.array([-reach, SWAP_SIDE + reach])
    corners = np.array([(x, y) for x in ends for y in ends]) @ back[:, :2].T + back[:, 2]
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), (left + 1, top + 1), (width, height)).astype(int)
    return slice(int(top), int(bottom)), slice(int(left), int(right))


def paste_region(landmarks: np.ndarray, width: int, height: int) -> np.ndarray:
    """Where the library lays the swapped face over a picture, before it feathers the edge: half of the face shows there.

    Args:
        landmarks: the face's, 5×2, float32, pixels of the picture.
        width: pixels of the picture.
        height: pixels of the picture.

    Returns:
        Height×width, uint8: 255 inside, 0 outside and at the picture's edge; all 0 for a face of a few pixels.
    """
    back = cv2.invertAffineTransform(estimate_norm(landmarks, SWAP_SIDE))
    square = cv2.warpAffine(np.full((SWAP_SIDE, SWAP_SIDE), 255, np.float32), back, (width, height)) > 20
    rows, columns = np.nonzero(square.any(axis=1))[0], np.nonzero(square.any(axis=0))[0]
    if not rows.size:
        return np.zeros((height, width), np.uint8)
    side = int(np.sqrt(np.ptp(rows) * np.ptp(columns)))
    inner = max(side // 10, 10)
    region = cv2.erode(square.astype(np.uint8) * 255, np.ones((inner, inner), np.uint8))
    region[[0, -1], :] = 0
    region[:, [0, -1]] = 0
    return np.asarray(region)
