"""The head with everything on it."""

from __future__ import annotations

import numpy as np

from services.common.colors import BY_KEY
from services.diffusion.backends.composite import aging, beard, eyewear, features, headwear, marks
from services.diffusion.backends.composite.appearance import Appearance
from services.diffusion.backends.composite.cloth import Sheet
from services.diffusion.backends.composite.curves import moved, spline
from services.diffusion.backends.composite.face import Face, ears, shade_color, skin_base, skin_relief
from services.diffusion.backends.composite.hair import Hair
from services.diffusion.backends.composite.haircut import Cut
from services.diffusion.backends.composite.palette import Rgb, hair_rgb
from services.diffusion.backends.composite.strands import paint
from services.diffusion.backends.composite.svg import group
from services.diffusion.backends.composite.traits import stream

HAT = "cap"  # what a hat of unknown kind is drawn as


def draw_behind(sheet: Sheet, cut: Cut, hair: Hair) -> str:
    """The hair behind neck and shoulders."""
    rng = stream(sheet.seed, "strands behind")
    return group("hair-back", "Hair behind", *(paint(mass, hair_rgb(cut.color), rng, sheet.detail) for mass in hair.behind))


def draw(sheet: Sheet, person: Appearance, face: Face, cut: Cut, hair: Hair) -> str:
    """The head from the front, with hair, glasses, beard, mask and hat."""
    definitions = sheet.definitions
    color = hair_rgb(cut.color)
    hat = None if person.headwear in {None, "none"} else HAT if person.headwear == "hat" else person.headwear
    parts = [] if hair.covers_ears else [group("ears", "Ears", ears(face, definitions))]
    parts.append(_face(sheet, face, hair, color))
    parts += [marks.draw(sheet, face, person.marks)]
    if person.facial_hair not in {None, "none"}:
        parts.append(beard.draw(face, str(person.facial_hair), color, sheet.seed, definitions))
    if person.mask not in {None, "none"}:
        parts.append(headwear.mask(sheet, face, BY_KEY[person.mask_color or "white"].rgb))
    parts.append(_hair(sheet, face, hair, color, hat is not None))
    if person.glasses not in {None, "none"}:
        parts.append(eyewear.draw(face, str(person.glasses), definitions))
    if hat:
        parts.append(headwear.draw(sheet, face, hat, BY_KEY[person.headwear_color or "dark gray"].rgb))
    return "".join(parts)


def _face(sheet: Sheet, face: Face, hair: Hair, color: Rgb) -> str:
    definitions = sheet.definitions
    t = face.traits
    relief = skin_relief(face, 2.0 if sheet.fine else 5.0)
    aging.carve(relief, face, sheet.seed)
    if hair.shadow is not None and hair.opening is not None:
        thrown = np.minimum(relief.area(moved(hair.shadow, 8, 18), 9), 1 - relief.area(moved(hair.opening, 8, 18), 9))
        relief.ink += 0.36 * thrown
    tone = relief.tone(0.95 - 0.12 * t.femininity - 0.1 * t.childhood, 0.028)
    tones = relief.contours(tone, np.ones_like(tone), t.skin, shade_color(t.skin), (255, 246, 236))
    skin = skin_base(face, definitions) + features.lips(face, definitions) + tones
    clip = definitions.clip(spline(face.outline, closed=True))
    return group(
        "face",
        "Face",
        f'<g clip-path="{clip}">{skin}</g>',
        features.nostrils(face, definitions),
        features.mouth(face, definitions),
        features.eyes(face, definitions),
        features.eyebrows(face, color, sheet.seed, definitions),
    )


def _hair(sheet: Sheet, face: Face, hair: Hair, color: Rgb, covered: bool) -> str:
    rng = stream(sheet.seed, "strands")
    painted = "".join(paint(mass, color, rng, sheet.detail) for mass in hair.over)
    if not covered or not painted:
        return group("hair", "Hair", painted)
    # A hat presses the hair down: what is above its edge is not seen.
    edge, far = headwear.brim_line(face) - 40, 2000
    below = sheet.definitions.clip(f"M{-far} {edge:.0f}H{far}V{far * 2}H{-far}Z")
    return group("hair", "Hair", painted, extra=f'clip-path="{below}"')
