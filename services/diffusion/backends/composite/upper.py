"""What is worn above the waist, and dresses and coats down to their hem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.diffusion.backends.composite import pattern
from services.diffusion.backends.composite.body import Body
from services.diffusion.backends.composite.cloth import Sheet, crease, drape, ripple
from services.diffusion.backends.composite.collars import behind_neck, fastening, front, opening
from services.diffusion.backends.composite.curves import Points, brush, mirrored, moved, points, sample
from services.diffusion.backends.composite.palette import Rgb, darker
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import line, path
from services.diffusion.backends.composite.traits import stream
from services.diffusion.backends.composite.wardrobe import Top


@dataclass(frozen=True)
class Worn:
    """A top on a body: its edges."""

    top: Top
    body: Body
    color: Rgb
    pattern: str = ""  # "checked", "striped" or none

    @property
    def hem(self) -> float:
        """Height of the lower edge."""
        return hem_height(self.body, self.top.hem)


def hem_height(body: Body, hem: float) -> float:
    """The height that a hem number means: 0 waist, 1 crotch, 2 knee, 3 ankle."""
    return float(np.interp(hem, [0, 1, 2, 3], [body.waist, body.crotch + 18, body.knee, body.ankle + 26]))


def trunk(worn: Worn) -> Points:
    """The closed outline of the part without sleeves."""
    body, top = worn.body, worn.top
    ease = top.ease * body.room
    neckline = opening(worn.body, top)
    start = neckline[-1]
    f = max(body.femininity, 0)
    side = [
        (body.arm_x - 0.3 * body.arm_half, body.shoulder - 24 - 0.1 * ease),
        (body.arm_x + 0.3 * body.arm_half + 0.2 * ease, body.shoulder + 4 - 0.1 * ease),
        (body.arm_x + 0.6 * body.arm_half + 0.2 * ease, body.shoulder + 66),
        (body.chest_half + 0.8 * ease, body.armpit + 20),
        (body.waist_half + ease * (1.25 - 0.25 * f) + 26 * body.belly, body.waist),
    ]
    if worn.hem > body.waist + 120:
        side.append((body.hip_half + 0.85 * ease + (30 if top.skirt else 0), min(body.hip, worn.hem - 60)))
    if worn.hem > body.crotch + 200:
        spread = 70 if top.skirt else 26
        side.append((body.hip_half + ease + spread, worn.hem - 40))
    width = side[-1][0] - (16 if top.ribbed else 2)
    corner = (width, worn.hem)
    right = points([*side, corner, corner, (width * 0.5, worn.hem + 12), (0, worn.hem + 14)])
    half = np.vstack([[start, start], right])
    return np.vstack([neckline[1:-1], half, mirrored(half)[1:]])


def sleeve(worn: Worn, side: int) -> Points:
    """The closed outline of one sleeve."""
    body, top = worn.body, worn.top
    ease = top.ease * body.room
    length = top.sleeve
    cut = body.shoulder + 40 + (body.wrist + 26 - body.shoulder - 40) * length
    upper, lower = body.arm_half + 0.5 * ease, body.wrist_half + (0.34 if top.ribbed else 0.55) * ease + 5

    def middle(y: float) -> float:
        return float(np.interp(y, [body.shoulder, body.elbow, body.wrist], [body.arm_x, body.elbow_x, body.wrist_x]))

    def half(y: float) -> float:
        return float(np.interp(y, [body.shoulder, body.elbow, body.wrist], [upper, upper * 0.62 + lower * 0.44, lower]))

    outer = [
        *[(body.arm_x - 0.3 * body.arm_half, body.shoulder - 20 - 0.1 * ease)] * 2,
        (body.arm_x + 0.3 * body.arm_half + 0.2 * ease, body.shoulder + 4 - 0.1 * ease),
        (body.shoulder_half - 0.12 * body.arm_half + 0.32 * ease, body.shoulder + 48),
        (body.shoulder_half + 0.5 * ease, body.shoulder + 134),
    ]
    rows = [y for y in (body.armpit + 130, body.elbow - 30, body.elbow + 150, (body.elbow + body.wrist) / 2 + 60) if y < cut - 50]
    outer += [(middle(y) + half(y), y) for y in rows]
    hem = [(middle(cut) + half(cut), cut)] * 2 + [(middle(cut), cut + 10)] + [(middle(cut) - half(cut), cut + 3)] * 2
    inner = [(middle(y) - half(y), y) for y in reversed(rows)] + [(body.chest_half - 6, body.armpit + 6)]
    return points([*outer, *hem, *inner]) * (side, 1)


def draw_back(sheet: Sheet, worn: Worn) -> str:
    """What lies behind the neck: a hood, the back of a collar."""
    return behind_neck(sheet, worn.body, worn.top, worn.color)


def draw(sheet: Sheet, worn: Worn) -> str:
    """The garment, seen from the front."""
    top, body = worn.top, worn.body
    parts = [trunk(worn)]
    if top.sleeve:
        parts += [sleeve(worn, 1), sleeve(worn, -1)]
    drawn = drape(sheet, parts, worn.color, lambda relief: _folds(relief, worn, parts, sheet.seed), depth=0.6, rim=44)
    drawn += pattern.draw(sheet, parts, worn.pattern, worn.color) if worn.pattern else ""
    drawn += _arm_lines(sheet, worn) + _bands(sheet, worn, parts)
    return _hem_shadow(sheet, worn) + drawn + fastening(sheet, body, top, worn.color, worn.hem) + front(sheet, body, top, worn.color)


def draw_sleeves(sheet: Sheet, worn: Worn) -> str:
    """The sleeves alone, below a garment that has none."""
    rng = stream(sheet.seed, "sleeves")

    def shape(relief: Relief) -> None:
        ripple(relief, rng, 2.4, (34, 150))
        for side in (1, -1):
            _sleeve_folds(relief, worn, side, rng)

    return drape(sheet, [sleeve(worn, 1), sleeve(worn, -1)], worn.color, shape, depth=0.6, rim=24)


def _folds(relief: Relief, worn: Worn, parts: list[Points], seed: int) -> None:
    body, top = worn.body, worn.top
    rng = stream(seed, "upper folds")
    weight = top.folds
    ripple(relief, rng, 2.6 * weight, (34, 150))
    ripple(relief, rng, 1.5 * weight, (60, 26), angle=0.3)
    for side in (1, -1):
        _trunk_folds(relief, worn, side, rng)
        if top.sleeve > 0.5:
            _sleeve_folds(relief, worn, side, rng)
    if top.skirt or worn.hem > body.crotch + 200:
        low = worn.hem
        for x in np.linspace(-0.8, 0.8, 7 if top.skirt else 4):
            sway = rng.normal(0, 16)
            fall = points(
                [
                    (x * body.waist_half * 0.8, body.hip - 80),
                    (x * body.hip_half, (body.hip + low) / 2),
                    (x * body.hip_half * 1.2 + sway, low + 10),
                ]
            )
            relief.groove(fall, 30, rng.uniform(6, 13) * (1 if top.skirt else 0.6))
    if top.quilted:
        _quilting(relief, worn, parts)
    if top.sleeve:
        below = np.clip((relief.y - body.armpit + 30) / 90, 0, 1)[:, None]
        for side, part in zip((1, -1), parts[1:], strict=True):
            arm = sample(part, 6, closed=True)
            # The lamp stands on the left: the arm on that side throws its shadow on the trunk.
            thrown = relief.area(moved(arm, -6 if side > 0 else 24, 8), 11) * (1 - relief.area(arm))
            relief.ink += np.asarray((0.22 if side > 0 else 0.36) * thrown * below, np.float32)


def _trunk_folds(relief: Relief, worn: Worn, side: int, rng: np.random.Generator) -> None:
    body, top = worn.body, worn.top
    weight = top.folds
    for index in range(3):
        y = body.armpit + 16 + 46 * index + rng.uniform(-10, 10)
        pull = points(
            [
                (body.chest_half * 0.98, y),
                (body.chest_half * 0.74, y - 10 + 34 * index),
                (body.chest_half * (0.42 + 0.1 * rng.random()), y + 20 + 52 * index),
            ]
        ) * (side, 1)
        crease(relief, pull, 17, (6.5 - index) * weight)
    for _ in range(3):
        y = body.waist + rng.uniform(-130, 110)
        reach = rng.uniform(0.3, 0.75)
        tuck = points(
            [
                (body.waist_half + 10, y),
                (body.waist_half * 0.7, y + rng.uniform(10, 40)),
                (body.waist_half * (1 - reach), y + rng.uniform(-20, 46)),
            ]
        ) * (side, 1)
        crease(relief, tuck, 15, rng.uniform(3.0, 6.5) * weight)
    if body.femininity > 0.3:
        relief.bump(side * body.chest_half * 0.47, body.armpit + 84, 92, 84, 26 * body.femininity)
    elif not top.quilted:
        relief.bump(side * body.chest_half * 0.45, body.armpit + 30, 110, 70, 10)
    relief.bump(0, (body.waist + body.hip) / 2, body.waist_half * 0.9, 240, 46 * body.belly)


def _sleeve_folds(relief: Relief, worn: Worn, side: int, rng: np.random.Generator) -> None:
    body, weight = worn.body, worn.top.folds
    wide = body.arm_half + 0.5 * worn.top.ease
    for index in range(5):
        y = body.elbow - 90 + 44 * index + rng.uniform(-12, 12)
        x = body.elbow_x
        bend = points(
            [
                (x - wide, y - 20),
                (x - wide * 0.2, y + 8 + rng.uniform(-8, 14)),
                (x + wide * rng.uniform(0.3, 0.9), y - 12 + rng.uniform(-26, 26)),
            ]
        ) * (side, 1)
        crease(relief, bend, 15, rng.uniform(3.5, 7.0) * weight)
    for index in range(3):
        y = body.wrist - 50 - 42 * index + rng.uniform(-10, 10)
        x = float(np.interp(y, [body.elbow, body.wrist], [body.elbow_x, body.wrist_x]))
        gather = points([(x - wide * 0.8, y), (x, y + 12), (x + wide * 0.8, y - 4)]) * (side, 1)
        crease(relief, gather, 12, rng.uniform(2.5, 5.0) * weight)
    top = points([(body.arm_x - 10, body.shoulder + 30), (body.arm_x + 16, body.armpit + 60), (body.arm_x + 4, body.armpit + 170)]) * (
        side,
        1,
    )
    crease(relief, top, 20, 3.5 * weight)


def _quilting(relief: Relief, worn: Worn, parts: list[Points]) -> None:
    body = worn.body
    spacing = 104.0
    y = body.shoulder + 70
    while y < worn.hem - 30:
        half = body.chest_half + worn.top.ease + 60
        relief.groove(points([(-half, y - 12), (-half / 2, y + 4), (0, y + 8), (half / 2, y + 4), (half, y - 12)]), 17, 17)
        y += spacing
    for side in (1, -1):
        y = body.shoulder + 104
        while y < body.wrist - 30:
            x = float(np.interp(y, [body.shoulder, body.elbow, body.wrist], [body.arm_x, body.elbow_x, body.wrist_x]))
            wide = body.arm_half + worn.top.ease
            relief.groove(points([(x - wide, y + 6), (x, y + 12), (x + wide, y - 4)]) * (side, 1), 17, 16)
            y += spacing * 0.96


def _arm_lines(sheet: Sheet, worn: Worn) -> str:
    """Where an arm lies against the trunk, its edge is still seen."""
    if worn.top.sleeve == 0:
        return ""
    ink = darker(worn.color, 0.7)
    drawn = ""
    for side, opacity in ((1, 0.30), (-1, 0.38)):
        edge = sleeve(worn, side)
        inner = edge[np.abs(edge[:, 0]) < float(np.median(np.abs(edge[:, 0])))]
        inner = inner[inner[:, 1] > worn.body.armpit + 60]
        inner = inner[np.argsort(inner[:, 1])]
        if len(inner) >= 3:
            drawn += path(brush(inner, [1.0, *([9.0] * (len(inner) - 2)), 3.0]), ink, opacity, f'filter="{sheet.definitions.blur(3)}"')
    return drawn


def _hem_shadow(sheet: Sheet, worn: Worn) -> str:
    """The shadow that the lower edge throws on the trousers."""
    body, hem = worn.body, worn.hem
    if hem > body.crotch + 20 or hem > sheet.bottom or worn.top.skirt:
        return ""
    shade = sheet.definitions.linear((0, hem), (0, hem + 56), [(0, (10, 10, 16), 0.42), (1, (10, 10, 16), 0)])
    return path(f"M{-body.hip_half:.0f} {hem - 8:.0f}H{body.hip_half:.0f}V{hem + 56:.0f}H{-body.hip_half:.0f}Z", shade)


def _bands(sheet: Sheet, worn: Worn, parts: list[Points]) -> str:
    """Ribs at cuffs and hem, pockets, seams."""
    body, top = worn.body, worn.top
    ink = darker(worn.color, 0.55)
    drawn = ""
    if top.ribbed and worn.hem < sheet.bottom:
        y = worn.hem - 46
        half = float(parts[0][:, 0].max())
        half = min(half, body.hip_half + top.ease)
        drawn += line(f"M{-half:.0f} {y:.0f}Q0 {y + 24:.0f} {half:.0f} {y:.0f}", ink, 4, 0.45)
    if top.sleeve > 0.9 and top.ribbed and body.wrist < sheet.bottom:
        y = body.wrist - 30
        wide = body.wrist_half + 0.34 * top.ease + 10
        drawn += "".join(
            line(f"M{side * (body.wrist_x - wide):.0f} {y:.0f}q{side * wide:.0f} 16 {side * 2 * wide:.0f} -4", ink, 4, 0.45)
            for side in (1, -1)
        )
    if top.pockets and worn.hem > body.waist + 60:
        y = body.waist + (90 if worn.hem < body.crotch + 60 else 170)
        x = body.waist_half * 0.62
        drawn += "".join(line(f"M{side * (x - 60):.0f} {y + 90:.0f}L{side * (x + 40):.0f} {y - 30:.0f}", ink, 6, 0.5) for side in (1, -1))
    return drawn
