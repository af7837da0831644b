"""How hair runs over a head: guide curves from the root to the tip, by cut and fringe."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.appearance import Fringe
from services.diffusion.backends.composite.curves import Points, points
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.haircut import Cut


def _crown_guides(face: Face, cut: Cut, low: float) -> list[Points]:
    """Guides over the skull: from the part to the sides, or from the forehead back."""
    w = face.half_width(-110)
    top = face.crown - 20
    part = cut.part * 100
    guides = []
    for side in (1, -1):
        sweep = part * (1 if cut.fringe is not Fringe.BACK else 0)
        guides += [
            points(
                [
                    (sweep + 4 * side, top + 20),
                    (side * w * 0.55 + sweep * 0.3, top + 34),
                    (side * (w * 0.92), -170),
                    (side * (w + 6), -80),
                    (side * (face.half_width(0) + 2), low),
                ]
            ),
            points(
                [
                    (sweep + 4 * side, face.hairline - 30),
                    (side * w * 0.5 + sweep * 0.4, face.hairline - 12),
                    (side * (w * 0.86), -140),
                    (side * (w - 6), -70),
                    (side * (face.half_width(0) - 4), low),
                ]
            ),
        ]
        if cut.fringe is Fringe.BACK:
            guides.pop()
            guides += [
                points([(side * 14, face.hairline + 2), (side * 18, face.hairline - 40), (side * 18, top + 14)]),
                points([(side * 74, face.hairline + 8), (side * 84, face.hairline - 30), (side * 72, top + 34)]),
                points([(side * (w - 30), -110), (side * (w - 8), -140), (side * (w - 14), -176)]),
                points([(side * (w - 22), -52), (side * (w + 2), -70), (side * (w + 8), -100)]),
            ]
    return guides


def _bang_guides(face: Face, cut: Cut) -> list[Points]:
    top = face.crown - 10
    end = face.brow - 6 - 26 * cut.short_bangs
    origin = cut.part * 30
    return [
        points([(origin + 0.25 * x, top + 20), (origin * 0.6 + 0.75 * x, (top + end) / 2 - 10), (x + 4 * np.sign(-cut.part), end)])
        for x in (-125, -95, -62, -30, 0, 30, 62, 95, 125)
    ]


def guides_of(face: Face, cut: Cut, low: float) -> list[Points]:
    """The flow over the skull, and of the bangs where there are any; `low` is where the sides end."""
    guides = _crown_guides(face, cut, low)
    return [guides[0], guides[2], *_bang_guides(face, cut)] if cut.fringe is Fringe.BANGS else guides


def short_guides(face: Face, cut: Cut, low: float) -> list[Points]:
    """A short cut: the top combed over from the part, the sides brushed down and back."""
    if cut.fringe in {Fringe.BANGS, Fringe.BACK}:
        return guides_of(face, cut, low)
    w = face.half_width(-110)
    top = face.crown - 22
    way = -np.sign(cut.part) or 1.0
    p = cut.part * 118
    guides = [
        points(
            [
                (p, face.hairline - 6),
                (p + way * 40, face.hairline - 38),
                (p + way * 110, face.hairline - 26),
                (p + way * 176, face.hairline + 18),
            ]
        ),
        points([(p, face.hairline - 30), (p + way * 50, top + 24), (p + way * 130, top + 30), (p + way * 190, -170)]),
        points([(p * 0.8, top + 36), (p * 0.8 + way * 60, top + 8), (p * 0.8 + way * 130, top + 22)]),
        points([(p, face.hairline - 14), (p - way * 22, face.hairline - 10), (p - way * 40, -140), (p - way * 48, -90)]),
    ]
    for side in (1, -1):
        guides += [
            points([(side * (w - 6), -160), (side * (w + 4), -100), (side * (w + 2), -50), (side * (w - 2), low)]),
            points([(side * (w - 24), -120), (side * (w - 14), -80), (side * (w - 10), low)]),
        ]
    return guides
