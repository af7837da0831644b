"""The choice of a haircut: what is stated, and what is likely where nothing is."""

from __future__ import annotations

from dataclasses import dataclass

from services.diffusion.backends.composite.appearance import Appearance, Fringe, Gender, HairStyle, Texture
from services.diffusion.backends.composite.traits import Traits, stream, turn

HANGING = {HairStyle.BOB, HairStyle.MEDIUM, HairStyle.LONG}
TIED = {HairStyle.PONYTAIL, HairStyle.BUN}
OPEN_FOREHEAD = TIED | {HairStyle.CREW, HairStyle.BALDING, HairStyle.BALD}

# What neighboring seeds take in turn where the style is open; the first fits any age.
MEN = (HairStyle.SHORT, HairStyle.SHORT, HairStyle.CREW)
WOMEN = (HairStyle.MEDIUM, HairStyle.BOB, HairStyle.LONG, HairStyle.PONYTAIL)
OLDER_WOMEN = (HairStyle.BOB, HairStyle.SHORT, HairStyle.MEDIUM, HairStyle.SHORT)
ANYONE = (HairStyle.LAYERED,)

# Likewise for the fringe; a side is that of the part, as seen.
LEFT, RIGHT, MIDDLE = -1.0, 1.0, 0.0
FRINGES = {
    "short": ((Fringe.SIDE, LEFT), (Fringe.BACK, MIDDLE), (Fringe.BANGS, RIGHT), (Fringe.SIDE, RIGHT)),
    "child": ((Fringe.BANGS, LEFT), (Fringe.SIDE, RIGHT), (Fringe.BANGS, RIGHT)),
    "layered": ((Fringe.SIDE, LEFT), (Fringe.BANGS, RIGHT), (Fringe.CENTER, MIDDLE), (Fringe.SIDE, RIGHT)),
    "hanging": ((Fringe.SIDE, LEFT), (Fringe.BANGS, RIGHT), (Fringe.CENTER, MIDDLE)),
}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A settled style."""

    style: HairStyle
    texture: Texture
    fringe: Fringe
    color: str  # key of palette.hair_rgb
    part: float  # where the part is: -1 far on the picture's left .. 1, 0 in the middle
    volume: float
    low: float = -8.0  # where the sides of a short or layered cut end, drawing units
    nape: float | None = None  # how far below the chin the hair behind a layered cut reaches, drawing units; None hides it
    short_bangs: float = 0.0  # 1 for bangs that leave half of the forehead free

    @property
    def layered(self) -> bool:
        """Whether the sides fall over the ears."""
        return self.style is HairStyle.LAYERED or (self.style is HairStyle.SHORT and self.low > 10)

    @property
    def long_top(self) -> bool:
        """Whether the hair of the top is long enough to be combed over the forehead."""
        return self.layered or self.style in HANGING

    @property
    def cropped(self) -> bool:
        """Whether no hair is long enough to fall to a side."""
        return self.style in {HairStyle.CREW, HairStyle.BALDING}


def settle_cut(person: Appearance, traits: Traits, seed: int) -> Cut:
    """Choose what the description leaves open about the hair."""
    rng = stream(seed, "hair")
    swing, lift = rng.random(), rng.random()
    style = person.hair_style or _open_style(person, traits, seed)
    texture = person.hair_texture or (Texture.WAVY if style in HANGING and person.hair_style is None and lift > 0.75 else Texture.STRAIGHT)
    low, nape = _sides(person, style, seed)
    fringe, side = _fringe(style, low, traits, seed)
    if person.fringe is not None and person.fringe is not fringe:
        fringe, side = person.fringe, side or (LEFT if swing < 0.6 else RIGHT)
    sided = fringe in {Fringe.SIDE, Fringe.BANGS}
    return Cut(
        style=style,
        texture=texture,
        fringe=fringe,
        color=person.hair_color or natural_color(traits.age),
        part=side * (0.36 + 0.22 * swing) if sided else 0.08 * (swing - 0.5),
        volume=float(0.8 + 0.45 * lift),
        low=low,
        nape=nape,
        short_bangs=1.0 if style is HairStyle.SHORT and low < 10 and traits.childhood == 0 else 0.0,
    )


def _open_style(person: Appearance, traits: Traits, seed: int) -> HairStyle:
    styles: tuple[HairStyle, ...]
    if person.gender is None:
        styles = ANYONE
    elif person.gender is Gender.FEMALE:
        styles = OLDER_WOMEN if traits.age >= 60 else WOMEN
    elif person.fringe is not None or person.hair_texture is not None:
        styles = (HairStyle.SHORT,)  # a crew cut is too short to show either
    else:
        styles = MEN
    return styles[turn(seed, len(styles))]


def _sides(person: Appearance, style: HairStyle, seed: int) -> tuple[float, float | None]:
    """Where the sides of a cut without hanging hair end, and how far the hair behind the neck reaches."""
    if style is HairStyle.LAYERED:
        return ((62.0, -34.0), (78.0, -16.0), (50.0, -44.0))[turn(seed, 3)]
    if style is HairStyle.SHORT and person.gender is Gender.FEMALE:  # a pixie, or a bob that ends at the ears
        return ((48.0, 112.0, 64.0)[turn(seed, 3)], None)
    if style is HairStyle.SHORT and person.gender is None:
        return (22.0, None)
    return (-8.0, None)


def _fringe(style: HairStyle, low: float, traits: Traits, seed: int) -> tuple[Fringe, float]:
    if style in OPEN_FOREHEAD:
        return Fringe.BACK, MIDDLE
    if style in HANGING:
        kind = "hanging"
    elif low > 10:
        kind = "layered"
    else:
        kind = "child" if traits.childhood > 0 else "short"
    fringes = FRINGES[kind]
    return fringes[turn(seed, len(fringes))]


def natural_color(age: int) -> str:
    """The color that nobody stated: black in youth, grey and white later."""
    if age >= 78:
        return "white"
    if age >= 66:
        return "gray"
    if age >= 57:
        return "salt and pepper"
    return "black"
