"""Patterns of cloth: checks and stripes, drawn over a garment in a tone of its own color."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.cloth import Sheet
from services.diffusion.backends.composite.curves import Points, clockwise, polygon, sample
from services.diffusion.backends.composite.palette import Rgb, darker, lighter, luminance
from services.diffusion.backends.composite.svg import line

GAP = 62.0  # between stripes, drawing units


def draw(sheet: Sheet, parts: list[Points], kind: str, color: Rgb) -> str:
    """Lines over the parts of a garment; `kind` is "checked" or "striped".

    The lines are lighter on dark cloth and darker on light cloth, and cover so little that the garment keeps its color.
    """
    outlines = [clockwise(sample(part, 8, closed=True)) for part in parts]
    corners = np.vstack(outlines)
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    bottom = min(bottom, sheet.bottom)
    ink = lighter(color, 0.5) if luminance(color) < 0.35 else darker(color, 0.5)
    across = "".join(f"M{left:.0f} {y:.0f}Q{(left + right) / 2:.0f} {y + 26:.0f} {right:.0f} {y:.0f}" for y in np.arange(top, bottom, GAP))
    drawn = line(across, ink, 10, 0.45)
    if kind == "checked":
        columns = np.arange(GAP / 2, right, GAP)
        upright = "".join(f"M{x:.0f} {top:.0f}V{bottom:.0f}" for x in np.concatenate([-columns, columns]))
        drawn += line(upright, ink, 10, 0.35)
    clip = sheet.definitions.clip("".join(polygon(outline) for outline in outlines))
    return f'<g clip-path="{clip}">{drawn}</g>'
