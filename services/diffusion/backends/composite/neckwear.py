"""What is worn around a neck: the roll of a turtleneck, a scarf, a tie."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.body import Body
from services.diffusion.backends.composite.cloth import Sheet, crease, drape
from services.diffusion.backends.composite.curves import mirrored, points, sample
from services.diffusion.backends.composite.palette import Rgb, darker
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import line
from services.diffusion.backends.composite.traits import stream


def roll(sheet: Sheet, body: Body, color: Rgb) -> str:
    """The rolled collar of a turtleneck, close around the neck."""
    x, y = body.neck_corner
    n = body.neck_half
    top = [(0, y - 26), (n * 0.7, y - 34), (n + 9, y - 46), (n + 9, y - 46)]
    right = points([*top, (n + 15, y - 6), (x + 10, y + 26), (x * 0.6, y + 58), (0, y + 72)])

    def fold(relief: Relief) -> None:
        relief.groove(points([(-x, y + 4), (-n * 0.6, y + 30), (0, y + 40), (n * 0.6, y + 30), (x, y + 4)]), 9, 5)

    drawn = drape(sheet, [np.vstack([right, mirrored(right)[1:-1]])], color, fold, depth=0.7, rim=14, edge=0.5)
    if sheet.fine:
        rows = sample(points([(-n, y - 30), (-n * 0.6, y - 16), (0, y - 12), (n * 0.6, y - 16), (n, y - 30)]), 7)
        drawn += line(
            "".join(f"M{px:.1f} {py:.1f}q{px * 0.03:.1f} 30 {px * 0.08:.1f} 62" for px, py in rows), darker(color, 0.55), 1.6, 0.28
        )
    return drawn


def scarf(sheet: Sheet, body: Body, color: Rgb) -> str:
    """A scarf laid around the neck once, one end hanging down the front."""
    x, y = body.neck_corner
    rng = stream(sheet.seed, "scarf")
    low = y + 330
    middle = (y + low) / 2
    end = points([(-8, y + 60), (-14, middle), (-4, low), (-4, low), (104, low - 8), (104, low - 8), (100, middle), (84, y + 50)])
    right = points([(0, y - 16), (x * 0.6, y - 30), (x + 4, y - 58), (x + 44, y - 8), (x + 40, y + 52), (x * 0.7, y + 102), (0, y + 122)])

    def wind(relief: Relief) -> None:
        for row in range(4):
            at = y - 4 + 30 * row + float(rng.uniform(-5, 5))
            wrap = points([(-x - 40, at - 44), (-x * 0.5, at - 6), (0, at + 6), (x * 0.5, at - 6), (x + 40, at - 44)])
            crease(relief, wrap, 13, float(rng.uniform(4, 7)))

    def hang(relief: Relief) -> None:
        for column in (18.0, 52.0, 80.0):
            crease(relief, points([(column, y + 70), (column - 4, middle), (column + 6, low)]), 14, float(rng.uniform(3, 5)))

    ring = np.vstack([right, mirrored(right)[1:-1]])
    fringe = "".join(f"M{column:.0f} {low - 4:.0f}l{rng.uniform(-3, 3):.1f} 26" for column in np.linspace(2, 98, 13))
    tail = line(fringe, darker(color, 0.25), 5, 0.9) + drape(sheet, [end], color, hang, depth=0.3, rim=14, edge=0.55)
    return tail + drape(sheet, [ring], color, wind, depth=0.5, rim=22, edge=0.55)


def tie(sheet: Sheet, body: Body, low: float, color: Rgb) -> str:
    """A tie with its knot at the collar, down to `low`."""
    knot = body.shoulder + 14
    blade = points([(-27, knot), (27, knot), (20, knot + 46), (46, low - 80), (0, low), (-46, low - 80), (-20, knot + 46)])
    top = points([(-30, knot - 8), (-30, knot - 8), (30, knot - 8), (30, knot - 8), (19, knot + 48), (-19, knot + 48)])
    return drape(sheet, [blade], color, depth=0.3, rim=10) + drape(sheet, [top], color, depth=0.5, rim=10)
