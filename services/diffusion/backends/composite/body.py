"""The proportions of a standing body, in the drawing units of its face (about 21 units a centimetre for a grown-up)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.diffusion.backends.composite.appearance import Appearance
from services.diffusion.backends.composite.curves import interpolate
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.traits import stream


@dataclass(frozen=True, kw_only=True)
class Body:
    """Heights (y) and half widths of a body that stands facing us, arms hanging. Drawing units."""

    chin: float
    sole: float
    shoulder: float
    armpit: float
    waist: float
    hip: float
    crotch: float
    elbow: float
    wrist: float
    fingertip: float
    knee: float
    ankle: float
    neck_half: float
    shoulder_half: float  # to the outside of the upper arm
    chest_half: float  # without the arms
    waist_half: float
    hip_half: float
    arm_half: float
    wrist_half: float
    thigh_half: float
    knee_half: float
    ankle_half: float
    femininity: float
    room: float  # factor on the room between body and cloth
    belly: float  # 0..1

    @property
    def neck_corner(self) -> tuple[float, float]:
        """Where a neckline meets the side of the neck."""
        return self.neck_half + 20, self.shoulder - 92

    @property
    def arm_x(self) -> float:
        """The middle of the upper arm at the shoulder."""
        return self.shoulder_half - self.arm_half * 0.95

    @property
    def elbow_x(self) -> float:
        """The middle of the elbow."""
        return self.arm_x + 58 * self.room

    @property
    def wrist_x(self) -> float:
        """The middle of the wrist."""
        return max(self.arm_x + 70 * self.room, self.hip_half + self.wrist_half + 8)

    @property
    def leg_x(self) -> float:
        """The middle of a leg at the knee."""
        return self.hip_half * 0.51

    @property
    def ankle_x(self) -> float:
        """The middle of an ankle."""
        return self.hip_half * 0.53


def measure_body(person: Appearance, face: Face, seed: int) -> Body:
    """Lay the body out for a face, by age, sex, build and stature."""
    t = face.traits
    rng = stream(seed, "body")
    heads = float(interpolate(t.age, [(2, 4.9), (6, 5.8), (10, 6.4), (14, 7.0), (18, 7.35), (60, 7.35), (85, 7.1)]))
    stature = person.stature
    if person.height_cm is not None and t.age >= 16:
        middle = 173 - 6 * (1 + t.femininity)
        heads *= 1 + float(np.clip((person.height_cm - middle) / 173, -0.1, 0.1)) * 0.55
    elif stature in {"tall", "short"}:
        heads *= 1.035 if stature == "tall" else 0.965
    stout = {"thin": -0.6, "stocky": 1.0}.get(person.build.value if person.build else "", float(rng.uniform(-0.15, 0.2)))
    grown = 1 - t.childhood
    small = 1 - 0.12 * t.childhood  # a child's bones are slight for its head
    f = t.femininity
    top = face.chin
    head = face.chin - face.crown
    length = (heads - 1) * head
    legs = 0.03 * t.childhood
    wide = 1 + 0.17 * stout

    def at(part: float) -> float:
        return top + part * length

    return Body(
        chin=face.chin,
        sole=at(1.0),
        shoulder=at(0.052),
        armpit=at(0.118),
        waist=at(0.285 + 0.4 * legs - 0.008 * f),
        hip=at(0.398 + legs),
        crotch=at(0.446 + legs),
        elbow=at(0.268),
        wrist=at(0.420),
        fingertip=at(0.522),
        knee=at(0.705 + 0.4 * legs),
        ankle=at(0.957),
        neck_half=(68 + 27 * grown - 11 * f) * (1 + 0.15 * stout),
        shoulder_half=small * (270 + 126 * grown - 20 * f) * (1 + 0.13 * stout) * (1 - 0.03 * t.wear),
        chest_half=small * (204 + 100 * grown - 18 * f) * wide,
        waist_half=small * (196 + 66 * grown - 18 * f) * (1 + 0.38 * stout + 0.05 * t.wear),
        hip_half=small * (200 + 112 * grown + 8 * f) * (1 + 0.21 * stout),
        arm_half=small * (54 + 36 * grown - 8 * f) * (1 + 0.24 * stout),
        wrist_half=small * (36 + 12 * grown - 5 * f) * (1 + 0.05 * stout),
        thigh_half=small * (108 + 56 * grown + 2 * f) * (1 + 0.25 * stout),
        knee_half=small * (68 + 32 * grown - 4 * f) * (1 + 0.08 * stout),
        ankle_half=small * (46 + 16 * grown - 5 * f) * (1 + 0.05 * stout),
        femininity=f,
        room=0.62 + 0.38 * grown,
        belly=max(stout, 0.0) * 0.8 + 0.25 * t.wear,
    )
