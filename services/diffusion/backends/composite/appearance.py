"""What is known of a person: the stated values only; None is "nobody said"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Gender(Enum):
    """Sex, as a description states it."""

    MALE = "male"
    FEMALE = "female"


class HairStyle(Enum):
    """How the hair is cut or tied."""

    BALD = "bald head"
    BALDING = "balding"
    CREW = "crew cut"
    SHORT = "short"
    LAYERED = "layered"
    BOB = "bob"
    MEDIUM = "medium-length"
    LONG = "long"
    PONYTAIL = "ponytail"
    BUN = "bun"


class Texture(Enum):
    """How a hair falls."""

    STRAIGHT = "straight"
    WAVY = "wavy"
    CURLY = "curly"


class Fringe(Enum):
    """What the hair does at the forehead."""

    BANGS = "with bangs"
    SIDE = "parted at the side"
    CENTER = "parted in the middle"
    BACK = "swept back"


class Build(Enum):
    """How stout the body is."""

    THIN = "thin"
    NORMAL = "average"
    STOCKY = "stocky"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mole or a scar in the face."""

    kind: str  # "mole" or "scar"
    place: str = ""  # "forehead", "eyebrow", "eye", "nose", "cheek", "mouth", "chin"; empty when nobody said
    side: str = ""  # "left" or "right", the person's own; empty when nobody said


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """One person. Every string is a canonical English value of `vocabulary`; "none" states that there is no such thing."""

    gender: Gender | None = None
    age: int | None = None  # years
    build: Build | None = None
    height_cm: int | None = None
    stature: str | None = None  # tall, short, average
    skin_tone: str | None = None  # key of palette.SKIN
    face_shape: str | None = None  # oval, round, square, long, heart, diamond
    hair_style: HairStyle | None = None
    hair_texture: Texture | None = None
    fringe: Fringe | None = None
    hair_color: str | None = None  # key of palette.HAIR or of the color table
    eyes: tuple[str, ...] = ()  # large, small, narrow, round, double eyelids, single eyelids, upturned, drooping
    eyebrows: tuple[str, ...] = ()  # thick, thin, straight, arched
    nose: tuple[str, ...] = ()  # large, small, wide, narrow, high, flat
    mouth: tuple[str, ...] = ()  # full, thin, wide, small
    jaw: tuple[str, ...] = ()  # square, pointed, prominent cheekbones, double chin
    wrinkles: bool | None = None
    glasses: str | None = None  # glasses, round, square, rimless, sunglasses, none
    facial_hair: str | None = None  # stubble, mustache, beard, goatee, none
    mask: str | None = None  # mask, none
    mask_color: str | None = None
    headwear: str | None = None  # cap, beanie, bucket hat, fedora, none
    headwear_color: str | None = None
    marks: tuple[Mark, ...] = ()
    upper_type: str | None = None  # key of vocabulary.UPPER
    upper_color: str | None = None  # key of the color table
    pattern: str | None = None  # of the top: checked, striped
    inner_type: str | None = None  # worn under the top: turtleneck
    inner_color: str | None = None
    scarf: str | None = None  # scarf, none
    scarf_color: str | None = None
    tie: str | None = None  # tie, none
    tie_color: str | None = None
    lower_type: str | None = None  # key of vocabulary.LOWER
    lower_color: str | None = None
    shoes: str | None = None  # sneakers, dress shoes, boots, sandals, slippers, heels, none
    shoes_color: str | None = None
    bag: str | None = None  # backpack, handbag, crossbody bag, none
    bag_color: str | None = None
