"""Necklines, collars, hoods and what closes a front."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.body import Body
from services.diffusion.backends.composite.cloth import Sheet, drape
from services.diffusion.backends.composite.curves import Points, brush, mirrored, moved, points, sample, spline
from services.diffusion.backends.composite.neckwear import roll, tie
from services.diffusion.backends.composite.palette import Rgb, darker, lighter, luminance, mix
from services.diffusion.backends.composite.svg import ellipse, line, path
from services.diffusion.backends.composite.wardrobe import Closing, Collar, Top

SHIRT_WHITE: Rgb = (232, 233, 232)
TIE: Rgb = (58, 50, 62)  # of a suit, where nobody said


def depth_of(body: Body, top: Top) -> float:
    """Height of the lowest point of the neckline."""
    shoulder = body.shoulder
    return {
        Collar.CREW: shoulder + 6,
        Collar.VEE: body.armpit + 40,
        Collar.SHIRT: shoulder + 34,
        Collar.STAND: shoulder - 30,
        Collar.ROLL: shoulder - 40,
        Collar.HOOD: shoulder + 24,
        Collar.LAPEL: body.armpit + (body.waist - body.armpit) * (0.52 if top.tie or top.hem < 1.2 else 0.36),
        Collar.CROSSED: body.armpit - 30,
    }[top.collar]


def opening(body: Body, top: Top) -> Points:
    """The neckline, from the left of the picture to the right, corners included."""
    x, y = body.neck_corner
    low = depth_of(body, top)
    if top.collar in {Collar.LAPEL, Collar.VEE, Collar.CROSSED}:
        right = points([(0, low), (0, low), (x * 0.55, (y + low) / 2 + 14), (x, y)])
    elif top.collar is Collar.SHIRT:
        right = points([(0, low), (x * 0.5, low - 50), (x, y)])
    else:
        right = points([(0, low), (x * 0.45, low - 12), (x * 0.86, (y + low) / 2), (x, y)])
    return np.vstack([mirrored(right)[:-1], right])


def behind_neck(sheet: Sheet, body: Body, top: Top, color: Rgb) -> str:
    """The parts that lie behind neck and head."""
    x, y = body.neck_corner
    if top.collar is Collar.HOOD:
        right = points([(0, y - 120), (x + 30, y - 86), (x + 92, y - 20), (x + 110, y + 60), (x + 40, y + 110), (0, y + 130)])
        return drape(sheet, [np.vstack([right, mirrored(right)[1:-1]])], color, depth=0.7, rim=40)
    if top.collar in {Collar.SHIRT, Collar.STAND, Collar.LAPEL, Collar.CROSSED}:
        high = 54 if top.collar is Collar.STAND else 34
        back = SHIRT_WHITE if top.collar in {Collar.LAPEL, Collar.CROSSED} else color
        right = points([(0, y - high - 8), (x * 0.7, y - high), (x - 14, y - high + 10), (x - 12, y + 20), (0, y + 60)])
        return path(spline(np.vstack([right, mirrored(right)[1:-1]]), closed=True), darker(back, 0.42))
    return ""


def under_color(top: Top, color: Rgb) -> Rgb:
    """The color of what is worn under a garment, so that the two are told apart."""
    if _plain(top):
        return (206, 206, 204) if luminance(color) < 0.62 else (92, 98, 108)
    return SHIRT_WHITE if luminance(color) < 0.72 else (150, 156, 166)


def _plain(top: Top) -> bool:
    """Whether a T-shirt is worn underneath, and no shirt with a collar."""
    return top.collar is Collar.VEE or (not top.tie and top.hem > 1.2)


def inner_shirt(sheet: Sheet, body: Body, top: Top, color: Rgb, tie_color: Rgb | None) -> str:
    """What is worn under an open collar; without a color of the tie there is none."""
    if not top.inner:
        return ""
    x, y = body.neck_corner
    low = depth_of(body, top) + 60
    plain, cloth = _plain(top), under_color(top, color)
    if plain:
        right = points(
            [(0, body.shoulder + 2), (x * 0.5, body.shoulder - 14), (x - 12, y + 6), (x - 4, y + 40), (x - 8, low), (0, low + 40)]
        )
    else:
        right = points(
            [
                (0, body.shoulder + 20),
                (0, body.shoulder + 20),
                (x * 0.6, y + 60),
                (x - 10, y + 6),
                (x - 2, y + 40),
                (x + 4, low),
                (0, low + 40),
            ]
        )
    drawn = drape(sheet, [np.vstack([right, mirrored(right)[1:-1]])], cloth, depth=0.3, edge=0.25)
    if plain:
        return drawn + line(
            spline(
                points(
                    [(-x + 4, y + 4), (-x * 0.5, body.shoulder - 14), (0, body.shoulder + 2), (x * 0.5, body.shoulder - 14), (x - 4, y + 4)]
                )
            ),
            darker(cloth, 0.4),
            5,
            0.5,
        )
    if tie_color:
        drawn += tie(sheet, body, low + 60, tie_color)
    else:
        drawn += line(f"M0 {body.shoulder + 40:.0f}V{low:.0f}", darker(cloth, 0.5), 3, 0.45)
    return drawn + _leaves(sheet, body, cloth, reach=118)


def inner_roll(sheet: Sheet, body: Body, top: Top, color: Rgb) -> str:
    """A turtleneck under another garment."""
    x, y = body.neck_corner
    low = max(depth_of(body, top), body.shoulder) + 60
    right = points([(0, y - 10), (x * 0.6, y - 6), (x - 4, y + 6), (x + 4, y + 60), (x, low), (0, low + 40)])
    return drape(sheet, [np.vstack([right, mirrored(right)[1:-1]])], color, depth=0.3, edge=0.25) + roll(sheet, body, color)


def front(sheet: Sheet, body: Body, top: Top, color: Rgb) -> str:
    """The collar itself, in front of everything."""
    neckline = opening(body, top)
    drawn = {
        Collar.CREW: lambda: _rib(sheet, neckline, color),
        Collar.VEE: lambda: _rib(sheet, neckline[[0, 1, 2, 4, 5, 6]], color),
        Collar.SHIRT: lambda: _leaves(sheet, body, color, reach=132),
        Collar.STAND: lambda: _stand(sheet, body, color),
        Collar.HOOD: lambda: _hood_front(sheet, body, top, color),
        Collar.CROSSED: lambda: _crossed(sheet, body, color),
        Collar.LAPEL: lambda: _lapels(sheet, body, top, color),
        Collar.ROLL: lambda: roll(sheet, body, color),
    }
    return drawn[top.collar]()


def _rib(sheet: Sheet, neckline: Points, color: Rgb) -> str:
    band = darker(color, 0.12)
    curve = moved(neckline, 0, 9)
    widths = [16] + [24] * (len(curve) - 2) + [16]
    drawn = path(brush(curve, widths), band) + line(spline(moved(neckline, 0, 21)), darker(color, 0.6), 2.5, 0.4)
    if sheet.fine:
        dense = sample(curve, 14)
        ribs = "".join(f"M{px:.1f} {py - 9:.1f}l{-px * 0.02:.1f} 18" for px, py in dense[2:-2])
        drawn += line(ribs, darker(color, 0.6), 1.4, 0.3)
    return drawn + line(spline(neckline), darker(color, 0.7), 2.4, 0.55)


def _leaves(sheet: Sheet, body: Body, color: Rgb, reach: float) -> str:
    x, y = body.neck_corner
    drawn = ""
    for side in (-1, 1):
        tip = (66 + 0.1 * reach, body.shoulder - 20 + reach * 0.72)
        leaf = points(
            [
                (x - 12, y - 34),
                (x - 12, y - 34),
                (x + 10, y + 22),
                tip,
                tip,
                (6, body.shoulder + 34),
                (6, body.shoulder + 34),
                (x * 0.52, y + 52),
            ]
        ) * (side, 1)
        fall = moved(sample(leaf, 6, closed=True), 6, 12)
        drawn += path(spline(fall[::6], closed=True), darker(color, 0.7), 0.28, f'filter="{sheet.definitions.blur(6)}"')
        drawn += drape(sheet, [leaf], lighter(color, 0.03), depth=0.25, rim=14, edge=0.55)
    return drawn


def _stand(sheet: Sheet, body: Body, color: Rgb) -> str:
    x, y = body.neck_corner
    drawn = ""
    for side in (-1, 1):
        wing = points(
            [
                (x + 2, y - 56),
                (x + 2, y - 56),
                (x + 26, y + 24),
                (x * 0.72, body.shoulder - 6),
                (3, body.shoulder + 30),
                (3, body.shoulder + 30),
                (10, body.shoulder - 62),
                (10, body.shoulder - 62),
                (x * 0.62, body.shoulder - 94),
            ]
        ) * (side, 1)
        drawn += drape(sheet, [wing], color, depth=0.35, rim=18, edge=0.6)
    return drawn


def _hood_front(sheet: Sheet, body: Body, top: Top, color: Rgb) -> str:
    x, y = body.neck_corner
    low = depth_of(body, top)
    drawn = ""
    for side in (-1, 1):
        roll = points(
            [
                (x - 6, y - 50),
                (x + 44, y - 26),
                (x + 74, y + 30),
                (x * 0.85, low - 6),
                (4, low + 46),
                (4, low + 46),
                (6, low - 6),
                (x * 0.55, low - 44),
            ]
        ) * (side, 1)
        drawn += drape(sheet, [roll], color, depth=0.5, rim=20, edge=0.5)
        if top.closing is Closing.NONE:
            string = spline(points([(34, low + 16), (40, low + 90), (36, low + 168)]) * (side, 1))
            drawn += line(string, darker(color, 0.55), 9, 0.6) + line(string, lighter(mix(color, (220, 220, 216), 0.65), 0.1), 6.5)
    return drawn


def _crossed(sheet: Sheet, body: Body, color: Rgb) -> str:
    x, y = body.neck_corner
    low = body.armpit + 70
    under = points([(x, y - 14), (x, y - 14), (x + 30, y + 10), (0, low), (-34, low - 40)])
    over = points([(-x, y - 14), (-x, y - 14), (-x - 34, y + 10), (30, low + 60), (74, low + 24)])
    drawn = "".join(drape(sheet, [piece], SHIRT_WHITE, depth=0.2, rim=8) for piece in (under, over))
    bow = mix(color, (120, 24, 50), 0.75)
    knot = (60, low + 50)
    ends = [
        points([knot, (110, low + 330), (150, low + 520), (104, low + 524), (70, low + 330)]),
        points([knot, (20, low + 240), (24, low + 420), (-20, low + 420), (-8, low + 240)]),
    ]
    loop = points([knot, (-60, low + 2), (-150, low + 10), (-140, low + 62), (-50, low + 80)])
    return drawn + "".join(drape(sheet, [piece], bow, depth=0.3, rim=10) for piece in (*ends, loop))


def _lapels(sheet: Sheet, body: Body, top: Top, color: Rgb) -> str:
    x, y = body.neck_corner
    low = depth_of(body, top)
    wide = 150 if top.hem > 1.2 else 128
    drawn = ""
    for side in (-1, 1):
        notch = y + 0.34 * (low - y)
        flap = points(
            [
                (x - 4, y + 26),
                (x - 4, y + 26),
                (wide + 4, notch - 10),
                (wide + 4, notch - 10),
                (wide + 24, notch + 16),
                (wide + 24, notch + 16),
                (wide * 0.62, (notch + low) / 2 + 40),
                (4, low + 16),
                (4, low + 16),
                (x * 0.55, (y + low) / 2),
            ]
        ) * (side, 1)
        collar = points(
            [
                (x - 16, y - 36),
                (x - 16, y - 36),
                (x + 22, y + 4),
                (wide + 36, notch - 32),
                (wide + 36, notch - 32),
                (wide + 2, notch - 8),
                (wide + 2, notch - 8),
                (x - 2, y + 44),
                (x - 20, y + 20),
            ]
        ) * (side, 1)
        fall = moved(sample(flap, 5, closed=True), 8, 12)
        drawn += path(spline(fall[::5], closed=True), darker(color, 0.75), 0.3, f'filter="{sheet.definitions.blur(7)}"')
        drawn += drape(sheet, [flap], color, depth=0.2, rim=16, edge=0.65) + drape(sheet, [collar], color, depth=0.3, rim=14, edge=0.65)
    return drawn


def fastening(sheet: Sheet, body: Body, top: Top, color: Rgb, hem: float) -> str:
    """Buttons, a zip, the edge of a front."""
    if top.closing is Closing.NONE:
        return ""
    start = depth_of(body, top) + (14 if top.collar is not Collar.STAND else 40)
    end = min(hem + 8, sheet.bottom + 10)
    if end <= start:
        return ""
    ink = darker(color, 0.62)
    shift = 0 if top.closing is Closing.ZIP else 15
    drawn = line(f"M{shift} {start:.0f}L{shift} {end:.0f}", ink, 3.5, 0.6)
    if top.closing is Closing.ZIP:
        metal = mix(color, (170, 172, 176), 0.55)
        return (
            drawn
            + line(f"M0 {start:.0f}V{end:.0f}", ink, 13, 0.45)
            + line(f"M0 {start:.0f}V{end:.0f}", metal, 5, 0.9, 'stroke-dasharray="5 3"')
            + path(f"M-7 {start:.0f}h14l-3 40h-8z", metal)
        )
    light = luminance(color) > 0.5
    button = darker(color, 0.35) if light else lighter(color, 0.28)
    few = top.collar is Collar.LAPEL
    gap = 150 if few else 128
    last = min(hem - 60, start + 2.2 * gap if few else hem)
    for y in np.arange(start + 24, last, gap):
        drawn += (
            ellipse((0, y + 3), 11, 11, ink, 0.5) + ellipse((0, y), 10, 10, button) + ellipse((-2.5, y - 3), 4, 3, (255, 255, 255), 0.35)
        )
    return drawn
