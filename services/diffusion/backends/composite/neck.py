"""Neck and the skin that a neckline shows."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.body import Body
from services.diffusion.backends.composite.cloth import Sheet, drape
from services.diffusion.backends.composite.curves import mirrored, moved, points
from services.diffusion.backends.composite.face import Face, shade_color
from services.diffusion.backends.composite.palette import mix
from services.diffusion.backends.composite.relief import Relief


def neck(sheet: Sheet, face: Face, body: Body) -> str:
    """The neck with the shadow of the jaw on it."""
    t = face.traits
    n = body.neck_half
    base = body.shoulder - 96
    slope = float(np.clip((body.arm_x - n) / 215, 0.4, 1))  # narrow shoulders leave less room below a collar
    right = points(
        [
            (n + 6, face.chin - 150),
            (n, face.chin - 40),
            (n + 1, face.chin + 34),
            (n + 20, base),
            (n + 110 * slope, base + 52),
            (n + 150 * slope, base + 130),
            (n + 90, base + 260),
            (0, base + 330),
        ]
    )
    outline = np.vstack([right, mirrored(right)[1:]])

    def shape(relief: Relief) -> None:
        pit = body.shoulder - 4
        for side in (1, -1):
            strap = points([(n - 6, face.chin - 30), (n * 0.66, face.chin + 70), (20, pit)]) * (side, 1)
            relief.groove(strap, 16, -5.0 + 2 * t.femininity)
            collarbone = points([(22, pit + 4), (100, pit - 6), (190, pit - 22), (270, pit - 40)]) * (side, 1)
            relief.groove(collarbone, 13, -5.0)
            relief.groove(moved(collarbone, 0, 17), 13, 3.0)
            if t.wear > 0.4:
                relief.groove(points([(16, face.chin + 10), (22, face.chin + 60), (14, pit - 20)]) * (side, 1), 8, 5 * t.wear)
        relief.bump(0, pit, 16, 16, -6)
        relief.bump(0, face.chin + 66, 15, 22, max(0.0, -t.femininity) * 7)
        for row in range(2):
            y = face.chin + 50 + 34 * row
            relief.groove(points([(-n * 0.8, y - 8), (0, y + 5), (n * 0.8, y - 8)]), 4, 0.8 + 3 * t.wear)
        jaw = face.dense_outline()
        relief.ink += 0.50 * relief.area(moved(jaw, 10, 34), 15) + 0.22 * relief.area(moved(jaw, 18, 70), 30)

    return drape(
        sheet,
        [outline],
        mix(t.skin, shade_color(t.skin), 0.10),
        shape,
        depth=0.75,
        rim=20,
        edge=0.0,
        dark=shade_color(t.skin),
        contrast=0.85,
    )
