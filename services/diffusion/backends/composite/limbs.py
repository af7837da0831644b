"""Hands, bare arms and feet in shoes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.diffusion.backends.composite.body import Body
from services.diffusion.backends.composite.cloth import Sheet, drape
from services.diffusion.backends.composite.curves import points, spline
from services.diffusion.backends.composite.face import shade_color
from services.diffusion.backends.composite.palette import Rgb, darker, lighter, luminance
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import line, path

Placing = Callable[[list[tuple[float, float]]], np.ndarray]  # from parts of a shoe's width and height to drawing units


def arms(sheet: Sheet, body: Body, skin: Rgb) -> str:
    """Bare arms down to the wrist, to be painted below the sleeves."""
    a, w = body.arm_half * 0.92, body.wrist_half
    drawn = ""
    for side in (1, -1):
        right = [
            (body.arm_x - a * 0.4, body.shoulder + 14),
            (body.shoulder_half - 44, body.shoulder + 40),
            (body.shoulder_half - 10, body.shoulder + 130),
            (body.elbow_x + a * 0.78, body.elbow - 40),
            (body.elbow_x + a * 0.84, body.elbow + 130),
            (body.wrist_x + w, body.wrist),
            (body.wrist_x + w, body.wrist + 40),
        ]
        left = [
            (body.wrist_x - w, body.wrist + 40),
            (body.wrist_x - w, body.wrist),
            (body.elbow_x - a * 0.74, body.elbow + 110),
            (body.elbow_x - a * 0.76, body.elbow - 30),
            (body.chest_half - 4, body.armpit + 10),
        ]
        drawn += drape(sheet, [points([*right, *left]) * (side, 1)], skin, depth=0.75, rim=18, dark=shade_color(skin), edge=0.0)
    return drawn


def hands(sheet: Sheet, body: Body, skin: Rgb, bare: bool) -> str:
    """Both hands, hanging relaxed: backs turned half outwards, thumbs in front."""
    return "".join(_hand(sheet, body, skin, side, bare) for side in (1, -1))


def _hand(sheet: Sheet, body: Body, skin: Rgb, side: int, bare: bool) -> str:
    length = body.fingertip - body.wrist
    scale = length / 370
    w = body.wrist_half / scale
    place = np.array([body.wrist_x, body.wrist])

    def put(pairs: list[tuple[float, float]]) -> np.ndarray:
        return np.asarray((points(pairs) * scale + place) * (side, 1))

    palm = put(
        [
            (-w, -20),
            (-w - 8, 60),
            (-66, 120),
            (-62, 190),
            (-58, 250),
            (-50, 318),
            (-32, 352),
            (-14, 356),
            (0, 372),
            (20, 366),
            (34, 348),
            (48, 310),
            (58, 250),
            (64, 170),
            (58, 90),
            (w, -20),
        ]
    )
    thumb = put([(-w + 6, 40), (-w - 26, 84), (-84, 130), (-90, 184), (-80, 236), (-62, 244), (-52, 216), (-54, 170), (-34, 110)])

    def shape(relief: Relief) -> None:
        for x, top, end in ((-28, 196, 350), (2, 190, 366), (30, 190, 340)):
            relief.groove(put([(x, top), (x + 1, (top + end) / 2), (x + 2, end)]), 10, 11)
        for x, y in ((-44, 184), (-14, 178), (16, 180), (44, 190)):
            spot = put([(x, y)])[0]
            relief.bump(float(spot[0]), float(spot[1]), 13, 13, 6)
            joint = put([(x, y + 86)])[0]
            relief.bump(float(joint[0]), float(joint[1]), 11, 13, 4)
        relief.groove(put([(-20, 30), (-16, 90), (-12, 160)]), 9, -3)
        relief.ink += 0.18 * relief.area(put([(-60, 150), (60, 160), (50, 420), (-50, 420)]), 60).astype(np.float32)

    shade = shade_color(skin)
    gap = "".join(
        spline(put([(x, top + 60), (x + 1, (top + end) / 2 + 30), (x + 2, end)]))
        for x, top, end in ((-28, 196, 346), (2, 190, 362), (30, 190, 336))
    )
    nail = path(spline(put([(-84, 216), (-76, 236), (-66, 236), (-64, 214)]), closed=True), lighter(skin, 0.3), 0.5)
    return (
        drape(sheet, [palm], skin, shape, depth=0.7, rim=12, dark=shade, edge=0.0 if bare else 0.32)
        + line(gap, shade, 4, 0.55)
        + drape(sheet, [thumb], skin, depth=0.7, rim=12, dark=shade, edge=0.32)
        + nail
    )


def shoes(sheet: Sheet, body: Body, kind: str, color: Rgb, skin: Rgb) -> str:
    """Both feet, toes towards us and a little outwards."""
    return "".join(_foot(sheet, body, kind, color, skin, side) for side in (1, -1))


def _foot(sheet: Sheet, body: Body, kind: str, color: Rgb, skin: Rgb, side: int) -> str:
    a = body.ankle_half
    wide = a * 1.30
    x0 = body.ankle_x + 8
    top, ground = body.ankle - 6, body.sole + 34

    def put(pairs: list[tuple[float, float]]) -> np.ndarray:
        """Corners as (part of the width, part of the way down)."""
        return np.asarray(points([(x0 + u * wide + 0.16 * wide * max(v, 0), top + v * (ground - top)) for u, v in pairs]) * (side, 1))

    upper = put(
        [
            (-0.70, 0.0),
            (-0.72, 0.2),
            (-0.88, 0.52),
            (-1.0, 0.78),
            (-0.92, 0.95),
            (-0.5, 1.0),
            (0.4, 1.0),
            (0.92, 0.95),
            (1.04, 0.76),
            (0.94, 0.5),
            (0.76, 0.2),
            (0.72, 0.0),
        ]
    )
    sole = put(
        [(-1.0, 0.80), (-1.04, 0.92), (-0.95, 1.0), (0, 1.04), (0.97, 1.0), (1.09, 0.9), (1.05, 0.78), (0.9, 0.9), (0, 0.94), (-0.88, 0.92)]
    )

    def shape(relief: Relief) -> None:
        relief.groove(put([(-0.7, 0.56), (-0.3, 0.46), (0.3, 0.46), (0.76, 0.55)]), 8, 5)
        spot = put([(0.05, 0.72)])[0]
        relief.bump(float(spot[0]), float(spot[1]), wide * 0.6, 40, 18)

    rubber = (228, 228, 224) if luminance(color) < 0.8 else (206, 206, 202)
    if kind in {"sandals", "slippers", "none"}:
        return _open_shoe(sheet, kind, color, skin, upper, sole, put)
    drawn = ""
    if kind == "boots":
        u = (a + 40) / wide  # wide enough for the trousers in it
        shaft = put(
            [(-u, -1.5), (-u, -1.5), (-u * 0.97, -0.6), (-0.74, 0.1), (0.76, 0.1), (u * 0.97, -0.6), (u, -1.5), (u, -1.5), (0, -1.42)]
        )
        drawn += drape(
            sheet, [shaft], color, lambda relief: relief.groove(put([(-u, -0.5), (0, -0.42), (u, -0.52)]), 12, 6), depth=0.7, rim=20
        )
    if kind == "heels":
        throat = put([(-0.62, 0.0), (-0.62, 0.5), (0, 0.66), (0.66, 0.5), (0.66, 0.0)])
        return drape(sheet, [upper], color, shape, depth=0.6, rim=18) + drape(
            sheet, [throat], skin, depth=0.6, rim=16, dark=shade_color(skin), edge=0.3
        )
    drawn += drape(sheet, [upper], color, shape, depth=0.62, rim=20)
    drawn += drape(sheet, [sole], rubber if kind == "sneakers" else darker(color, 0.55), depth=0.3, rim=8)
    return drawn + _laces(put, kind, color)


def _laces(put: Placing, kind: str, color: Rgb) -> str:
    lace = (236, 236, 232) if kind == "sneakers" and luminance(color) < 0.75 else darker(color, 0.5)
    ends = (put([(-0.34, v), (0.38, v + 0.02)]).tolist() for v in (0.14, 0.25, 0.36))
    rungs = "".join(f"M{x0:.0f} {y0:.0f}L{x1:.0f} {y1:.0f}" for (x0, y0), (x1, y1) in ends)
    throat = spline(put([(-0.42, 0.04), (-0.46, 0.44), (0.0, 0.52), (0.5, 0.44), (0.46, 0.04)]))
    return line(throat, darker(color, 0.6), 5, 0.5) + line(rungs, lace, 7, 0.85)


def _open_shoe(sheet: Sheet, kind: str, color: Rgb, skin: Rgb, upper: np.ndarray, sole: np.ndarray, put: Placing) -> str:
    def toes(relief: Relief) -> None:
        for u in (-0.42, -0.02, 0.34, 0.66):
            relief.groove(put([(u, 0.84), (u + 0.02, 1.0)]), 8, 9)

    foot = put(
        [
            (-0.62, -0.1),
            (-0.62, 0.3),
            (-0.82, 0.66),
            (-0.9, 0.86),
            (-0.6, 0.98),
            (0.3, 0.97),
            (0.8, 0.93),
            (0.94, 0.78),
            (0.84, 0.55),
            (0.66, 0.3),
            (0.64, -0.1),
        ]
    )
    drawn = drape(sheet, [sole], darker(color, 0.4), depth=0.3, rim=8) if kind != "none" else ""
    drawn += drape(sheet, [foot], skin, toes, depth=0.6, rim=16, dark=shade_color(skin), edge=0.35)
    bands = {"slippers": [(0.44, 0.84)], "sandals": [(0.30, 0.42), (0.64, 0.78)], "none": []}[kind]
    for high, low in bands:
        drawn += drape(
            sheet,
            [put([(-0.86, low), (-0.74, high), (0, high - 0.06), (0.82, high), (0.98, low), (0.1, low - 0.05)])],
            color,
            depth=0.5,
            rim=12,
        )
    return drawn
