"""The head without hair: outline, form and tone of skin, ears, neck."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.diffusion.backends.composite.curves import Points, interpolate, points, sample, spline, symmetric
from services.diffusion.backends.composite.palette import Rgb, mix
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import Definitions, ellipse, line, path
from services.diffusion.backends.composite.traits import Traits

HALF_WIDTH = 154.0  # of an average face at the cheekbones, drawing units
CROWN = -246.0
CHIN = 236.0


@dataclass(frozen=True)
class Face:
    """Where things are in a face. Drawing units; the origin is between the eyes, y downwards."""

    traits: Traits
    outline: Points  # knots of the closed outline of the head
    crown: float
    hairline: float
    brow: float
    eye_x: float
    eye_width: float
    eye_height: float  # of the opening
    nose: float  # base of the nose
    nose_half: float  # half the width at the wings
    mouth: float  # line between the lips
    mouth_half: float
    upper_lip: float  # height of the red of the lip
    lower_lip: float
    chin: float

    def half_width(self, y: float) -> float:
        """Half the width of the head at a height."""
        right = self.outline[self.outline[:, 0] >= 0]
        order = np.argsort(right[:, 1])
        return float(np.interp(y, right[order, 1], right[order, 0]))

    def dense_outline(self) -> Points:
        """The outline as a polygon."""
        return sample(self.outline, 8, closed=True)


def measure(traits: Traits) -> Face:
    """Lay the face out in the proportions of the traits."""
    young = traits.childhood
    lower = traits.face_length * (1 - 0.10 * young)  # a child's face is small below a large brow
    chin = CHIN * lower
    crown = CROWN * (1 - 0.02 * young)
    nose = 94 * traits.nose_length * (0.4 + 0.6 * lower)
    mouth = nose + (chin - nose) * (0.345 + 0.01 * traits.wear)
    eye_width = 67 * traits.eye_size
    return Face(
        traits=traits,
        outline=_outline(traits, crown, chin),
        crown=crown,
        hairline=crown + 80 - 8 * traits.femininity - 12 * young,
        brow=-50 * traits.brow_height + 3 * young,
        eye_x=66 * traits.eye_distance * (0.97 + 0.03 * traits.cheek_width) + 1.5 * young,
        eye_width=eye_width,
        eye_height=20.5 * traits.eye_size * traits.eye_opening,
        nose=nose,
        nose_half=37 * traits.nose_width,
        mouth=mouth,
        mouth_half=56 * traits.mouth_width,
        upper_lip=11.5 * traits.lip_fullness,
        lower_lip=17.0 * traits.lip_fullness,
        chin=chin,
    )


def _outline(traits: Traits, crown: float, chin: float) -> Points:
    w = HALF_WIDTH
    cheek, jaw, chin_width, forehead = (w * traits.cheek_width, w * traits.jaw_width, w * traits.chin_width, w * traits.forehead_width)
    flat = traits.chin_shape
    hollow = 3.5 * min(traits.lean, 0)
    knots = [
        (0.0, crown),
        (0.42 * forehead, crown + 13),
        (0.76 * forehead, crown + 52),
        (0.945 * forehead, crown + 112),
        (0.985 * (forehead + cheek) / 2, crown + 180),
        (cheek, 8.0),
        (0.985 * cheek, 54.0 * traits.face_length),
        (0.5 * (0.91 * cheek + 0.91 * jaw) + hollow, 0.42 * chin),
        (0.83 * jaw + hollow, 0.585 * chin),
        (0.685 * jaw, 0.745 * chin),
        (0.475 * (jaw + chin_width) / 2 + 0.04 * flat * w, 0.885 * chin),
        ((0.235 + 0.08 * flat) * chin_width, 0.972 * chin),
        (0.0, chin),
    ]
    return symmetric(knots)


def skin_relief(face: Face, step: float = 2.0) -> Relief:
    """The form of the face, from the skull to the lips."""
    t = face.traits
    relief = Relief(-186, face.crown - 6, 186, face.chin + 8, step)
    _skull(relief, face)
    _sockets(relief, face)
    _nose(relief, face)
    _mouth(relief, face)
    relief.pair(104, 52, 34, 26, 6 * t.cheekbones * (1 - 0.3 * t.femininity * 0.3))
    relief.pair(88, 110, 36, 46, 7 * t.lean)
    return relief


def _skull(relief: Relief, face: Face) -> None:
    right = sample(face.outline[: len(face.outline) // 2 + 1], 10)
    half = np.interp(relief.y, right[:, 1], right[:, 0])[:, None] + 3
    across = np.clip(np.abs(relief.x[None, :]) / np.maximum(half, 1), 0, 1)
    round_off = np.sqrt(np.clip(1 - across**2.6, 0, 1))
    y = (relief.y - face.crown) / (face.chin - face.crown)
    profile = interpolate(
        y, [(0, 20), (0.06, 80), (0.16, 118), (0.3, 134), (0.42, 136), (0.6, 138), (0.8, 135), (0.92, 130), (0.97, 122), (1.02, 92)]
    )
    profile = np.convolve(np.pad(profile, 12, mode="edge"), np.hanning(25) / np.hanning(25).sum(), mode="valid")
    relief.height += (round_off * profile[:, None]).astype(np.float32)
    relief.soften(3)


def _sockets(relief: Relief, face: Face) -> None:
    t = face.traits
    ridge = 1 - 0.6 * t.femininity - 0.5 * t.childhood
    relief.pair(58, face.brow + 2, 44, 13, 4.0 * ridge + 1.5)
    relief.bump(0, face.brow + 4, 26, 24, 2.2 * ridge)
    relief.pair(face.eye_x - 4, -6, 44, 21, -10.5)
    relief.pair(31, -8, 15, 24, -4.2)
    relief.pair(face.eye_x, 2, 27, 18, 9)
    relief.pair(face.eye_x, 27, 34, 9, -1.6 - 2.5 * t.wear)
    relief.pair(142, -70, 26, 40, -4 - 4 * t.wear)


def _nose(relief: Relief, face: Face) -> None:
    """Soft hills that run into one another: a nose has no edges but those of its wings."""
    t = face.traits
    tip = face.nose - 15
    wing = face.nose_half - 10
    y = relief.y[:, None]
    x = relief.x[None, :]
    ramp = np.clip((y + 40) / (tip + 40), 0, 1)
    rise = (3 + 19 * ramp**1.5) * t.nose_height
    width = (17 + 8 * ramp**2) * (0.55 + 0.45 * t.nose_width)
    height = rise * np.exp(-((x / width) ** 2)) / (1 + np.exp(-(y + 30) / 10))
    height += 11 * (0.6 + 0.4 * t.nose_height) * relief.bell(0, tip - 1, 22 * t.nose_width, 19)
    height += 11.5 * (relief.bell(wing, tip + 4, 14, 14) + relief.bell(-wing, tip + 4, 14, 14))
    below = face.nose + 3 - 9 * np.clip(np.abs(x) / face.nose_half, 0, 1) ** 1.5  # the wings end higher than the tip
    height = height / (1 + np.exp((y - below) / 3.4))
    relief.height += np.asarray(cv2.GaussianBlur(height.astype(np.float32), (0, 0), 2.4 / relief.step))
    for side in (1, -1):
        crease = points([(wing + 4, tip - 13), (wing + 11, tip - 3), (wing + 10, tip + 9)]) * (side, 1)
        relief.groove(crease, 7, 2.4)
    relief.ink += 0.10 * relief.bell(0, face.nose + 9, 26, 7).astype(np.float32)


def _mouth(relief: Relief, face: Face) -> None:
    t = face.traits
    m, half = face.mouth, face.mouth_half
    relief.bump(0, m - 2, 62, 44, 11)
    relief.bump(0, (face.nose + m - face.upper_lip) / 2 + 2, 6, 13, -2.6)
    relief.pair(9.5, (face.nose + m - face.upper_lip) / 2 + 2, 5, 13, 1.2)
    relief.bump(0, m - face.upper_lip * 0.5, half * 0.72, face.upper_lip * 0.62, 3.4 * t.lip_fullness)
    relief.bump(0, m + face.lower_lip * 0.5, half * 0.62, face.lower_lip * 0.58, 6.0 * t.lip_fullness)
    relief.groove(points([(-half - 3, m + 2), (-half * 0.5, m), (0, m + 1.5), (half * 0.5, m), (half + 3, m + 2)]), 4, 3.2)
    relief.pair(half + 5, m + 3, 7, 8, -3.0)
    relief.bump(0, m + face.lower_lip + 11, 33, 8, -4.4)
    relief.bump(0, face.chin - 26, 34, 20, 7 - 3 * t.femininity)
    relief.ink += 0.10 * relief.bell(0, m + face.lower_lip + 6, 30, 6).astype(np.float32)


def shade_color(skin: Rgb) -> Rgb:
    """What skin turns to in full shade: warm, never black."""
    return mix(mix(skin, (96, 34, 22), 0.62), (20, 8, 8), 0.38)


def skin_base(face: Face, definitions: Definitions) -> str:
    """The flat skin with the redness of cheeks, nose and ears."""
    t = face.traits
    skin = t.skin
    glow = mix(skin, (206, 92, 84), 0.55)
    blush = 0.26 + 0.08 * t.femininity + 0.12 * t.childhood
    base = definitions.linear(
        (0, face.crown), (0, face.chin), [(0, mix(skin, (255, 244, 226), 0.1), 1), (0.5, skin, 1), (1, mix(skin, (150, 120, 104), 0.12), 1)]
    )
    cheeks = "".join(
        ellipse(
            (side * 98, 74),
            62,
            46,
            definitions.radial((side * 98, 74), 62, [(0, glow, blush), (0.5, glow, blush * 0.45), (1, glow, 0)], 0.75),
        )
        for side in (1, -1)
    )
    tip = face.nose - 12
    nose = ellipse((0, tip), 42, 30, definitions.radial((0, tip), 42, [(0, glow, 0.30), (1, glow, 0)], 0.7))
    lids = mix(skin, (120, 64, 58), 0.6)
    sockets = "".join(
        ellipse(
            (side * face.eye_x, -2),
            52,
            30,
            definitions.radial((side * face.eye_x, -2), 52, [(0, lids, 0.30), (0.6, lids, 0.15), (1, lids, 0)], 0.58),
        )
        for side in (1, -1)
    )
    return path(spline(face.outline, closed=True), base) + cheeks + nose + sockets


def ears(face: Face, definitions: Definitions) -> str:
    """Both ears, to be painted before the head."""
    skin = face.traits.skin
    shade = shade_color(skin)
    red = mix(skin, (200, 92, 80), 0.28)
    x = face.half_width(10)
    drawn = []
    for side in (1, -1):
        lit = 0.0 if side < 0 else 0.14
        knots = points([(x - 10, -26), (x + 6, -34), (x + 19, -24), (x + 21, 0), (x + 15, 30), (x + 7, 54), (x - 2, 60), (x - 10, 48)])
        rim = points([(x + 1, -20), (x + 8, -25), (x + 14.5, -18), (x + 15.5, 0), (x + 11, 24), (x + 6, 36)])
        hollow = points([(x + 0, -8), (x + 6, -14), (x + 10, -4), (x + 8, 16), (x + 2, 24), (x - 4, 22)])
        base = definitions.linear(
            (side * (x - 8), 0),
            (side * (x + 22), 0),
            [(0, mix(red, shade, 0.42), 1), (0.55, mix(red, shade, lit), 1), (1, mix(red, shade, 0.2 + lit), 1)],
        )
        turn = (side, 1.0)
        drawn += [
            path(spline(knots * turn, closed=True), base),
            path(spline(hollow * turn, closed=True), shade, 0.42, f'filter="{definitions.blur(2.2)}"'),
            line(spline(rim * turn), shade, 3, 0.35, f'filter="{definitions.blur(1.2)}"'),
        ]
    return "".join(drawn)
