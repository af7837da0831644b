"""The edges of hair: its silhouette over the skull, and the window through which the face looks out of it."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.appearance import Fringe, Texture
from services.diffusion.backends.composite.curves import Points, mirrored, normals, points, sample
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.haircut import HANGING, Cut


def cap(face: Face, cut: Cut, volume: float, side: float, low: float) -> Points:
    """The silhouette over the skull, from its lower left end round to its lower right end."""
    w = face.half_width(-110)
    crown = face.crown - volume
    right = points(
        [
            (face.half_width(low) + side * 0.4, low),
            (face.half_width(-60) + side * 0.9, -64),
            (w + side * 1.12, -128),
            (w * 0.915 + side * 0.9, -186),
            (w * 0.70 + side * 0.4, crown + 40),
            (w * 0.37, crown + 9),
        ]
    )
    outline = sample(np.vstack([mirrored(right)[::-1], points([(cut.part * 14, crown)]), right[::-1]]), 10)
    # No head of hair has the edge of a helmet: locks stand out a little.
    turn = np.arange(len(outline))
    if cut.texture is Texture.CURLY:
        return np.asarray(outline + np.stack([np.cos(turn * 1.1), np.sin(turn * 0.9)], axis=1) * 3.5)
    locks = 0.7 * np.sin(turn * 0.31 + 9 * cut.volume) + 0.9 * np.sin(turn * 0.53 + 5 * cut.volume)
    return np.asarray(outline + normals(outline) * locks[:, None])


def opening(face: Face, cut: Cut, low: float, inset: float = 16.0) -> Points:
    """The window in the hair, from its lower left end over the forehead to its lower right end."""
    sides = [(face.half_width(-60) - inset, -62), (face.half_width(-20) - inset * 0.7, -20), (face.half_width(low) - inset * 0.35, low)]
    if cut.fringe is Fringe.BANGS:
        return _below_bangs(face, cut, sides[1:])
    if (cut.fringe is Fringe.CENTER and not cut.cropped) or (cut.style in HANGING and cut.fringe is Fringe.SIDE):
        return _below_curtains(face, cut, sides)
    if cut.fringe is Fringe.SIDE and cut.long_top:
        return _below_sweep(face, cut, sides)
    right = points([*_hairline(face), *sides])
    window = sample(np.vstack([mirrored(right)[:-1], right]), 8)
    # The first hairs of a forehead grow in no line.
    high = window[:, 1] < -90
    window[high, 1] += 2.6 * np.sin(window[high, 0] * 0.21 + cut.volume * 9) + 1.8 * np.sin(window[high, 0] * 0.47)
    return window


def close_below(window: Points, depth: float) -> Points:
    """Close the window downwards, so that it cuts nothing off below."""
    return np.vstack([window, [[window[-1, 0], window[-1, 1] + depth], [window[0, 0], window[0, 1] + depth]]])


def _hairline(face: Face) -> list[tuple[float, float]]:
    """The right half of the hairline, from the middle of the forehead to the temple."""
    male = max(0.0, -face.traits.femininity)
    recession = 0.25 * male + 0.5 * face.traits.wear * (0.2 + 0.8 * male)
    h = face.hairline
    return [
        (0.0, h + 1),
        (46.0, h - 1 - 14 * recession),
        (86.0, h + 10 - 26 * recession),
        (112.0, h + 40 - 10 * recession),
        (face.half_width(-90) - 27, -96),
    ]


def _below_bangs(face: Face, cut: Cut, sides: list[tuple[float, float]]) -> Points:
    """Bangs end in points of uneven length, longer towards the temples."""
    reach = face.half_width(-50) - 26
    across = np.linspace(-reach, reach, 19)
    end = face.brow - 15 + 20 * (across / reach) ** 2 - 26 * cut.short_bangs
    teeth = np.where(np.arange(19) % 2, -1.0, 0.35) * (8 + 4 * np.sin(np.arange(19) * 2.4 + 11 * cut.volume))
    teeth[[0, -1]] = 0
    right = points(sides)
    return sample(np.vstack([mirrored(right), np.stack([across, end + teeth], axis=1), right]), 6)


def _below_curtains(face: Face, cut: Cut, sides: list[tuple[float, float]]) -> Points:
    part = cut.part * 100
    top = face.hairline - 2
    temple = (face.half_width(-110) - 24, -112 + 10 * cut.volume)
    right = [(part + 20, top + 6), (part * 0.4 + 62, top + 42), temple, *sides]
    left = [(part - 20, top + 6), (part * 0.4 - 62, top + 42), (-temple[0], temple[1]), *((-x, y) for x, y in sides)]
    return sample(points([*reversed(left), (part, top), *right]), 8)


def _below_sweep(face: Face, cut: Cut, sides: list[tuple[float, float]]) -> Points:
    """A long top combed over the forehead from the part."""
    way = -float(np.sign(cut.part)) or 1.0
    part, top = cut.part * 100, face.hairline
    wide = face.half_width(-90)
    across = [
        (-way * (wide - 24), -104.0),
        (-way * (abs(part) + 34), top + 30),
        (part, top + 4),
        (part + way * 52, top + 26),
        (part + way * 108, top + 56),
        (way * (wide - 34), (top + face.brow) / 2 + 34),
    ]
    right = points(sides)
    middle = points(across if way > 0 else across[::-1])
    return sample(np.vstack([mirrored(right), middle, right]), 8)
