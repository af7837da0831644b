"""The sheet of paper: backdrop, ground, height scale, and the person on it, as one SVG document."""

from __future__ import annotations

from services.diffusion.backend import Subject
from services.diffusion.backends.composite import figure
from services.diffusion.backends.composite.appearance import Appearance
from services.diffusion.backends.composite.cloth import Sheet
from services.diffusion.backends.composite.palette import BACKDROP, Rgb, darker, lighter
from services.diffusion.backends.composite.svg import Definitions, ellipse, group, line, text

WIDTH, HEIGHT = 768.0, 1024.0  # of the drawing; another shape of picture shows more backdrop
PORTRAIT_SCALE = 0.98
FIGURE_SHARE = 0.895  # of the height, from crown to sole
FAR = 20000


def compose(person: Appearance, subject: Subject, seed: int, width: int, height: int) -> str:
    """Draw a person.

    Args:
        person: what is known of the person.
        subject: portrait or full body.
        seed: decides what is not known.
        width: of the picture, pixels.
        height: of the picture, pixels.

    Returns:
        An SVG document of that size.
    """
    definitions = Definitions()
    whole = figure.settle_figure(person, seed)
    body = whole.body
    portrait = subject is Subject.PORTRAIT
    if portrait:
        scale, x, y = PORTRAIT_SCALE, WIDTH / 2, 404.0
        # A wide picture is as high as the drawing; a high one stands on the drawing's lower edge.
        sheet = Sheet(definitions=definitions, detail=1.0, bottom=(HEIGHT - y) / scale, seed=seed)
        content = figure.draw(sheet, whole)
    else:
        scale = HEIGHT * FIGURE_SHARE / (body.sole + 40 - whole.face.crown + 24)
        x, y = WIDTH / 2, HEIGHT * 0.962 - (body.sole + 40) * scale
        sheet = Sheet(definitions=definitions, detail=0.3, bottom=FAR, seed=seed)
        content = _ground(definitions, body.sole, body.hip_half) + figure.draw(sheet, whole)
    scene = _backdrop(definitions) + (_height_scale(person.height_cm, whole, scale, y) if person.height_cm and not portrait else "")
    scene += group("person", "Person", content, extra=f'transform="translate({x:.2f} {y:.2f}) scale({scale:.5f})"')
    align = "xMidYMax" if portrait else "xMidYMid"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="{align} meet">'
        f"<title>Composite drawing</title>{definitions.markup()}{scene}</svg>"
    )


def _backdrop(definitions: Definitions) -> str:
    light = definitions.radial(
        (WIDTH * 0.44, HEIGHT * 0.34), 900, [(0, lighter(BACKDROP, 0.22), 1), (0.55, BACKDROP, 1), (1, darker(BACKDROP, 0.045), 1)]
    )
    return group("backdrop", "Backdrop", f'<rect x="{-FAR}" y="{-FAR}" width="{2 * FAR}" height="{2 * FAR}" fill="{light}"/>')


def _ground(definitions: Definitions, sole: float, half: float) -> str:
    ink: Rgb = (52, 54, 62)
    wide = definitions.radial((40, sole + 34), half * 1.9, [(0, ink, 0.34), (0.45, ink, 0.17), (1, ink, 0)], 0.12)
    near = definitions.radial((14, sole + 30), half * 1.05, [(0, ink, 0.5), (0.6, ink, 0.28), (1, ink, 0)], 0.12)
    return group(
        "ground",
        "Shadow on the ground",
        ellipse((40, sole + 34), half * 1.9, half * 0.23, wide),
        ellipse((14, sole + 30), half * 1.05, half * 0.13, near),
    )


def _height_scale(height: int, whole: figure.Figure, scale: float, top: float) -> str:
    """Marks in centimetres at the side; the soles stand on 0, the crown reaches `height`."""
    zero = top + (whole.body.sole + 20) * scale
    unit = (whole.body.sole + 20 - whole.face.crown) * scale / height
    left, ink = 66.0, (126, 132, 140)
    end = height // 10 * 10 + 10
    marks = line(f"M{left} {zero:.1f}V{zero - end * unit:.1f}", ink, 1.2, 0.8)
    for value in range(0, end + 1, 10):
        mark_y = zero - value * unit
        major = value % 50 == 0
        marks += line(f"M{left} {mark_y:.1f}h{16 if major else 8}", ink, 1.4 if major else 1.0, 0.8)
        if major and value:
            marks += text(str(value), (left - 8, mark_y + 5), 15, ink, "end")
    crown = zero - height * unit
    marks += line(f"M{left} {crown:.1f}H{WIDTH / 2 - 90}", (178, 66, 62), 1.2, 0.55, 'stroke-dasharray="5 5"')
    marks += text(f"{height} cm", (left + 8, crown - 7), 16, (162, 65, 61))
    return group("height-scale", f"Height scale, {height} cm", marks)
