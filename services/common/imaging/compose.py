"""Comparison strips: pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from services.common.imaging.fonts import korean_font
from services.common.imaging.header import DEFAULT_LIMITS
from services.common.imaging.resize import flatten, resize
from services.common.picture import Picture

_PAPER, _INK = (255, 255, 255), (30, 30, 30)
_GAP = 8  # pixels between pictures and around captions


def compose_row(pictures: Sequence[Picture | np.ndarray], height: int, captions: Sequence[str] | None = None) -> np.ndarray:
    """Place pictures side by side on white, each scaled to one height in its own proportions.

    Args:
        pictures: at least one picture or H×W×3, uint8 array.
        height: of each picture in the row, pixels.
        captions: one line below each picture, Korean or Latin; what is wider than its picture ends in an ellipsis.

    Returns:
        H×W×3, uint8; higher than `height` by the line of captions, if any.

    Raises:
        ValueError: no picture, a height below 1, captions that do not match, or a row of more than 50 megapixels.
    """
    if not pictures or height < 1:
        raise ValueError("a row needs at least one picture and a height of at least 1 pixel")
    if captions is not None and len(captions) != len(pictures):
        raise ValueError(f"{len(captions)} captions do not match {len(pictures)} pictures")
    flat = [flatten(picture) for picture in pictures]
    widths = [max(1, round(pixels.shape[1] * height / pixels.shape[0])) for pixels in flat]
    font = korean_font(max(12, height // 18))
    caption_height = sum(font.getmetrics()) + 2 * _GAP if captions is not None else 0
    row_width = sum(widths) + _GAP * (len(widths) - 1)
    if row_width * (height + caption_height) > DEFAULT_LIMITS.max_pixels:
        raise ValueError(f"a row of {row_width}×{height} pixels is too large; choose a smaller height or fewer pictures")

    row = Image.new("RGB", (row_width, height + caption_height), _PAPER)
    draw = ImageDraw.Draw(row)
    left = 0
    for index, (pixels, width) in enumerate(zip(flat, widths, strict=True)):
        row.paste(Image.fromarray(resize(pixels, width, height)), (left, 0))
        if captions is not None:
            line = _shorten(captions[index], font, width)
            draw.text((left + width / 2, height + _GAP), line, font=font, fill=_INK, anchor="ma")
        left += width + _GAP
    return np.array(row)


def _shorten(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """The text on one line, cut so that it fits `width` pixels."""
    line = " ".join(text.split())
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "…") > width:
        line = line[:-1]
    return line.rstrip() + "…" if line else ""
