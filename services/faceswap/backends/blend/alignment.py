"""How one face is laid over another, and which part of it is laid."""

from __future__ import annotations

import cv2
import numpy as np

from services.faceswap.backends.blend.landmarks import Landmarks
from services.faceswap.frame import map_points

MOUTH_WEIGHT = 0.6  # the eyes are located better than the mouth

# The face from forehead to chin, as points (across, down): across in eye distances from the middle; down in eye distances above
# the eyes where negative, else as a share of the way from the eyes to the mouth. It stays inside ears and chin; above the
# first points it goes as high as the forehead is seen.
OUTLINE = np.array(
    [
        (0.00, -0.46),
        (0.45, -0.46),
        (0.82, -0.40),
        (0.97, -0.06),
        (0.93, 0.35),
        (0.84, 0.75),
        (0.70, 1.12),
        (0.45, 1.40),
        (0.00, 1.50),
    ]
)


def align(source: Landmarks, target: Landmarks) -> np.ndarray:
    """The similarity that brings the source's eyes, and its mouth where both were seen, nearest to the target's.

    Returns:
        2×3, float64: source pixels to target pixels. Least squares over rotation, scale and shift (S. Umeyama, 1991).
    """
    use_mouth = source.mouth_measured and target.mouth_measured
    rows, values, weights = [], [], []
    for (x, y), (u, v), weight in zip(_anchors(source.points), _anchors(target.points), (1, 1, MOUTH_WEIGHT * use_mouth), strict=True):
        rows += [(x, -y, 1, 0), (y, x, 0, 1)]
        values += [u, v]
        weights += [weight, weight]
    scale = np.array(weights, dtype=np.float64)
    (a, b, shift_x, shift_y), *_ = np.linalg.lstsq(np.array(rows) * scale[:, None], np.array(values) * scale, rcond=None)
    return np.array([[a, -b, shift_x], [b, a, shift_y]])


def face_outline(landmarks: Landmarks) -> np.ndarray:
    """The convex outline of the face that has these landmarks, N×2, float64."""
    left_eye, right_eye, mouth = _anchors(landmarks.points)
    middle = (left_eye + right_eye) / 2
    distance = landmarks.eye_distance
    across = (right_eye - left_eye) / distance
    square_down = np.array([-across[1], across[0]])
    drop = float(np.clip((mouth - middle) @ square_down, 0.8 * distance, 1.4 * distance))
    half = np.array([(side, share * (distance if share < 0 else drop)) for side, share in OUTLINE]) * [distance, 1]
    half[:2, 1] = -landmarks.forehead * distance
    ring = np.vstack([half, (half * [-1, 1])[::-1]])
    return np.asarray(middle + ring[:, :1] * across + ring[:, 1:] * square_down)


def face_mask(
    source: Landmarks, target: Landmarks, transform: np.ndarray, source_size: tuple[int, int], target_size: tuple[int, int]
) -> np.ndarray:
    """Where the source's face replaces the target's: within both faces and both pictures, convex, clear of the edge.

    Args:
        source: landmarks in the source picture.
        target: landmarks in the target picture.
        transform: 2×3, source pixels to target pixels.
        source_size: width and height of the source picture, pixels.
        target_size: width and height of the target picture, pixels.

    Returns:
        Height×width of the target, uint8, 255 inside.
    """
    width, height = source_size
    corners = np.array([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)])
    mask = np.full(target_size[::-1], 255, dtype=np.uint8)
    for outline in (map_points(transform, corners), map_points(transform, face_outline(source)), face_outline(target)):
        shape = np.zeros_like(mask)
        # OpenCV takes corners in sixteenths of a pixel.
        cv2.fillConvexPoly(shape, np.round(cv2.convexHull(outline.astype(np.float32)) * 16).astype(np.int32), 255, shift=4)
        mask &= shape
    # Rounds the corners of the outline by as much as suits the size of the face.
    radius = max(1.0, 0.06 * target.eye_distance)
    rounded = np.where(cv2.GaussianBlur(mask, (0, 0), radius) > 127, mask, 0).astype(np.uint8)
    rounded[[0, -1], :] = 0
    rounded[:, [0, -1]] = 0
    return rounded


def _anchors(points: np.ndarray) -> np.ndarray:
    """Left eye, right eye and middle of the mouth, 3×2."""
    return np.vstack([points[:2], points[3:5].mean(axis=0)])
