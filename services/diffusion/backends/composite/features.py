"""Eyes, eyebrows, nostrils and lips."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.curves import Points, brush, moved, points, polygons, sample, spline
from services.diffusion.backends.composite.face import Face, shade_color
from services.diffusion.backends.composite.palette import Rgb, lighter, luminance, mix
from services.diffusion.backends.composite.svg import Definitions, ellipse, group, line, path
from services.diffusion.backends.composite.traits import stream

LASH: Rgb = (34, 24, 22)


def eyes(face: Face, definitions: Definitions) -> str:
    """Both eyes with lids and lashes."""
    return group("eyes", "Eyes", *(_eye(face, side, definitions) for side in (-1, 1)))


def _eye(face: Face, side: int, definitions: Definitions) -> str:
    t = face.traits
    w, h = face.eye_width, face.eye_height * (1 + 0.02 * t.asymmetry[0] * side)
    upper, lower = lids(w, h, t.double_lid)
    opening = spline(np.vstack([upper, lower[::-1][1:-1]]), closed=True)
    clip = definitions.clip(opening)
    white = definitions.radial((0, 1), w * 0.56, [(0, (228, 221, 216), 1), (0.55, (212, 201, 195), 1), (1, (160, 134, 126), 1)], 0.75)
    iris_radius = w * 0.213 * (1 + 0.06 * t.childhood)
    center = (-0.3 * side, -0.09 * h)
    iris = definitions.radial(
        center, iris_radius, [(0, (70, 44, 30), 1), (0.55, (82, 52, 34), 1), (0.82, (50, 30, 21), 1), (1, (24, 15, 12), 1)]
    )
    lid_shade = definitions.linear(
        (0, -0.62 * h), (0, 0.12 * h), [(0, (40, 22, 20), 0.72), (0.5, (52, 30, 26), 0.25), (1, (60, 34, 30), 0)]
    )
    skin_shade = shade_color(t.skin)
    glow = iris_radius * 0.25
    # The lamp stands on the left for both eyes, so catch-lights are not mirrored.
    lamp_x = -0.32 * iris_radius * side
    inside = (
        path(opening, white)
        + ellipse((-w * 0.46, 2), w * 0.06, h * 0.16, (206, 140, 132), 0.8)
        + ellipse(center, iris_radius, iris_radius, iris)
        + ellipse((center[0], center[1] + iris_radius * 0.42), iris_radius * 0.62, iris_radius * 0.42, (136, 92, 58), 0.26)
        + ellipse(center, iris_radius * 0.42, iris_radius * 0.42, (12, 9, 9))
        + path(opening, lid_shade)
        + ellipse((center[0] + lamp_x, center[1] - 0.30 * iris_radius), glow, glow * 0.86, (255, 255, 255), 0.9)
        + ellipse((center[0] - lamp_x * 1.2, center[1] + 0.42 * iris_radius), glow * 0.5, glow * 0.4, (255, 255, 255), 0.3)
    )
    lash = mix(LASH, skin_shade, 0.1 + 0.2 * t.childhood)
    tail = upper[-1] + np.array([w * 0.045, 1.2])
    lash_line = brush(
        np.vstack([moved(upper, 0, -0.6), tail]),
        np.interp(np.linspace(0, 1, len(upper) + 1), [0, 0.15, 0.6, 0.9, 1], [0.8, 2.0, 3.3, 2.9, 0.4]),
    )
    crease_gap = 4.5 + 4.5 * t.double_lid + 2.0 * t.wear
    crease = upper[1:] + np.stack(
        [np.linspace(0, 2, len(upper) - 1), -crease_gap * np.sin(np.linspace(0.32, 2.55, len(upper) - 1)) - 1], axis=1
    )
    crease_ink = 0.22 + 0.42 * min(t.double_lid * 1.4, 1)
    water = moved(lower, 0, -0.7)
    parts = [
        f'<g clip-path="{clip}">{inside}</g>',
        path(brush(crease, np.interp(np.linspace(0, 1, len(crease)), [0, 0.4, 1], [0.4, 1.9, 0.5])), skin_shade, crease_ink),
        line(spline(water[1:]), mix(t.skin, (226, 160, 150), 0.5), 1.3, 0.75),
        path(
            brush(moved(lower, 0, 0.7), np.interp(np.linspace(0, 1, len(lower)), [0, 0.5, 0.85, 1], [0.2, 0.9, 1.5, 0.4])),
            mix(LASH, skin_shade, 0.5),
            0.6,
        ),
        path(lash_line, lash, 0.92),
        path(_lashes(face, side, upper, lower), lash, 0.75),
    ]
    slant = -np.degrees(t.eye_slant) + 0.5 * t.asymmetry[1] * side
    y = 0.8 * t.asymmetry[2] * side
    return f'<g transform="translate({side * face.eye_x:.1f} {y:.1f}) scale({side} 1) rotate({slant:.2f})">{"".join(parts)}</g>'


def lids(width: float, height: float, crease: float) -> tuple[Points, Points]:
    """The edges of the upper and the lower lid, from the inner to the outer corner; the eye is a right one around the origin."""
    w, h = width / 2, height
    fold = 0.06 * (1 - crease)  # a single lid covers the inner corner a little
    upper = points(
        [
            (-w, 0.20 * h),
            (-0.82 * w, (-0.10 + fold) * h),
            (-0.45 * w, -0.46 * h),
            (0.0, -0.60 * h),
            (0.45 * w, -0.50 * h),
            (0.82 * w, -0.22 * h),
            (w, 0.02 * h),
        ]
    )
    lower = points([(-w, 0.20 * h), (-0.6 * w, 0.31 * h), (-0.1 * w, 0.40 * h), (0.4 * w, 0.38 * h), (0.8 * w, 0.2 * h), (w, 0.02 * h)])
    return upper, lower


def _lashes(face: Face, side: int, upper: Points, lower: Points) -> str:
    t = face.traits
    rng = stream(int(1e6 + side), "lashes")
    length = 4.2 + 2.6 * max(t.femininity, 0) + 1.0 * t.childhood
    data = []
    for edge, count, sign, scale in ((upper, 17, -1.0, 1.0), (lower, 9, 1.0, 0.42)):
        curve = sample(edge, 12)
        for u in np.linspace(0.22, 0.99, count):
            root = curve[int(u * (len(curve) - 1))]
            lean = -0.5 + 1.35 * u + rng.normal(0, 0.07)
            reach = length * scale * (0.55 + 0.55 * u) * rng.uniform(0.8, 1.1)
            tip = root + reach * np.array([np.sin(lean), sign * np.cos(lean) * 0.62])
            middle = (root + tip) / 2 + np.array([0, -sign * -0.9 * scale])
            data.append(brush(np.vstack([root, middle, tip]), [1.0, 0.8, 0]))
    return "".join(data)


def eyebrows(face: Face, hair: Rgb, seed: int, definitions: Definitions) -> str:
    """Both eyebrows, hair by hair."""
    t = face.traits
    color = mix(hair, (46, 34, 30), 0.45 if luminance(hair) > 0.3 else 0.1)
    if luminance(hair) > 0.45:  # white and fair brows stay visible on skin
        color = mix(hair, (110, 98, 90), 0.5)
    soft = mix(color, t.skin, 0.3)
    return group("eyebrows", "Eyebrows", *(_eyebrow(face, side, color, soft, stream(seed, f"brow{side}"), definitions) for side in (-1, 1)))


def _eyebrow(face: Face, side: int, color: Rgb, soft: Rgb, rng: np.random.Generator, definitions: Definitions) -> str:
    t = face.traits
    arch = t.brow_arch
    x0 = face.eye_x
    y = face.brow + 0.8 * t.asymmetry[3] * side
    spine = points(
        [
            (x0 - 40, y + 3),
            (x0 - 18, y - 0.5 - 1.5 * arch),
            (x0 + 8, y - 2 - 4.5 * arch),
            (x0 + 28, y - 1 - 4.5 * arch),
            (x0 + 47, y + 7 - 1 * arch),
        ]
    )
    width = 12.5 * t.brow_weight
    widths = np.array([0.55, 1.0, 0.95, 0.7, 0.08]) * width
    curve = sample(spine, 12)
    thick = np.interp(np.linspace(0, 1, len(curve)), np.linspace(0, 1, 5), widths)
    across = np.gradient(curve, axis=0)
    across = np.stack([-across[:, 1], across[:, 0]], axis=1) / np.linalg.norm(across, axis=1, keepdims=True)
    hairs = []
    count = int(120 + 110 * t.brow_weight)
    for u in np.sort(rng.beta(1.0, 1.15, count)):
        index = int(u * (len(curve) - 1))
        v = rng.uniform(-0.5, 0.5)
        root = curve[index] + across[index] * thick[index] * v
        rise = np.interp(u, [0, 0.2, 0.5, 1], [0.85, 0.42, 0.05, -0.12]) - v * 0.5 * np.interp(u, [0, 0.3, 1], [0.3, 1, 0.6])
        rise += rng.normal(0, 0.07)
        slope = np.arctan2(*(curve[min(index + 1, len(curve) - 1)] - curve[max(index - 1, 0)])[::-1])
        reach = rng.uniform(8, 13) * (0.75 + 0.25 * t.brow_weight) * np.interp(u, [0, 0.15, 0.8, 1], [0.75, 1, 1, 0.7])
        way = slope - rise
        tip = root + reach * np.array([np.cos(way), np.sin(way)])
        bend = (root + tip) / 2 + across[index] * -0.9
        half = np.array([-np.sin(way), np.cos(way)]) * rng.uniform(0.36, 0.6)
        hairs.append([root - half * 0.5, bend - half, tip, bend + half, root + half * 0.5])
    under = path(brush(spine, widths * 0.9), soft, 0.5, f'filter="{definitions.blur(2.6)}"')
    return f'<g transform="scale({side} 1)">{under}{path(polygons(np.array(hairs)), color, 0.72)}</g>'


def nostrils(face: Face, definitions: Definitions) -> str:
    """The dark of the nostrils and the lines of the wings."""
    deep = mix(shade_color(face.traits.skin), (46, 14, 12), 0.6)
    x, y = 0.42 * face.nose_half, face.nose - 3.6
    holes, wings = "", ""
    for side in (-1, 1):
        hole = points([(x - 7.5, y + 1.6), (x - 3, y - 1.6), (x + 4, y - 2.6), (x + 8.5, y - 0.8), (x + 4, y + 1.8), (x - 2, y + 2.4)])
        holes += path(spline(hole * (side, 1), closed=True), deep, 0.72)
        edge = face.nose_half
        wing = points([(edge - 1.5, y - 15), (edge + 1.0, y - 7), (edge - 2, y + 0.5), (edge - 9, y + 2.5)]) * (side, 1)
        wings += path(brush(wing, [0.2, 1.5, 1.8, 0.2]), deep, 0.36)
    base = points([(-0.18 * face.nose_half, y + 4.5), (0, y + 6.0), (0.18 * face.nose_half, y + 4.5)])
    soft = f'<g filter="{definitions.blur(1.3)}">{holes}{wings}{path(brush(base, [0.2, 2.4, 0.2]), deep, 0.26)}</g>'
    return group("nose", "Nose", soft)


def lips(face: Face, definitions: Definitions) -> str:
    """The red of the lips, to be painted below the tones of the skin."""
    t = face.traits
    red = mix(t.skin, mix((88, 30, 34), (170, 62, 64), min(luminance(t.skin) / 0.75, 1)), 0.50 + 0.10 * t.femininity - 0.14 * t.wear)
    upper, lower = _lip_outlines(face)
    blur = f'filter="{definitions.blur(1.3)}"'
    return path(spline(upper, closed=True), mix(red, (104, 34, 38), 0.24), 0.92, blur) + path(spline(lower, closed=True), red, 0.85, blur)


def mouth(face: Face, definitions: Definitions) -> str:
    """The line between the lips and the light on the lower one."""
    t = face.traits
    m, half = face.mouth, face.mouth_half
    tilt = 0.8 * t.asymmetry[4]
    deep = mix(shade_color(t.skin), (60, 14, 16), 0.7)
    droop = 1.6 * t.wear
    seam = points(
        [
            (-half, m - 1.8 + tilt + droop),
            (-0.62 * half, m - 0.4 + tilt / 2),
            (-0.24 * half, m - 0.6),
            (0, m + 1.8),
            (0.24 * half, m - 0.6),
            (0.62 * half, m - 0.4 - tilt / 2),
            (half, m - 1.8 - tilt + droop),
        ]
    )
    light = lighter(mix(t.skin, (226, 150, 146), 0.5), 0.25)
    gleam = face.lower_lip * 0.42
    return group(
        "mouth",
        "Mouth",
        ellipse((-5, m + gleam), half * 0.34, face.lower_lip * 0.17, light, 0.30, f'filter="{definitions.blur(2)}"'),
        path(brush(seam, [0.5, 2.4, 3.0, 2.2, 3.0, 2.4, 0.5]), deep, 0.72, f'filter="{definitions.blur(0.6)}"'),
        *(
            ellipse((side * (half + 1), m + 0.2 - side * tilt + droop), 4.2, 3.2, deep, 0.30, f'filter="{definitions.blur(1.6)}"')
            for side in (-1, 1)
        ),
    )


def _lip_outlines(face: Face) -> tuple[Points, Points]:
    m, half = face.mouth, face.mouth_half
    up, down = face.upper_lip, face.lower_lip
    top = [
        (-half, m - 1.6),
        (-0.55 * half, m - 0.62 * up),
        (-0.2 * half, m - up),
        (0, m - 0.80 * up),
        (0.2 * half, m - up),
        (0.55 * half, m - 0.62 * up),
        (half, m - 1.6),
    ]
    seam = [(0.5 * half, m + 0.8), (0, m + 2.5), (-0.5 * half, m + 0.8)]
    bottom = [(0.62 * half, m + 0.66 * down), (0.24 * half, m + down), (-0.24 * half, m + down), (-0.62 * half, m + 0.66 * down)]
    return points(top + seam), points([(-half, m - 1.6), *reversed(seam), (half, m - 1.6), *bottom])
