"""The eyebrows of a face: where they are, and how a face looks without them.

A face laid over another can seldom reach beyond the other's brows, because hair hides its own forehead; brows that stay beside
the new ones would give the person two pairs.
"""

from __future__ import annotations

import cv2
import numpy as np

from services.faceswap.backends.blend.color import to_lab
from services.faceswap.backends.blend.landmarks import Landmarks

# In eye distances: across from the middle of the eyes, up from the line through them.
BAND_ACROSS = (0.08, 1.02)
BAND_UP = (0.20, 0.62)
BORDER = 0.03  # what comes as near as this to the band's upper or outer end goes on beyond it
SKIN_ACROSS = 0.90
SKIN_UP = (0.20, 0.78)
CHEEKS_ACROSS = 0.30
CHEEKS_UP = (-0.60, -0.30)
MIN_LENGTH = 0.3  # shorter is a wrinkle, a shade or a strand
EDGE = 0.06  # how far a brow's soft edge goes on beyond what is found
SAME_PLACE = 0.08  # brows this near to each other look like one

# CIELAB distances, lightness counted half.
SKIN_TOLERANCES = (14.0, 9.0, 6.0, 4.5)  # from the skin as it is known so far, one round of fitting each
BROW_CONTRAST = 4.5
SAME_BROWS = 0.6  # share of one pair that lies over the other from which on they are seen as one pair


def find_brows(pixels: np.ndarray, landmarks: Landmarks) -> np.ndarray:
    """Find what is not skin between eyes and hair.

    Skin is taken for a surface whose colour changes smoothly over the forehead, so that shading does not count. What hangs in
    from above or from the side is hair, not brow.

    Args:
        pixels: H×W×3, uint8, RGB.
        landmarks: of the face, in pixels of the picture.

    Returns:
        H×W, bool; all False where no brows are seen.
    """
    across, up = face_coordinates(landmarks, pixels.shape)
    side = np.abs(across)
    band = (side > BAND_ACROSS[0]) & (side < BAND_ACROSS[1]) & (up > BAND_UP[0]) & (up < BAND_UP[1])
    brows = band & (distance_to_skin(pixels, across, up) > BROW_CONTRAST)
    count, labels = cv2.connectedComponents(brows.astype(np.uint8), connectivity=8)
    at_border = band & ((up > BAND_UP[1] - BORDER) | (side > BAND_ACROSS[1] - BORDER))
    for label in range(1, count):
        part = labels == label
        if (part & at_border).any() or np.ptp(across[part]) < MIN_LENGTH:
            brows[part] = False
    return np.asarray(brows)


def without_doubled_brows(target: np.ndarray, theirs: Landmarks, source: np.ndarray, ours: Landmarks) -> np.ndarray:
    """Paint skin over the target's brows, unless the source's lie in the same place.

    Args:
        target: H×W×3, uint8, RGB.
        theirs: landmarks of the target.
        source: H×W×3, uint8, RGB, aligned with the target.
        ours: landmarks of the source, aligned too.

    Returns:
        H×W×3, uint8, RGB; equal to the target away from its brows.
    """
    brows = find_brows(target, theirs)
    both = grow(find_brows(source, ours), SAME_PLACE * theirs.eye_distance) & brows
    if both.sum() >= SAME_BROWS * brows.sum():
        return target
    radius = max(2.0, EDGE * theirs.eye_distance)
    hole = grow(brows, radius)
    painted = cv2.inpaint(target, hole.astype(np.uint8) * 255, radius, cv2.INPAINT_TELEA)
    # Inpainting leaves streaks; skin has none.
    smooth = cv2.GaussianBlur(painted, (0, 0), radius)
    result = target.copy()
    result[hole] = smooth[hole]
    return result


def face_coordinates(landmarks: Landmarks, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel lies across from the middle of the eyes and up from their line, two H×W, eye distances."""
    left, right = landmarks.points[:2]
    step = (right - left) / landmarks.eye_distance**2
    x, y = np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))
    x, y = x - (left[0] + right[0]) / 2, y - (left[1] + right[1]) / 2
    return x * step[0] + y * step[1], x * step[1] - y * step[0]


def distance_to_skin(pixels: np.ndarray, across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """How much each pixel differs from what the skin of the forehead would be there, H×W, CIELAB with lightness counted half.

    A quadratic surface for each channel, fitted again and again to what is like it; it starts from the colour of the cheeks.
    """
    lab = to_lab(pixels).astype(np.float64) * [0.5, 1.0, 1.0]
    cheeks = (np.abs(across) < CHEEKS_ACROSS) & (up > CHEEKS_UP[0]) & (up < CHEEKS_UP[1])
    forehead = (np.abs(across) < SKIN_ACROSS) & (up > SKIN_UP[0]) & (up < SKIN_UP[1])
    terms = np.stack([np.ones_like(up), across, up, across * up, across**2, up**2], axis=-1)
    skin = np.broadcast_to(np.median(lab[cheeks], axis=0) if cheeks.any() else np.full(3, np.inf), lab.shape)
    for tolerance in SKIN_TOLERANCES:
        alike = forehead & (np.linalg.norm(lab - skin, axis=2) < tolerance)
        if alike.sum() < 4 * terms.shape[-1]:
            return np.zeros(up.shape)  # no skin to compare with: nothing stands out from it
        surface, *_ = np.linalg.lstsq(terms[alike], lab[alike], rcond=None)
        skin = terms @ surface
    return np.asarray(np.linalg.norm(lab - skin, axis=2))


def grow(region: np.ndarray, reach: float) -> np.ndarray:
    """The region and what lies no more than `reach` pixels from it, H×W, bool."""
    if not region.any():
        return region
    return np.asarray(cv2.distanceTransform(255 * (~region).astype(np.uint8), cv2.DIST_L2, 5) <= reach)
