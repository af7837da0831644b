"""The visible mark on generated pictures, which Korea's AI Basic Act asks for."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from services.common.imaging.fonts import korean_font

AI_LABEL = "AI 생성"

_RELATIVE_SIZE = 0.05  # of the shorter side
_MIN_SIZE, _SMALLEST_SIZE = 14, 5  # pixels: legible; and the least where the picture is too narrow for that
_PLATE, _INK = (0, 0, 0, 170), (255, 255, 255, 255)


def label(pixels: np.ndarray, text: str = AI_LABEL) -> np.ndarray:
    """Write `text` into the lower right corner: white on a dark plate, so legible on light and on dark pictures.

    Args:
        pixels: H×W×3, uint8. Left as they are.
        text: one line, Korean or Latin.

    Returns:
        H×W×3, uint8, of the same size.
    """
    height, width = pixels.shape[:2]
    font, box = _fitting_font(text, width, height)
    padding = max(1, round(font.size * 0.35))
    plate_width = min(width, round(box[2] - box[0]) + 2 * padding)
    plate_height = min(height, round(box[3] - box[1]) + 2 * padding)
    margin = min(padding, width - plate_width, height - plate_height)
    left, top = width - margin - plate_width, height - margin - plate_height

    plate = Image.new("RGBA", (plate_width, plate_height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle((0, 0, plate_width - 1, plate_height - 1), radius=padding, fill=_PLATE)
    draw.text((padding - box[0], padding - box[1]), text, font=font, fill=_INK)

    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.paste(plate, (left, top), plate)
    return np.array(image)


def _fitting_font(text: str, width: int, height: int) -> tuple[ImageFont.FreeTypeFont, tuple[float, float, float, float]]:
    """The largest bold font up to the wanted size whose line fits, and the box of that line in pixels."""
    size = max(_MIN_SIZE, round(min(width, height) * _RELATIVE_SIZE))
    while True:
        font = korean_font(size, bold=True)
        box = font.getbbox(text)
        if size <= _SMALLEST_SIZE or (box[2] - box[0] + size <= width and box[3] - box[1] + size <= height):
            return font, box
        size = max(_SMALLEST_SIZE, round(size * 0.85))
