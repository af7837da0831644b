"""Hair styles: which masses of hair a style has, where they end and how they flow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from services.diffusion.backends.composite.appearance import Fringe, HairStyle, Texture
from services.diffusion.backends.composite.curves import Points, mirrored, moved, points, sample
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.haircut import HANGING, TIED, Cut
from services.diffusion.backends.composite.hairflow import guides_of, short_guides
from services.diffusion.backends.composite.hairline import cap, close_below, opening
from services.diffusion.backends.composite.strands import Look, Mass
from services.diffusion.backends.composite.traits import stream


@dataclass(frozen=True, kw_only=True)
class Hair:
    """The masses of a style, from back to front."""

    behind: list[Mass] = field(default_factory=list)  # behind neck and shoulders
    over: list[Mass] = field(default_factory=list)  # over the face's rim, ears and shoulders
    covers_ears: bool = False
    shadow: Points | None = None  # outline of the front mass, for the shadow on the forehead
    opening: Points | None = None


def arrange(face: Face, cut: Cut, seed: int) -> Hair:
    """The masses of hair for a face."""
    if cut.style is HairStyle.BALD:
        return Hair()
    if cut.style is HairStyle.BALDING:
        return Hair(over=_fringe_of_hair(face, cut))
    if cut.style is HairStyle.CREW:
        return _cropped(face, cut)
    if cut.style in HANGING:
        return _hanging(face, cut, seed)
    if cut.style in TIED:
        return _tied(face, cut, seed)
    return _layered(face, cut) if cut.layered else _short(face, cut)


def _look(cut: Cut, length: float, width: float) -> Look:
    """How this hair is painted: its strokes' length and width, changed by how it falls."""
    if cut.texture is Texture.CURLY:
        return Look(length=60, width=4.4, wave=1.25, wave_length=46, flyaway=0.5, sheen=0.4)
    if cut.texture is Texture.WAVY:
        return Look(length=length, width=width, wave=0.5, wave_length=120, flyaway=0.3, sheen=0.6)
    return Look(length=length, width=width)


def _short(face: Face, cut: Cut) -> Hair:
    low = cut.low
    curly = 12 if cut.texture is Texture.CURLY else 0
    outline = cap(face, cut, 27 * cut.volume + curly, 8 * cut.volume + curly, low)
    window = close_below(opening(face, cut, low, 15), 60)
    look = _look(cut, 74, 3.2)
    mass = Mass(outline=outline, opening=window, guides=short_guides(face, cut, low), look=look)
    return Hair(over=[mass], shadow=outline, opening=window)


def _layered(face: Face, cut: Cut) -> Hair:
    """Hair over the ears that ends in points: a pixie, an ear-length bob, a unisex cut down to the nape."""
    low, curly = cut.low, 12 if cut.texture is Texture.CURLY else 0
    body = 12 * cut.volume + curly
    skull = cap(face, cut, 27 * cut.volume + curly, body, -40)
    skull = skull[skull[:, 1] < -76]
    ending = max(low, 30.0)
    blunt = float(np.interp(low, [60, 110], [0, 1]))  # a short side tapers to the cheek, a long one ends like a bob
    side = [
        (face.half_width(-60) + body + 4, -60),
        (face.half_width(0) + body + 8 + 6 * blunt, 0),
        (face.half_width(ending * 0.6) + body * 0.8 + 6 + 10 * blunt, ending * 0.6),
        (face.half_width(ending) + 2 + 22 * blunt, ending - 6),
        (face.half_width(ending) - 7, ending + 8),
    ]
    tail = sample(points(side), 8)
    outline = np.vstack([mirrored(tail), skull, tail])
    inner = sample(points([(face.half_width(10) - 12, 10), (face.half_width(ending) - 11 - 5 * blunt, ending + 10)]), 6)
    hole = close_below(np.vstack([mirrored(inner), opening(face, cut, 0, 17), inner]), 60)
    guides = guides_of(face, cut, 20) if cut.fringe in {Fringe.BANGS, Fringe.CENTER, Fringe.BACK} else short_guides(face, cut, 20)
    for way in (1, -1):
        guides += [moved(points(side), -inset, 0) * (way, 1) for inset in (3, 20)]
    look = _look(cut, 96, 3.4)
    behind = []
    if cut.nape is not None:
        half, end = face.half_width(90), face.chin + cut.nape
        nape = points([(half - 6, 20), (half - 3, end - 110), (half - 10, end - 50), (half - 20, end - 8), (half - 46, end)])
        back = np.vstack([mirrored(sample(nape, 6)), sample(nape, 6)])
        fall = [moved(nape, -inset, 0) * (way, 1) for inset in (0, 26) for way in (1, -1)]
        behind = [Mass(outline=back, guides=fall, look=replace(look, shade=0.35, density=0.5, sheen=0.3))]
    return Hair(behind=behind, over=[Mass(outline=outline, opening=hole, guides=guides, look=look)], shadow=outline, opening=hole)


def _cropped(face: Face, cut: Cut) -> Hair:
    outline = cap(face, cut, 11, 1.5, -14)
    window = close_below(opening(face, cut, -14, 12), 60)
    w = face.half_width(-110)
    guides = [points([(x * 0.94, face.hairline + 4), (x, face.crown - 12)]) for x in (-100, -50, 0, 50, 100)]
    guides += [points([(side * (w - 12), -150), (side * (w - 2), -20)]) for side in (1, -1)]
    mass = Mass(outline=outline, opening=window, guides=guides, look=Look(length=17, width=2.2, density=0.5, sheen=0.35, flyaway=0.6))
    return Hair(over=[mass], shadow=outline, opening=window)


def _fringe_of_hair(face: Face, cut: Cut) -> list[Mass]:
    """What is left on a balding head: the sides, and a little on the crown."""
    w = face.half_width(-110)
    crown = cap(face, cut, 4, 0, -130)
    high = points(
        [
            (-w * 0.9, -120),
            (-w * 0.74, face.crown + 62),
            (-30, face.crown + 34),
            (30, face.crown + 34),
            (w * 0.74, face.crown + 62),
            (w * 0.9, -120),
        ]
    )
    guides = [points([(x * 0.9, face.crown + 60), (x, face.crown - 4)]) for x in (-100, -40, 40, 100)]
    thin = Look(length=26, width=1.3, density=0.28, sheen=0.6, base=False)
    masses = [Mass(outline=crown, opening=sample(high, 6), guides=guides, look=thin)]
    full = replace(thin, width=1.9, density=1.5, sheen=0.5)
    for side in (1, -1):
        low = face.half_width(-10)
        outline = points(
            [
                (w - 13, -148),
                (w + 3, -150),
                (w + 6, -106),
                (face.half_width(-60) + 6, -60),
                (low + 2, -10),
                (low - 7, -8),
                (face.half_width(-50) - 10, -56),
                (w - 17, -104),
            ]
        )
        fall = [points([(w - 10, -156), (w - 4, -90), (w - 6, 0)]) * (side, 1)]
        masses.append(
            Mass(
                outline=sample(outline * (side, 1), 8, closed=True),
                guides=fall,
                look=full,
            )
        )
    return masses


def _ends(cut: Cut, face: Face) -> float:
    return {HairStyle.BOB: face.chin - 18, HairStyle.MEDIUM: face.chin + 108, HairStyle.LONG: face.chin + 300}[cut.style]


def _hanging(face: Face, cut: Cut, seed: int) -> Hair:
    rng = stream(seed, "hair ends")
    end = _ends(cut, face) + float(rng.uniform(-10, 10))
    curly = {Texture.CURLY: 20, Texture.WAVY: 7, Texture.STRAIGHT: 0}[cut.texture]
    flare = 12 + curly + (10 if cut.style is HairStyle.BOB else 0)
    w = face.half_width(-60)
    right: list[tuple[float, float]] = [
        (w + 17 + curly * 0.7, -64),
        (face.half_width(30) + 22 + curly, 40),
        (face.half_width(60) + 22 + flare, 130),
    ]
    if cut.style is HairStyle.BOB:
        right += [(face.half_width(60) + 18 + flare * 0.8, end - 26), (face.half_width(60) - 6 + flare * 0.5, end)]
    else:
        right += [
            (face.half_width(60) + 26 + flare, 220),
            (face.half_width(60) + 16 + flare, (end + 250) / 2),
            (face.half_width(60) + flare * 0.6 - 4, end - 20),
            (face.half_width(60) - 34, end),
        ]
    skull = cap(face, cut, 26 * cut.volume + curly, 15 + curly * 0.6, -40)
    skull = skull[skull[:, 1] < -76]
    tail = sample(points(right), 8)
    inner_end = face.half_width(100) - (20 if cut.style is HairStyle.BOB else 44)
    inner: list[tuple[float, float]] = [
        (face.half_width(40) - 9, 60),
        (face.half_width(110) + 4, 120),
        (inner_end + 18, 190),
        (inner_end, end),
    ]
    if cut.style is HairStyle.BOB:
        inner = [(face.half_width(40) - 9, 60), (face.half_width(110) + 1, 120), (face.half_width(110) - 2, end)]
    inner_right = sample(points(inner), 8)
    window = opening(face, cut, 20, 17)
    hole = np.vstack([mirrored(inner_right), window, inner_right, [[inner_right[-1, 0], end + 90], [-inner_right[-1, 0], end + 90]]])
    outline = np.vstack([mirrored(tail), skull, tail])
    guides = guides_of(face, cut, 10)
    for side in (1, -1):
        for inset in (4, 26, 46):
            knots = moved(points(right), -inset, 0)
            guides.append(knots * (side, 1))
    look = _look(cut, 150, 4)
    back = np.vstack([mirrored(tail), [[0, -120]], tail]) * (0.97, 1.0)
    behind = Mass(outline=back, guides=guides, look=replace(look, shade=0.45, density=0.3, sheen=0.3))
    front = Mass(outline=outline, opening=hole, guides=guides, look=look)
    return Hair(behind=[behind], over=[front], covers_ears=True, shadow=outline, opening=hole)


def _tied(face: Face, cut: Cut, seed: int) -> Hair:
    rng = stream(seed, "tie")
    outline = cap(face, cut, 15, 4, -16)
    window = close_below(opening(face, cut, -16, 17), 60)
    look = _look(cut, 110, 3) if cut.texture is Texture.CURLY else Look(length=110, width=3)
    front = Mass(outline=outline, opening=window, guides=guides_of(face, cut, -16), look=look)
    if cut.style is HairStyle.BUN:
        high = face.crown - 34
        knot = sample(
            points(
                [(-52, high + 14), (-56, high - 22), (-26, high - 56), (18, high - 58), (54, high - 26), (52, high + 14), (0, high + 34)]
            ),
            8,
            closed=True,
        )
        guides = [
            points([(-46, high + 10), (-30, high - 40), (20, high - 46), (44, high - 8)]),
            points([(-30, high + 22), (10, high + 6), (34, high - 30)]),
            points([(44, high + 12), (0, high - 16), (-36, high - 24)]),
        ]
        return Hair(
            behind=[Mass(outline=knot, guides=guides, look=Look(length=70, width=3.4))], over=[front], shadow=outline, opening=window
        )
    side = 1 if rng.random() < 0.5 else -1
    end = face.chin + 230
    fall = [
        (40, 60),
        (96, 120),
        (132, 230),
        (150, face.chin + 90),
        (146, end - 60),
        (122, end),
        (100, end - 50),
        (92, face.chin + 80),
        (70, 240),
        (30, 160),
    ]
    tail = sample(points(fall) * (side, 1), 8, closed=True)
    guides = [points([(40, 80), (98, 180), (124, face.chin + 60), (120, end)]) * (side, 1)]
    look = replace(_look(cut, 130, 3.8), shade=0.15)
    return Hair(behind=[Mass(outline=tail, guides=guides, look=look)], over=[front], shadow=outline, opening=window)
