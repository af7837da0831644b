"""Comparisons: pictures side by side, in a row or in a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from services.common.imaging.fonts import korean_font
from services.common.imaging.header import DEFAULT_LIMITS
from services.common.imaging.resize import flatten, resize
from services.common.picture import Picture

_PAPER, _INK = (255, 255, 255), (30, 30, 30)
_GAP = 8  # pixels between pictures and around captions
_ONE_ROW = 3  # pictures that a grid shows in a single row


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


def compose_grid(pictures: Sequence[Picture | np.ndarray], captions: Sequence[str], cell: tuple[int, int]) -> np.ndarray:
    """Place pictures in equal cells on white, row by row, each as large as its cell allows in its own proportions.

    Args:
        pictures: at least one picture or H×W×3, uint8 array.
        captions: one line below each cell, Korean or Latin; what is wider than the cell ends in an ellipsis.
        cell: width and height in pixels, without the caption.

    Returns:
        H×W×3, uint8. Up to three pictures stand in one row; of more the grid is about as wide as it is high, counted in cells.

    Raises:
        ValueError: no picture, a cell without any room, captions that do not match, or a grid of more than 50 megapixels.
    """
    width, height = cell
    if not pictures or min(cell) < 1:
        raise ValueError("a grid needs at least one picture and cells of at least 1×1 pixels")
    if len(captions) != len(pictures):
        raise ValueError(f"{len(captions)} captions do not match {len(pictures)} pictures")
    columns, rows = grid_size(len(pictures))
    font = korean_font(max(12, min(cell) // 16))
    caption_height = sum(font.getmetrics()) + 2 * _GAP
    grid_width, grid_height = columns * (width + _GAP) - _GAP, rows * (height + caption_height + _GAP) - _GAP
    if grid_width * grid_height > DEFAULT_LIMITS.max_pixels:
        raise ValueError(f"a grid of {grid_width}×{grid_height} pixels is too large; choose smaller cells or fewer pictures")

    grid = Image.new("RGB", (grid_width, grid_height), _PAPER)
    draw = ImageDraw.Draw(grid)
    for index, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left, top = index % columns * (width + _GAP), index // columns * (height + caption_height + _GAP)
        pixels = flatten(picture)
        scale = min(width / pixels.shape[1], height / pixels.shape[0])
        fitted = Image.fromarray(resize(pixels, max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))))
        grid.paste(fitted, (left + (width - fitted.width) // 2, top + (height - fitted.height) // 2))
        line = _shorten(caption, font, width)
        draw.text((left + width / 2, top + height + _GAP), line, font=font, fill=_INK, anchor="ma")
    return np.array(grid)


def grid_size(count: int) -> tuple[int, int]:
    """Columns and rows of a grid of so many pictures, at least 1."""
    columns = count if count <= _ONE_ROW else math.ceil(math.sqrt(count))
    return columns, math.ceil(count / columns)


def _shorten(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """The text on one line, cut so that it fits `width` pixels."""
    line = " ".join(text.split())
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "…") > width:
        line = line[:-1]
    return line.rstrip() + "…" if line else ""
