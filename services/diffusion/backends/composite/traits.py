"""What a face is drawn with: every open choice settled, by age, sex and a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.diffusion.backends.composite.appearance import Appearance, Gender
from services.diffusion.backends.composite.palette import SKIN, Rgb

DEFAULT_AGE = 34
NEUTRAL = 0.2  # femininity of a face of unknown sex: no strong brow or jaw, no made-up lips


def stream(seed: int, part: str) -> np.random.Generator:
    """The random numbers of one part of the drawing; parts do not disturb one another."""
    return np.random.default_rng([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF, *part.encode()])


def turn(seed: int, count: int) -> int:
    """One of `count` choices; neighboring seeds, which the variants of a montage are, take different ones."""
    return seed % count


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Settled numbers of a face. Lengths are factors on a grown-up's average unless stated otherwise."""

    age: int  # years
    femininity: float  # -1 male .. 1 female, near 0 when unknown
    childhood: float  # 1 for a toddler, 0 from 17 years on
    wear: float  # signs of age, 0 (to 35 years) .. 1 (80 years)
    skin: Rgb
    cheek_width: float
    jaw_width: float
    chin_width: float
    forehead_width: float
    face_length: float
    chin_shape: float  # 0 pointed .. 1 flat
    eye_size: float
    eye_opening: float
    eye_slant: float  # radians, positive: outer corners higher
    eye_distance: float
    double_lid: float  # 0 single eyelid .. 1 wide crease
    brow_weight: float
    brow_arch: float
    brow_height: float
    nose_width: float
    nose_length: float
    nose_height: float
    mouth_width: float
    lip_fullness: float
    cheekbones: float
    lean: float  # hollow cheeks -1 .. full cheeks 1
    asymmetry: tuple[float, ...]  # small offsets, drawing units


# width of cheek, jaw, chin, forehead; length; chin flatness
SHAPES: dict[str, tuple[float, float, float, float, float, float]] = {
    "oval": (1.0, 0.97, 0.98, 0.99, 1.0, 0.45),
    "round": (1.06, 1.08, 1.12, 1.02, 0.93, 0.6),
    "square": (1.01, 1.10, 1.18, 1.04, 0.98, 0.9),
    "long": (0.93, 0.95, 0.96, 0.94, 1.10, 0.5),
    "heart": (1.02, 0.93, 0.78, 1.07, 1.0, 0.1),
    "diamond": (1.06, 0.94, 0.80, 0.88, 1.02, 0.2),
}


# Where no shape is stated: as `SHAPES`, nearer to the average.
LIKELY_SHAPES = (
    (0.985, 0.95, 0.96, 0.99, 1.025, 0.4),
    (1.04, 1.05, 1.06, 1.02, 0.965, 0.55),
    (0.955, 0.97, 1.06, 0.97, 1.045, 0.7),
    (1.025, 0.95, 0.88, 1.04, 0.99, 0.25),
)

# Features that go together where none is stated; factors on eye opening and distance, nose width and length, lips, arch of the brows.
FEATURES = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    (0.84, 1.04, 1.13, 0.95, 1.07, 0.45),
    (1.14, 0.965, 0.88, 1.06, 0.88, 1.35),
    (0.92, 0.98, 1.06, 1.05, 0.92, 0.7),
    (1.08, 1.03, 0.95, 0.95, 1.05, 1.15),
)


def settle(person: Appearance, seed: int) -> Traits:
    """Choose everything that the description leaves open; what it states is taken as it is."""
    rng = stream(seed, "face")

    def vary(spread: float) -> float:
        return float(np.clip(rng.normal(0, spread), -2 * spread, 2 * spread))

    age = person.age if person.age is not None else DEFAULT_AGE
    femininity = {Gender.MALE: -1.0, Gender.FEMALE: 1.0, None: NEUTRAL}[person.gender]
    childhood = float(np.clip((17 - age) / 14, 0, 1))
    femininity *= 1 - 0.75 * childhood
    wear = float(np.clip((age - 34) / 46, 0, 1))
    if person.wrinkles is not None:
        wear = max(wear, 0.6) if person.wrinkles else min(wear, 0.15)
    cheek, jaw, chin, forehead, length, flat = SHAPES[person.face_shape] if person.face_shape else _likely_shape(person, seed)
    free = 0.0 if person.face_shape or {"square", "pointed"} & set(person.jaw) else 0.5
    eye, gap, bridge, tip, lip, arch = FEATURES[turn(seed, len(FEATURES))]
    lean = {"thin": -0.8, "stocky": 0.9}.get(person.build.value if person.build else "", 0.0)
    return Traits(
        age=age,
        femininity=femininity,
        childhood=childhood,
        wear=wear,
        skin=SKIN[person.skin_tone or "light"],
        cheek_width=(cheek + free * vary(0.02)) * (1 + 0.06 * lean + 0.01 * childhood - 0.015 * femininity),
        jaw_width=(jaw + free * vary(0.03)) * (1 - 0.045 * femininity + 0.10 * lean - 0.02 * childhood),
        chin_width=(chin + free * vary(0.05)) * (1 - 0.09 * femininity + 0.10 * lean),
        forehead_width=forehead + free * vary(0.02),
        face_length=(length + free * vary(0.025)) * (1 - 0.14 * childhood - 0.015 * femininity),
        chin_shape=float(np.clip(flat - 0.15 * femininity + free * vary(0.12), 0, 1)),
        eye_size=_factor(person.eyes, {"large": 1.14, "round": 1.04, "small": 0.87}, 1 + vary(0.03))
        * (1 + 0.05 * femininity + 0.12 * childhood),
        eye_opening=_factor(person.eyes, {"large": 1.12, "round": 1.28, "small": 0.86, "narrow": 0.68}, eye + vary(0.05))
        * (1 + 0.08 * femininity + 0.14 * childhood - 0.16 * wear),
        eye_slant=_factor(person.eyes, {"upturned": 0.14, "drooping": -0.10}, 0.04 + vary(0.02), times=False) - 0.05 * wear,
        eye_distance=gap + vary(0.01) + 0.02 * childhood,
        double_lid=_factor(person.eyes, {"double eyelids": 1.0, "single eyelids": 0.0}, float(rng.uniform(0.15, 0.8)), times=False),
        brow_weight=_factor(person.eyebrows, {"thick": 1.55, "thin": 0.6}, 1 + vary(0.2))
        * (1 - 0.22 * femininity - 0.2 * childhood - 0.12 * wear),
        brow_arch=_factor(person.eyebrows, {"straight": 0.1, "arched": 1.7}, 0.75 * arch + vary(0.15) + 0.2 * femininity, times=False),
        brow_height=1 + 0.06 * femininity + vary(0.06),
        nose_width=_factor(person.nose, {"wide": 1.25, "flat": 1.15, "narrow": 0.84, "large": 1.16, "small": 0.88}, bridge + vary(0.03))
        * (1 - 0.06 * femininity - 0.10 * childhood + 0.06 * wear),
        nose_length=_factor(person.nose, {"large": 1.1, "small": 0.92, "long": 1.12, "short": 0.9}, tip + vary(0.02))
        * (1 - 0.16 * childhood + 0.03 * wear),
        nose_height=_factor(person.nose, {"high": 1.4, "flat": 0.55, "large": 1.2}, 1 + vary(0.1)) * (1 - 0.5 * childhood),
        mouth_width=_factor(person.mouth, {"wide": 1.17, "small": 0.83}, 1 + vary(0.04)) * (1 - 0.03 * femininity - 0.12 * childhood),
        lip_fullness=_factor(person.mouth, {"full": 1.38, "thin": 0.62}, lip + vary(0.05))
        * (1 + 0.14 * femininity + 0.1 * childhood - 0.38 * wear),
        cheekbones=_factor(person.jaw, {"prominent cheekbones": 2.0}, 1 + vary(0.15)) * (1 - 0.4 * childhood),
        lean=lean + 0.5 * childhood - 0.35 * wear,
        asymmetry=tuple(float(value) for value in rng.normal(0, 1.0, 10)),
    )


def _likely_shape(person: Appearance, seed: int) -> tuple[float, float, float, float, float, float]:
    """The proportions of an open face shape; a stated jaw is kept whatever the seed."""
    if "square" in person.jaw:
        return (1.0, 1.09, 1.17, 1.0, 1.0, 0.85)
    if "pointed" in person.jaw:
        return (1.0, 0.93, 0.78, 1.0, 1.01, 0.1)
    return LIKELY_SHAPES[turn(seed, len(LIKELY_SHAPES))]


def _factor(words: tuple[str, ...], meanings: dict[str, float], default: float, times: bool = True) -> float:
    """What the stated words come to; the default only where none of them bears on this."""
    stated = [meanings[word] for word in words if word in meanings]
    if not stated:
        return default
    return float(np.prod(stated)) if times else stated[0]
