"""Trousers, shorts, skirts, and bare legs."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.body import Body
from services.diffusion.backends.composite.cloth import Sheet, crease, drape, ripple
from services.diffusion.backends.composite.curves import Points, mirrored, moved, points, spline
from services.diffusion.backends.composite.face import shade_color
from services.diffusion.backends.composite.palette import Rgb, darker, lighter
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import line
from services.diffusion.backends.composite.traits import stream
from services.diffusion.backends.composite.upper import hem_height
from services.diffusion.backends.composite.wardrobe import Bottom


def bare_legs(sheet: Sheet, body: Body, skin: Rgb) -> str:
    """Legs from the thigh to the ankle."""

    def shape(relief: Relief) -> None:
        for side in (1, -1):
            x = side * body.leg_x
            relief.bump(x, body.knee - 8, 46, 52, 12)
            relief.bump(x, body.knee + 56, 40, 26, -6)
            relief.bump(x - side * 6, body.knee + 80, 16, 30, 7)
            relief.groove(points([(x + side * 4, body.knee + 110), (x, body.ankle - 200), (x - side * 8, body.ankle - 60)]), 24, -5)

    return drape(sheet, [_leg(body, side) for side in (1, -1)], skin, shape, depth=0.75, rim=22, dark=shade_color(skin), edge=0.25)


def _leg(body: Body, side: int) -> Points:
    calf = body.knee + 0.30 * (body.ankle - body.knee)
    k, a = body.knee_half, body.ankle_half
    x, ax = body.leg_x, body.ankle_x
    outer = [
        (body.hip_half - 12, body.crotch - 40),
        (x + body.thigh_half * 0.86, body.crotch + 190),
        (x + k, body.knee),
        (x + k * 1.06, calf),
        (ax + a * 1.05, body.ankle - 60),
        (ax + a * 1.02, body.ankle + 60),
    ]
    inner = [
        (ax - a * 1.0, body.ankle + 60),
        (ax - a, body.ankle - 60),
        (x - k * 0.98, calf - 20),
        (x - k * 0.86, body.knee),
        (max(x - body.thigh_half * 0.92, 6), body.crotch + 170),
        (5, body.crotch),
    ]
    return points([*outer, *inner]) * (side, 1)


def draw(sheet: Sheet, body: Body, bottom: Bottom, color: Rgb) -> str:
    """The garment, seen from the front."""
    outline = _skirt(body, bottom) if bottom.skirt else _trousers(body, bottom)
    drawn = drape(
        sheet,
        [outline],
        color,
        lambda relief: _folds(relief, body, bottom, sheet.seed),
        depth=0.62,
        rim=24 if bottom.skirt else 50,
        thickest=190.0 if bottom.skirt else body.knee_half * 1.1,
    )
    return drawn + _details(sheet, body, bottom, color)


def _skirt(body: Body, bottom: Bottom) -> Points:
    hem = hem_height(body, bottom.hem)
    ease, flare = bottom.ease * 0.4, bottom.flare
    rest = (hem - body.hip) / (body.ankle - body.hip)
    wide = body.hip_half + ease + flare
    right = points(
        [
            (0, body.waist - 8),
            (body.waist_half + 4, body.waist - 8),
            (body.waist_half + 4, body.waist - 8),
            (body.hip_half + ease + flare * 0.2, body.hip - 30),
            (body.hip_half + ease + flare * 0.8, body.hip + (hem - body.hip) * 0.5),
            (wide, hem),
            (wide, hem),
            (wide * 0.5, hem + 16 + 10 * rest),
            (0, hem + 20 + 10 * rest),
        ]
    )
    return np.vstack([right, mirrored(right)[1:-1]])


def _trousers(body: Body, bottom: Bottom) -> Points:
    hem = hem_height(body, bottom.hem)
    ease = bottom.ease

    def middle(y: float) -> float:
        return float(np.interp(y, [body.crotch, body.knee, body.ankle], [body.leg_x, body.leg_x, body.ankle_x]))

    def half(y: float) -> float:
        base = float(
            np.interp(y, [body.crotch, body.knee, body.ankle], [body.thigh_half * 0.93, body.knee_half, body.ankle_half + 12 + 0.4 * ease])
        )
        down = float(np.clip((y - body.crotch) / (body.ankle - body.crotch), 0, 1))
        return base + 0.9 * ease * (1 - 0.3 * down) + bottom.flare * down

    rows = [y for y in (body.crotch + 260, body.knee - 60, body.knee + 180, (body.knee + body.ankle) / 2 + 120) if y < hem - 70]
    end = half(hem) - (34 if bottom.gathered else 0)
    out = body.hip_half + 0.6 * ease
    outer = [(body.waist_half + 2, body.waist - 6)] * 2 + [
        (out - 12, (body.waist + body.hip) / 2),
        (out, body.hip + 20),
        (out - 2, body.crotch + 70),
    ]
    outer += [(middle(y) + half(y), y) for y in rows] + [(middle(hem) + end, hem)] * 2
    inner = (
        [(middle(hem) - end, hem + 6)] * 2
        + [(max(middle(y) - half(y), 7), y) for y in reversed(rows)]
        + [(5, body.crotch + 34), (0, body.crotch + 10)]
    )
    right = points([(0, body.waist - 6), *outer, ((middle(hem)), hem + 14), *inner])
    return np.vstack([right, mirrored(right)[1:-1]])


def _folds(relief: Relief, body: Body, bottom: Bottom, seed: int) -> None:
    rng = stream(seed, "lower folds")
    weight = bottom.folds
    ripple(relief, rng, 2.2 * weight, (30, 160))
    if bottom.skirt:
        hem = hem_height(body, bottom.hem)
        count = 11 if bottom.flare > 200 else 7
        for x in np.linspace(-0.86, 0.86, count):
            wide = body.hip_half + bottom.flare
            fall = points(
                [
                    (x * body.waist_half, body.waist + 30 * rng.random()),
                    (x * (body.hip_half + 0.4 * bottom.flare), body.hip + 40),
                    (x * wide + rng.normal(0, 10), hem + 20),
                ]
            )
            relief.groove(fall, 26, rng.uniform(6, 14) * weight)
        return
    for side in (1, -1):
        _leg_folds(relief, body, bottom, side, rng)
    if bottom.crease:
        for side in (1, -1):
            ironed = points(
                [(side * body.leg_x * 1.05, body.crotch - 60), (side * body.leg_x, body.knee), (side * body.ankle_x, body.ankle)]
            )
            relief.height += 9 * relief.trace(ironed, 12, taper=False)


def _leg_folds(relief: Relief, body: Body, bottom: Bottom, side: int, rng: np.random.Generator) -> None:
    weight = bottom.folds
    for index in range(4):
        angle = -0.35 + 0.34 * index
        start = np.array([14.0, body.crotch - 26 + 26 * index])
        reach = rng.uniform(110, 170)
        way = np.array([np.cos(angle), np.sin(angle)])
        whisker = np.vstack([start, start + way * reach * 0.5 + (0, -8), start + way * reach]) * (side, 1)
        crease(relief, whisker, 15, rng.uniform(3.0, 5.5) * weight)
    x, k = body.leg_x, body.knee_half + bottom.ease * 0.6
    for index in range(4):
        y = body.knee - 40 + 46 * index + rng.uniform(-12, 12)
        left = rng.random() < 0.5
        ends = (x - k, x + k * rng.uniform(0.0, 0.6)) if left else (x + k, x - k * rng.uniform(0.0, 0.6))
        crease(
            relief,
            points([(ends[0], y - 12), ((ends[0] + ends[1]) / 2, y + 8), (ends[1], y - 4)]) * (side, 1),
            14,
            rng.uniform(2.5, 5.5) * weight,
        )
    if bottom.hem > 2.5:
        for index in range(4):
            y = body.ankle - 8 - 40 * index + rng.uniform(-8, 8)
            wide = body.ankle_half + bottom.ease + 14
            lean = rng.uniform(-16, 16)
            crease(
                relief,
                points([(body.ankle_x - wide, y - lean), (body.ankle_x, y + 12), (body.ankle_x + wide, y + lean)]) * (side, 1),
                14,
                (7 - index) * weight,
            )


def _details(sheet: Sheet, body: Body, bottom: Bottom, color: Rgb) -> str:
    ink = darker(color, 0.6)
    if bottom.skirt:
        return line(
            f"M{-body.waist_half:.0f} {body.waist + 34:.0f}Q0 {body.waist + 52:.0f} {body.waist_half:.0f} {body.waist + 34:.0f}",
            ink,
            4,
            0.4,
        )
    drawn = line(f"M0 {body.waist + 40:.0f}L2 {body.crotch:.0f}", ink, 5, 0.5)
    for side in (1, -1):
        pocket = points([(0.62 * body.waist_half, 46), (0.66 * body.waist_half + 12, 128), (body.hip_half - 4, 190)]) * (side, 1)
        drawn += line(spline(moved(pocket, 0, body.waist)), ink, 5, 0.5)
        if bottom.seams:
            drawn += line(spline(moved(pocket, -8 * side, body.waist + 8)), lighter(color, 0.25), 2.5, 0.6, 'stroke-dasharray="9 6"')
    return drawn
