"""Hair styles: which masses of hair a style has, where they end and how they flow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from services.diffusion.backends.composite.appearance import Fringe, HairStyle, Texture
from services.diffusion.backends.composite.curves import Points, mirrored, moved, points, sample
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.haircut import HANGING, TIED, Cut
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
    return _short(face, cut, seed)


def _look(cut: Cut, length: float, width: float) -> Look:
    """How this hair is painted: its strokes' length and width, changed by how it falls."""
    if cut.texture is Texture.CURLY:
        return Look(length=60, width=4.4, wave=1.25, wave_length=46, flyaway=0.5, sheen=0.4)
    if cut.texture is Texture.WAVY:
        return Look(length=length, width=width, wave=0.5, wave_length=120, flyaway=0.3, sheen=0.6)
    return Look(length=length, width=width)


def _cap(face: Face, cut: Cut, volume: float, side: float, low: float, low_inset: float = 0.0) -> Points:
    """The silhouette over the skull, from its lower left end round to its lower right end."""
    w = face.half_width(-110)
    crown = face.crown - volume
    right = [
        (face.half_width(low) + side * 0.4 - low_inset, low),
        (face.half_width(-60) + side * 0.9, -64),
        (w + side * 1.12, -128),
        (w * 0.915 + side * 0.9, -186),
        (w * 0.70 + side * 0.4, crown + 40),
        (w * 0.37, crown + 9),
    ]
    rough = 0.0 if cut.texture is not Texture.CURLY else 1.0
    outline = sample(np.vstack([mirrored(points(right))[::-1][::1][::1], points([(cut.part * 14, crown)]), points(right)[::-1]]), 10)
    if rough:
        turn = np.arange(len(outline))
        outline = outline + np.stack([np.cos(turn * 1.1) * 3.5, np.sin(turn * 0.9) * 3.5], axis=1)
    return outline


def _hairline(face: Face, cut: Cut, recession: float) -> list[tuple[float, float]]:
    """The right half of the hairline, from the middle of the forehead to the temple."""
    h = face.hairline
    return [
        (0.0, h + 1),
        (46.0, h - 1 - 14 * recession),
        (86.0, h + 10 - 26 * recession),
        (112.0, h + 40 - 10 * recession),
        (face.half_width(-90) - 27, -96),
    ]


def _opening(face: Face, cut: Cut, low: float, inset: float = 16.0) -> Points:
    """The window in the hair through which the face looks, closed far below."""
    recession = max(0.0, -face.traits.femininity) * 0.25 + 0.5 * face.traits.wear * (1 if face.traits.femininity <= 0 else 0.2)
    line = _hairline(face, cut, recession)
    sides = [(face.half_width(-60) - inset, -62), (face.half_width(-20) - inset * 0.7, -20), (face.half_width(low) - inset * 0.35, low)]
    if cut.fringe is Fringe.BANGS:
        y = face.brow - 13
        line = [(0.0, y - 3), (50.0, y - 1), (90.0, y + 4), (face.half_width(-50) - 26, y + 16)]
        sides = sides[1:]
    elif cut.fringe in {Fringe.SIDE, Fringe.CENTER} and cut.style in HANGING:
        return _curtain_opening(face, cut, sides)
    right = points([*line, *sides])
    left = mirrored(right)
    return sample(np.vstack([left[:-1], right]), 8)


def _curtain_opening(face: Face, cut: Cut, sides: list[tuple[float, float]]) -> Points:
    part = cut.part * 100
    top = face.hairline - 2
    right = [(part + 20, top + 6), (part * 0.4 + 62, top + 42), (face.half_width(-110) - 24, -112 + 10 * cut.volume), *sides]
    left = [
        (part - 20, top + 6),
        (part * 0.4 - 62, top + 42),
        (-face.half_width(-110) + 24, -112 + 10 * cut.volume),
        *((-x, y) for x, y in sides),
    ]
    return sample(points([*reversed(left), (part, top), *right]), 8)


def _close_below(window: Points, depth: float) -> Points:
    """Close the opening downwards, so that it cuts nothing off below."""
    return np.vstack([window, [[window[-1, 0], window[-1, 1] + depth], [window[0, 0], window[0, 1] + depth]]])


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
    end = face.brow - 6
    origin = cut.part * 30
    return [
        points([(origin + 0.25 * x, top + 20), (origin * 0.6 + 0.75 * x, (top + end) / 2 - 10), (x + 4 * np.sign(-cut.part), end)])
        for x in (-125, -95, -62, -30, 0, 30, 62, 95, 125)
    ]


def _guides(face: Face, cut: Cut, low: float) -> list[Points]:
    guides = _crown_guides(face, cut, low)
    return [guides[0], guides[2], *_bang_guides(face, cut)] if cut.fringe is Fringe.BANGS else guides


def _short(face: Face, cut: Cut, seed: int) -> Hair:
    male = face.traits.femininity <= 0
    low = -8.0 if male else 26.0
    curly = 12 if cut.texture is Texture.CURLY else 0
    outline = _cap(face, cut, 25 * cut.volume + curly, 9 * cut.volume + curly, low)
    window = _close_below(_opening(face, cut, low, 15), 60)
    look = _look(cut, 74, 3.2)
    mass = Mass(outline=outline, opening=window, guides=_short_guides(face, cut, low), look=look)
    return Hair(over=[mass], shadow=outline, opening=window)


def _short_guides(face: Face, cut: Cut, low: float) -> list[Points]:
    """A short cut: the top combed over from the part, the sides brushed down and back."""
    if cut.fringe in {Fringe.BANGS, Fringe.BACK}:
        return _guides(face, cut, low)
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


def _cropped(face: Face, cut: Cut) -> Hair:
    outline = _cap(face, cut, 11, 1.5, -14)
    window = _close_below(_opening(face, cut, -14, 12), 60)
    w = face.half_width(-110)
    guides = [points([(x * 0.94, face.hairline + 4), (x, face.crown - 12)]) for x in (-100, -50, 0, 50, 100)]
    guides += [points([(side * (w - 12), -150), (side * (w - 2), -20)]) for side in (1, -1)]
    mass = Mass(outline=outline, opening=window, guides=guides, look=Look(length=17, width=2.2, density=0.5, sheen=0.35, flyaway=0.6))
    return Hair(over=[mass], shadow=outline, opening=window)


def _fringe_of_hair(face: Face, cut: Cut) -> list[Mass]:
    """What is left on a balding head: the sides, and a little on the crown."""
    w = face.half_width(-110)
    crown = _cap(face, cut, 4, 0, -130)
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
    cap = _cap(face, cut, 26 * cut.volume + curly, 15 + curly * 0.6, -40)
    cap = cap[cap[:, 1] < -76]
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
    window = _opening(face, cut, 20, 17)
    opening = np.vstack([mirrored(inner_right), window, inner_right, [[inner_right[-1, 0], end + 90], [-inner_right[-1, 0], end + 90]]])
    outline = np.vstack([mirrored(tail), cap, tail])
    guides = _guides(face, cut, 10)
    for side in (1, -1):
        for inset in (4, 26, 46):
            knots = moved(points(right), -inset, 0)
            guides.append(knots * (side, 1))
    look = _look(cut, 150, 4)
    back = np.vstack([mirrored(tail), [[0, -120]], tail]) * (0.97, 1.0)
    behind = Mass(outline=back, guides=guides, look=replace(look, shade=0.45, density=0.3, sheen=0.3))
    front = Mass(outline=outline, opening=opening, guides=guides, look=look)
    return Hair(behind=[behind], over=[front], covers_ears=True, shadow=outline, opening=opening)


def _tied(face: Face, cut: Cut, seed: int) -> Hair:
    rng = stream(seed, "tie")
    outline = _cap(face, cut, 15, 4, -16)
    window = _close_below(_opening(face, cut, -16, 17), 60)
    look = _look(cut, 110, 3) if cut.texture is Texture.CURLY else Look(length=110, width=3)
    front = Mass(outline=outline, opening=window, guides=_guides(face, cut, -16), look=look)
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
