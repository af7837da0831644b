"""Glasses and sunglasses."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.curves import Points, moved, points, sample, spline
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.palette import Rgb, mix
from services.diffusion.backends.composite.svg import Definitions, group, line, path

FRAME: Rgb = (34, 32, 34)
WIRE: Rgb = (120, 116, 112)

# half width, half height, roundness (2 is an ellipse), stroke
SHAPES: dict[str, tuple[float, float, float, float]] = {
    "glasses": (52, 36, 3.4, 5.0),
    "round glasses": (48, 45, 2.0, 4.6),
    "square glasses": (54, 38, 6.0, 7.5),
    "rimless glasses": (50, 34, 3.2, 1.3),
    "sunglasses": (58, 43, 3.0, 6.5),
}


def draw(face: Face, kind: str, definitions: Definitions) -> str:
    """Glasses on a face."""
    a, b, power, stroke = SHAPES[kind]
    scale = face.eye_x / 66 * (0.97 if face.traits.childhood < 0.5 else 0.94)
    a, b = a * scale, b * scale
    x0, y0 = face.eye_x + 1, 6.0
    color = WIRE if kind == "rimless glasses" else FRAME
    rims, drawn = [], ""
    for side in (-1, 1):
        rim = moved(_lens(a, b, power), side * x0, y0)
        rims.append(rim)
        drawn += _glass(rim, side, x0, y0, a, b, kind, definitions)
    for side, rim in zip((-1, 1), rims, strict=True):
        data = spline(rim[::4], closed=True)
        shadow = spline(moved(rim[::4], 4, 9), closed=True)
        drawn += line(shadow, (70, 36, 28), stroke + 1, 0.28, f'filter="{definitions.blur(3)}"')
        drawn += line(data, color, stroke, 0.55 if kind == "rimless glasses" else 0.96)
        if stroke > 3:
            drawn += line(spline(moved(sample(rim[::4])[10:120:10], -0.8, -1.2)), mix(color, (255, 255, 255), 0.45), 1.0, 0.45)
        end = face.half_width(y0) + 3
        start = x0 + a - 1
        drawn += line(f"M{side * start:.1f} {y0 - b * 0.42:.1f}L{side * end:.1f} {y0 - b * 0.5:.1f}", color, max(stroke * 0.9, 3), 0.95)
    inner = x0 - a
    bridge = points([(-inner - 1, y0 - b * 0.22), (-inner * 0.4, y0 - b * 0.46), (inner * 0.4, y0 - b * 0.46), (inner + 1, y0 - b * 0.22)])
    drawn += line(spline(moved(bridge, 2, 7)), (70, 36, 28), max(stroke, 3), 0.25, f'filter="{definitions.blur(2.5)}"')
    return group("glasses", kind.capitalize(), drawn, line(spline(bridge), color, max(stroke * 0.9, 2.6), 0.96))


def _lens(a: float, b: float, power: float) -> Points:
    turn = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    c, s = np.cos(turn), np.sin(turn)
    x = np.sign(c) * np.abs(c) ** (2 / power) * a
    y = np.sign(s) * np.abs(s) ** (2 / power) * b
    return np.stack([x * (1 - 0.05 * y / b * (power > 2.5)), y], axis=1)


def _glass(rim: Points, side: int, x0: float, y0: float, a: float, b: float, kind: str, definitions: Definitions) -> str:
    x = side * x0
    data = spline(rim[::4], closed=True)
    if kind == "sunglasses":
        tint = definitions.linear((x, y0 - b), (x, y0 + b), [(0, (16, 16, 20), 1), (1, (58, 54, 56), 0.94)])
        gleam = points(
            [(x - a * 0.62, y0 - b * 0.2), (x - a * 0.2, y0 - b * 0.72), (x + a * 0.15, y0 - b * 0.74), (x - a * 0.45, y0 + b * 0.1)]
        )
        return path(data, tint) + path(spline(gleam, closed=True), (255, 255, 255), 0.16, f'filter="{definitions.blur(3)}"')
    pane = definitions.linear(
        (x - a, y0 - b),
        (x + a, y0 + b),
        [(0, (255, 255, 255), 0.26), (0.35, (255, 255, 255), 0.03), (0.7, (210, 225, 235), 0.04), (1, (255, 255, 255), 0.14)],
    )
    return path(data, pane)
