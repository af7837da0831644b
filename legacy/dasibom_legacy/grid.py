"""Pictures beside each other, each with its label."""

from __future__ import annotations

from collections.abc import Mapping

from PIL import Image, ImageDraw, ImageOps

from dasibom_legacy.lettering import korean_font

_TILE, _GAP, _COLUMNS = (800, 600), 50, 2
_LETTERS = 28  # height of a label, pixels; it stands in the gap below its picture


def compose_grid(pictures: Mapping[str, Image.Image]) -> Image.Image:
    """Tiles of 800×600 in two columns, every picture in its own proportions, its label below it.

    Args:
        pictures: by label; at least one.
    """
    rows = -(-len(pictures) // _COLUMNS)
    width, height = _TILE
    grid = Image.new("RGB", (_COLUMNS * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP), "white")
    draw = ImageDraw.Draw(grid)
    for number, (label, picture) in enumerate(pictures.items()):
        left = _GAP + number % _COLUMNS * (width + _GAP)
        top = _GAP + number // _COLUMNS * (height + _GAP)
        grid.paste(ImageOps.pad(picture.convert("RGB"), _TILE, method=Image.Resampling.LANCZOS, color="#eeeeee"), (left, top))
        draw.text((left + width // 2, top + height + _GAP // 2), label, font=korean_font(_LETTERS), fill="#222222", anchor="mm")
    return grid
