"""Text that a camera writes into its pictures: date, time, the camera's name.

Such text lies along the upper or lower border, is lighter than all behind it and has letters of one height on one line.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from services.common.picture import Box

_BLOCK = 8  # pixels, of JPEG
_BORDER = 0.15  # of the picture's height, above and below, in which cameras write
_LONGEST_SIDE = 1600  # pixels; larger pictures are looked at in this size
_LOWEST_LETTER, _HIGHEST_LETTER = 7, 0.07  # pixels, and share of the picture's height
_FEWEST_LETTERS = 6  # in one line; a date has eight digits
_MOST_SHAPES = 400  # in one border; more are a texture
_LIGHTER = 70  # grey levels, than what is around a stroke
_LIGHT = 150  # grey levels, of a stroke


def find_overlay(pixels: np.ndarray) -> list[Box]:
    """Find lines of overlaid text in an H×W×3 uint8 picture: their boxes, in its pixels, upper border first."""
    height, width = pixels.shape[:2]
    shrink = min(1.0, _LONGEST_SIDE / max(height, width))
    strip = round(_BORDER * height)
    found = []
    for top in (0, height - strip):
        rows = pixels[top : top + strip]
        size = (round(width * shrink), round(strip * shrink))
        if min(size) <= _LOWEST_LETTER:
            continue
        grey = cv2.cvtColor(np.ascontiguousarray(cv2.resize(rows, size, interpolation=cv2.INTER_AREA)), cv2.COLOR_RGB2GRAY)
        highest = round(_HIGHEST_LETTER * height * shrink)
        found += [
            Box(x=x / shrink, y=top + y / shrink, width=across / shrink, height=down / shrink)
            for x, y, across, down in _lines(_letters(grey, highest))
        ]
    return found


def _letters(grey: np.ndarray, highest: int) -> np.ndarray:
    """Boxes (x, y, width, height) of light, thin shapes that are as large as letters: N×4."""
    stroke = max(3, highest // 3) | 1
    thin = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((stroke, stroke), np.uint8))
    light = ((thin > _LIGHTER) & (grey > _LIGHT)).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(light, connectivity=8)
    boxes = stats[1:, :4]
    across, down = boxes[:, 2], boxes[:, 3]
    return np.asarray(boxes[(down >= _LOWEST_LETTER) & (down <= highest) & (across <= 1.5 * down) & (across >= 0.1 * down)])


def _lines(letters: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Join letters of one height that stand on one line, each near the next; lines of few letters are chance."""
    lines: list[tuple[int, int, int, int]] = []
    if len(letters) > _MOST_SHAPES:
        return lines
    left = letters[np.argsort(letters[:, 0])]
    while len(left):
        first, line = left[0], [0]
        for index in range(1, len(left)):
            last, letter = left[line[-1]], left[index]
            tolerance = max(1.5, 0.12 * first[3])
            level = abs(letter[1] - first[1]) <= tolerance and abs(letter[3] - first[3]) <= tolerance
            if level and 0 < letter[0] - (last[0] + last[2]) + 1 <= 2.5 * first[3]:
                line.append(index)
        if len(line) >= _FEWEST_LETTERS:
            corners = left[line]
            x, y = corners[:, :2].min(axis=0)
            right, bottom = (corners[:, :2] + corners[:, 2:]).max(axis=0)
            lines.append((int(x), int(y), int(right - x), int(bottom - y)))
        left = np.delete(left, line, axis=0)
    return lines


def free_rows(height: int, overlay: Sequence[Box]) -> slice:
    """The rows between the overlays of a picture; they begin on the grid of JPEG's blocks."""
    top = max((box.y + 1.5 * box.height for box in overlay if box.y < height / 2), default=0.0)
    bottom = min((box.y - 0.5 * box.height for box in overlay if box.y >= height / 2), default=float(height))
    return slice(int(np.ceil(top / _BLOCK)) * _BLOCK, int(bottom))
