"""Smaller pictures for previews and comparisons."""

from __future__ import annotations

import numpy as np
from PIL import Image

from services.common.picture import Picture


def flatten(picture: Picture | np.ndarray) -> np.ndarray:
    """The pixels, H×W×3, uint8, as they look on white paper where the picture is transparent."""
    if not isinstance(picture, Picture):
        return picture
    if picture.alpha is None:
        return picture.pixels
    opacity = picture.alpha[..., None].astype(np.uint16)
    blended = picture.pixels * opacity + 255 * (255 - opacity)
    return ((blended + 127) // 255).astype(np.uint8)


def resize(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resample H×W×3, uint8 pixels to exactly `width` × `height` pixels (Lanczos)."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.array(image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0))


def thumbnail(picture: Picture | np.ndarray, max_side: int) -> np.ndarray:
    """Shrink so that the longer side has at most `max_side` pixels; a picture that is small enough stays as it is.

    Args:
        picture: a picture, or H×W×3, uint8 pixels. Transparency is laid on white.
        max_side: pixels, at least 1.

    Returns:
        H×W×3, uint8, in the same proportions.

    Raises:
        ValueError: `max_side` is below 1.
    """
    if max_side < 1:
        raise ValueError(f"max_side must be at least 1 pixel, not {max_side}")
    pixels = flatten(picture)
    height, width = pixels.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return pixels
    return resize(pixels, max(1, round(width * scale)), max(1, round(height * scale)))
