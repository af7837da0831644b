"""Hats, caps, hoods of cloth, and face masks."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.cloth import Sheet, drape
from services.diffusion.backends.composite.curves import mirrored, moved, points, spline
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.palette import Rgb, darker, lighter
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import group, line, path


def draw(sheet: Sheet, face: Face, kind: str, color: Rgb) -> str:
    """A hat on a head."""
    shape = {"cap": _cap, "beanie": _beanie, "bucket hat": _bucket, "fedora": _fedora}[kind]
    return group("headwear", kind.capitalize(), shape(sheet, face, color))


def brim_line(face: Face) -> float:
    """Height of the lower edge of a hat: hair above it is hidden."""
    return face.hairline + 46


def _shell(face: Face, high: float, wide: float, low: float) -> np.ndarray:
    w = face.half_width(-110) + wide
    top = face.crown - high
    right = points(
        [
            (0, top),
            (w * 0.45, top + 12),
            (w * 0.82, top + 62),
            (w * 0.99, top + 130),
            (w + 3, low),
            (w + 3, low),
            (w * 0.5, low + 16),
            (0, low + 20),
        ]
    )
    return np.vstack([right, mirrored(right)[1:-1]])


def _cap(sheet: Sheet, face: Face, color: Rgb) -> str:
    low = brim_line(face) - 10
    w = face.half_width(-110) + 12

    def panels(relief: Relief) -> None:
        for x in (-0.62, 0.62):
            relief.groove(points([(x * w * 0.25, face.crown - 26), (x * w * 0.8, face.crown + 30), (x * w, low)]), 6, 4)
        relief.groove(points([(0, face.crown - 30), (0, face.crown + 20), (0, low)]), 5, 4)

    drawn = drape(sheet, [_shell(face, 36, 14, low)], color, panels, depth=0.8, rim=22)
    y = low - 6
    brim = np.vstack(
        [
            points([(-w * 0.95, y + 6), (-w * 0.55, y - 24), (0, y - 36), (w * 0.55, y - 24), (w * 0.95, y + 6)]),
            points(
                [
                    (w * 1.02, y + 44),
                    (w * 0.94, y + 58),
                    (w * 0.5, y + 56),
                    (0, y + 58),
                    (-w * 0.5, y + 56),
                    (-w * 0.94, y + 58),
                    (-w * 1.02, y + 44),
                ]
            ),
        ]
    )

    def bend(relief: Relief) -> None:
        relief.height -= 0.34 * np.maximum(relief.y - y - 6, 0)[:, None].astype(np.float32)

    shadow = path(spline(moved(brim, 6, 34), closed=True), (34, 22, 20), 0.42, f'filter="{sheet.definitions.blur(12)}"')
    edge = line(
        spline(points([(-w * 0.94, y + 44), (-w * 0.5, y + 42), (0, y + 44), (w * 0.5, y + 42), (w * 0.94, y + 44)])),
        lighter(color, 0.25),
        2.2,
        0.45,
        'stroke-dasharray="7 4"',
    )
    return shadow + drawn + drape(sheet, [brim], darker(color, 0.08), bend, depth=0.45, rim=18, edge=0.6) + edge


def _beanie(sheet: Sheet, face: Face, color: Rgb) -> str:
    low = brim_line(face) - 2
    w = face.half_width(-110) + 16

    def ribs(relief: Relief) -> None:
        for x in np.linspace(-0.95, 0.95, 21):
            relief.groove(points([(x * w * 0.35, face.crown - 30), (x * w * 0.86, face.crown + 40), (x * w, low)]), 5, 3.2)

    drawn = drape(sheet, [_shell(face, 44, 16, low)], color, ribs, depth=0.8, rim=22)
    band = points(
        [
            (-w - 6, low - 52),
            (-w * 0.5, low - 36),
            (0, low - 32),
            (w * 0.5, low - 36),
            (w + 6, low - 52),
            (w + 7, low + 2),
            (w + 7, low + 2),
            (w * 0.5, low + 22),
            (0, low + 27),
            (-w * 0.5, low + 22),
            (-w - 7, low + 2),
            (-w - 7, low + 2),
        ]
    )

    def knit(relief: Relief) -> None:
        for x in np.linspace(-0.97, 0.97, 27):
            relief.groove(points([(x * w, low - 56), (x * w * 1.01, low - 20), (x * w * 1.01, low + 22)]), 4, 3.5)

    return (
        path(spline(moved(band, 4, 18), closed=True), (34, 22, 20), 0.35, f'filter="{sheet.definitions.blur(9)}"')
        + drawn
        + drape(sheet, [band], color, knit, depth=0.6, rim=14, edge=0.5)
    )


def _bucket(sheet: Sheet, face: Face, color: Rgb) -> str:
    low = brim_line(face) - 26
    w = face.half_width(-110) + 14
    brim = points(
        [
            (-w, low - 16),
            (-w * 0.5, low - 4),
            (0, low),
            (w * 0.5, low - 4),
            (w, low - 16),
            (w + 52, low + 54),
            (w + 52, low + 54),
            (w * 0.6, low + 66),
            (0, low + 58),
            (-w * 0.6, low + 66),
            (-w - 52, low + 54),
            (-w - 52, low + 54),
        ]
    )
    shadow = path(spline(moved(brim, 5, 24), closed=True), (34, 22, 20), 0.38, f'filter="{sheet.definitions.blur(11)}"')

    def stitch(relief: Relief) -> None:
        for part in (0.35, 0.6, 0.85):
            y = low + 60 * part
            relief.groove(
                points([(-w - 50 * part, y - 8), (-w * 0.5, y + 6), (0, y + 2), (w * 0.5, y + 6), (w + 50 * part, y - 8)]), 4, 2.6
            )

    return (
        shadow
        + drape(sheet, [_shell(face, 26, 10, low)], color, depth=0.7, rim=20)
        + drape(sheet, [brim], color, stitch, depth=0.5, rim=16, edge=0.55)
    )


def _fedora(sheet: Sheet, face: Face, color: Rgb) -> str:
    low = brim_line(face) - 22
    w = face.half_width(-110) + 8
    brim = points(
        [
            (-w - 74, low - 18),
            (-w - 74, low - 18),
            (-w * 0.5, low - 14),
            (0, low - 14),
            (w * 0.5, low - 14),
            (w + 74, low - 18),
            (w + 74, low - 18),
            (w * 0.9, low + 26),
            (0, low + 42),
            (-w * 0.9, low + 26),
        ]
    )
    shadow = path(spline(moved(brim, 6, 28), closed=True), (34, 22, 20), 0.4, f'filter="{sheet.definitions.blur(12)}"')
    crown = _shell(face, 58, 6, low)
    band = points(
        [
            (-w - 2, low - 46),
            (0, low - 30),
            (w + 2, low - 46),
            (w + 2, low - 4),
            (w + 2, low - 4),
            (0, low + 14),
            (-w - 2, low - 4),
            (-w - 2, low - 4),
        ]
    )

    def dent(relief: Relief) -> None:
        relief.bump(0, face.crown - 44, 60, 26, -24)

    return (
        shadow
        + drape(sheet, [crown], color, dent, depth=0.7, rim=24)
        + drape(sheet, [band], darker(color, 0.45), depth=0.5, rim=10)
        + drape(sheet, [brim], color, depth=0.4, rim=14, edge=0.55)
    )


def mask(sheet: Sheet, face: Face, color: Rgb) -> str:
    """A surgical mask over nose, mouth and chin."""
    top, low = face.nose - 54, face.chin + 2
    edge = face.half_width(face.mouth - 20) - 10
    right = points(
        [
            (0, top - 10),
            (40, top + 2),
            (edge * 0.8, top + 26),
            (edge, face.nose + 4),
            (edge - 4, face.mouth + 24),
            (edge * 0.66, low - 12),
            (0, low + 8),
        ]
    )
    outline = np.vstack([right, mirrored(right)[1:-1]])

    def pleats(relief: Relief) -> None:
        relief.bump(0, face.nose - 14, 40, 40, 26)
        for part in (0.34, 0.54, 0.74):
            y = top + (low - top) * part
            relief.groove(points([(-edge, y - 12), (0, y + 6), (edge, y - 12)]), 7, 6)

    strap = ""
    for side in (-1, 1):
        end = face.half_width(0) + 4
        strap += line(spline(points([(edge - 2, face.nose + 4), ((edge + end) / 2, 34), (end, -6)]) * (side, 1)), darker(color, 0.12), 4)
        strap += line(
            spline(points([(edge - 6, face.mouth + 24), ((edge + end) / 2 + 2, face.mouth - 30), (end + 2, 40)]) * (side, 1)),
            darker(color, 0.12),
            4,
        )
    shade = path(spline(moved(outline, 3, 8), closed=True), (70, 34, 26), 0.35, f'filter="{sheet.definitions.blur(6)}"')
    return group("mask", "Mask", shade, strap, drape(sheet, [outline], color, pleats, depth=0.7, rim=24, edge=0.45))
