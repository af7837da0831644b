"""The choice of a haircut: what is stated, and what is likely where nothing is."""

from __future__ import annotations

from dataclasses import dataclass

from services.diffusion.backends.composite.appearance import Appearance, Fringe, Gender, HairStyle, Texture
from services.diffusion.backends.composite.traits import Traits, stream

HANGING = {HairStyle.BOB, HairStyle.MEDIUM, HairStyle.LONG}
TIED = {HairStyle.PONYTAIL, HairStyle.BUN}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A settled style."""

    style: HairStyle
    texture: Texture
    fringe: Fringe
    color: str  # key of palette.hair_rgb
    part: float  # where the part is: -1 far on the picture's left .. 1, 0 in the middle
    volume: float


def settle_cut(person: Appearance, traits: Traits, seed: int) -> Cut:
    """Choose what the description leaves open about the hair."""
    rng = stream(seed, "hair")
    pick, side, swing = rng.random(), rng.random(), rng.random()
    style = person.hair_style
    if style is None:
        style = (HairStyle.MEDIUM if traits.age < 60 else HairStyle.BOB) if person.gender is Gender.FEMALE else HairStyle.SHORT
    texture = person.hair_texture or (Texture.WAVY if style in HANGING and pick > 0.8 and person.hair_style is None else Texture.STRAIGHT)
    fringe = person.fringe
    if fringe is None:
        if style in TIED or style in {HairStyle.CREW, HairStyle.BALDING}:
            fringe = Fringe.BACK
        elif style in HANGING:
            fringe = Fringe.SIDE if pick < 0.55 else Fringe.CENTER
        else:
            short = Fringe.BACK if pick > 0.85 and traits.childhood == 0 else Fringe.SIDE
            fringe = Fringe.BANGS if pick < 0.12 - 0.1 * traits.femininity + 0.6 * traits.childhood else short
    direction = -1.0 if side < 0.6 else 1.0
    part = direction * (0.38 + 0.2 * swing) if fringe in {Fringe.SIDE, Fringe.BANGS} else 0.08 * (swing - 0.5)
    return Cut(
        style=style,
        texture=texture,
        fringe=fringe,
        color=person.hair_color or natural_color(traits.age),
        part=part,
        volume=float(0.85 + 0.3 * swing),
    )


def natural_color(age: int) -> str:
    """The color that nobody stated: black in youth, grey and white later."""
    if age >= 78:
        return "white"
    if age >= 66:
        return "gray"
    if age >= 57:
        return "salt and pepper"
    return "black"
