"""Bags: on the back, on the shoulder, across the body, in the hand."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.body import Body
from services.diffusion.backends.composite.cloth import Sheet, drape
from services.diffusion.backends.composite.curves import brush, moved, points, spline
from services.diffusion.backends.composite.palette import Rgb, darker, lighter, mix
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import group, line, path


def behind(sheet: Sheet, body: Body, kind: str, color: Rgb) -> str:
    """The part of a bag that lies behind the body."""
    if kind != "backpack":
        return ""
    half = body.chest_half + 10
    top, low = body.shoulder - 50, body.waist + 140
    outline = points(
        [
            (-half + 60, top),
            (0, top - 40),
            (half - 60, top),
            (half + 10, top + 120),
            (half + 16, low - 80),
            (half - 40, low),
            (-half + 40, low),
            (-half - 16, low - 80),
            (-half - 10, top + 120),
        ]
    )
    return group("bag-back", "Backpack behind", drape(sheet, [outline], color, depth=0.5))


def front(sheet: Sheet, body: Body, kind: str, color: Rgb) -> str:
    """The part of a bag that is in front: straps, or the bag itself."""
    drawn = {"backpack": _straps, "crossbody bag": _crossbody, "handbag": _handbag, "shoulder bag": _shoulder}[kind](sheet, body, color)
    return group("bag", kind.capitalize(), drawn)


def _band(sheet: Sheet, knots: np.ndarray, width: float, color: Rgb) -> str:
    widths = [width] * len(knots)
    shadow = path(brush(moved(knots, 7, 9), widths), (0, 0, 0), 0.22, f'filter="{sheet.definitions.blur(6)}"')
    return (
        shadow
        + path(brush(knots, widths), color)
        + line(spline(moved(knots, -width * 0.34, 0)), lighter(color, 0.3), 3, 0.5)
        + line(spline(moved(knots, width * 0.36, 0)), darker(color, 0.6), 3, 0.5)
    )


def _straps(sheet: Sheet, body: Body, color: Rgb) -> str:
    x = body.neck_half + 70
    drawn = ""
    for side in (1, -1):
        strap = points(
            [
                (x, body.shoulder - 62),
                (x + 32, body.shoulder + 60),
                (x + 70, body.armpit + 60),
                (body.chest_half - 14, body.armpit + 190),
                (body.chest_half + 30, body.armpit + 300),
            ]
        ) * (side, 1)
        drawn += _band(sheet, strap, 58, color)
    return drawn


def _body_of_bag(sheet: Sheet, x: float, y: float, width: float, height: float, color: Rgb) -> str:
    w, h = width / 2, height
    outline = points(
        [
            (x - w * 0.86, y),
            (x - w * 0.86, y),
            (x + w * 0.86, y),
            (x + w * 0.86, y),
            (x + w, y + h * 0.8),
            (x + w * 0.82, y + h),
            (x - w * 0.82, y + h),
            (x - w, y + h * 0.8),
        ]
    )

    def seams(relief: Relief) -> None:
        relief.groove(points([(x - w, y + h * 0.34), (x, y + h * 0.46), (x + w, y + h * 0.34)]), 9, 6)

    shadow = path(spline(moved(outline, 12, 14), closed=True), (0, 0, 0), 0.25, f'filter="{sheet.definitions.blur(12)}"')
    clasp = mix(color, (206, 190, 140), 0.75)
    return (
        shadow
        + drape(sheet, [outline], color, seams, depth=0.5, rim=22, edge=0.6)
        + path(f"M{x - 12:.0f} {y + h * 0.36:.0f}h24v22h-24z", clasp)
    )


def _crossbody(sheet: Sheet, body: Body, color: Rgb) -> str:
    strap = points(
        [
            (-body.neck_half - 62, body.shoulder - 64),
            (-40, body.armpit + 110),
            (body.waist_half * 0.6, body.waist + 40),
            (body.hip_half - 30, body.hip - 120),
        ]
    )
    return _band(sheet, strap, 32, color) + _body_of_bag(sheet, body.hip_half - 10, body.hip - 130, 250, 210, color)


def _shoulder(sheet: Sheet, body: Body, color: Rgb) -> str:
    x = body.shoulder_half - 60
    strap = points([(x - 40, body.shoulder - 4), (x - 10, body.armpit + 60), (x + 20, body.waist - 80)])
    return _band(sheet, strap, 30, color) + _body_of_bag(sheet, x + 30, body.waist - 90, 300, 330, color)


def _handbag(sheet: Sheet, body: Body, color: Rgb) -> str:
    x, y = body.wrist_x + 6, body.wrist + 0.62 * (body.fingertip - body.wrist)
    handle = points([(x - 70, y + 130), (x - 56, y + 20), (x, y - 24), (x + 56, y + 20), (x + 70, y + 130)])
    return (
        line(spline(handle), darker(color, 0.4), 17)
        + line(spline(moved(handle, -2, -3)), lighter(color, 0.2), 6, 0.6)
        + _body_of_bag(sheet, x, y + 120, 290, 250, color)
    )
