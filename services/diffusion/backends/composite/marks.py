"""Moles and scars in the face."""

from __future__ import annotations

from services.diffusion.backends.composite.appearance import Mark
from services.diffusion.backends.composite.cloth import Sheet
from services.diffusion.backends.composite.curves import brush, moved, points
from services.diffusion.backends.composite.face import Face, shade_color
from services.diffusion.backends.composite.palette import lighter, mix
from services.diffusion.backends.composite.svg import ellipse, group, path


def draw(sheet: Sheet, face: Face, marks: tuple[Mark, ...]) -> str:
    """Every mark where it was said to be; on the cheek where nobody said."""
    return group("marks", "Marks", *(_draw(sheet, face, mark, index) for index, mark in enumerate(marks)))


def _draw(sheet: Sheet, face: Face, mark: Mark, index: int) -> str:
    # The person's own left is on the picture's right.
    side = {"left": 1, "right": -1}.get(mark.side, 1 if index % 2 == 0 else -1)
    x, y = {
        "forehead": (side * 46, (face.hairline + face.brow) / 2),
        "eyebrow": (side * (face.eye_x + 16), face.brow - 2),
        "eye": (side * (face.eye_x + 8), 34),
        "nose": (side * (face.nose_half - 12), face.nose - 26),
        "mouth": (side * (face.mouth_half * 0.7), face.mouth - face.upper_lip - 10),
        "chin": (side * 22, face.chin - 28),
        "cheek": (side * 88, face.nose + 4),
        "": (side * 88, face.nose + 4),
    }[mark.place]
    skin = face.traits.skin
    if mark.kind == "mole":
        spot = mix(shade_color(skin), (40, 20, 16), 0.6)
        return ellipse((x, y), 4.6, 4.2, spot, 0.9, f'filter="{sheet.definitions.blur(0.6)}"') + ellipse(
            (x - 1, y - 1.2), 1.4, 1.1, lighter(spot, 0.4), 0.5
        )
    scar = points([(x - side * 15, y - 20), (x - side * 3, y - 4), (x + side * 4, y + 8), (x + side * 15, y + 20)])
    pale, red = lighter(skin, 0.45), mix(skin, (150, 54, 50), 0.6)
    stitches = "".join(brush(points([(px - 7, py + 3), (px, py), (px + 7, py - 3)]), [0.3, 1.6, 0.3]) for px, py in scar[1:3].tolist())
    return (
        path(brush(scar, [0.8, 6, 5.5, 0.8]), red, 0.6, f'filter="{sheet.definitions.blur(0.8)}"')
        + path(brush(moved(scar, -0.8, -0.8), [0.4, 2.8, 2.6, 0.4]), pale, 0.85)
        + path(stitches, red, 0.5)
    )
