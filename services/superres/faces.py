"""Makes faces in an enlarged picture easier to look at, without inventing anything.

Generative face restoration draws a plausible face, which need not be the person's: as a lead it misleads. This only lifts
local contrast and sharpens what is there.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from services.common.picture import Box

SEARCH_SIDE = 1280  # longest side of the picture that faces are searched in, pixels
CASCADE = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
SMALLEST_FACE = 24  # side of the smallest face that is searched, pixels of that picture


def find_faces(pixels: np.ndarray) -> list[Box]:
    """Frontal faces in a picture, H×W×3, uint8, RGB (Viola and Jones, 2001)."""
    cascade = cv2.CascadeClassifier(str(CASCADE))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    reduction = min(1.0, SEARCH_SIDE / max(grey.shape))
    size = tuple(max(1, round(side * reduction)) for side in grey.shape[::-1])
    searched = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    found = cascade.detectMultiScale(searched, scaleFactor=1.1, minNeighbors=7, minSize=(SMALLEST_FACE, SMALLEST_FACE))
    return [Box(**dict(zip(("x", "y", "width", "height"), (float(value) / reduction for value in box), strict=True))) for box in found]


def enhance_faces(pixels: np.ndarray) -> tuple[np.ndarray, int]:
    """Lift local contrast and sharpen inside every face found, fading out to its surroundings.

    Args:
        pixels: H×W×3, uint8, RGB.

    Returns:
        The picture, of the same shape, and how many faces were worked on. Pixels away from faces are unchanged.
    """
    faces = find_faces(pixels)
    result = pixels.copy()
    for face in faces:
        _enhance(result, face)
    return result, len(faces)


def _enhance(pixels: np.ndarray, face: Box) -> None:
    # The detector's box ends at brows and chin: a head needs some more.
    margin_x, margin_y = 0.2 * face.width, 0.3 * face.height
    left, top = max(0, int(face.x - margin_x)), max(0, int(face.y - margin_y))
    right, bottom = int(face.x + face.width + margin_x) + 1, int(face.y + face.height + margin_y) + 1
    region = pixels[top:bottom, left:right]
    luma, red, blue = cv2.split(cv2.cvtColor(region, cv2.COLOR_RGB2YCrCb))
    lifted = cv2.createCLAHE(clipLimit=1.5, tileGridSize=(4, 4)).apply(luma)
    mixed = 0.7 * luma.astype(np.float32) + 0.3 * lifted.astype(np.float32)
    sigma = max(1.0, face.width / 60)
    sharpened = mixed + 0.4 * (mixed - cv2.GaussianBlur(mixed, (0, 0), sigma))
    enhanced = cv2.merge((np.clip(np.rint(sharpened), 0, 255).astype(np.uint8), red, blue))
    rgb = cv2.cvtColor(enhanced, cv2.COLOR_YCrCb2RGB).astype(np.float32)
    weight = _ellipse(region.shape[0], region.shape[1])
    region[:] = np.rint(region * (1 - weight) + rgb * weight)


def _ellipse(height: int, width: int) -> np.ndarray:
    """H×W×1 weights: 1 in the middle, fading to 0 at the inscribed ellipse."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot((x - (width - 1) / 2) / (width / 2), (y - (height - 1) / 2) / (height / 2))
    return np.asarray(np.clip((1 - distance) / 0.35, 0, 1)[..., None])
