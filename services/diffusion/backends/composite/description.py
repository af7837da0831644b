"""What was understood, in English, for the report: the stated values and nothing else."""

from __future__ import annotations

from services.diffusion.backends.composite.appearance import Appearance, HairStyle


def describe(person: Appearance) -> str:
    """One line of the stated values; empty when nothing was understood."""
    parts = [_who(person), _hair(person)]
    parts += [f"{shape} face" for shape in [person.face_shape] if shape]
    parts += [f"{person.skin_tone} skin" if person.skin_tone else ""]
    parts += [
        _feature(values, noun)
        for values, noun in (
            (person.eyes, "eyes"),
            (person.eyebrows, "eyebrows"),
            (person.nose, "nose"),
            (person.mouth, "mouth"),
            (person.jaw, "jaw"),
        )
    ]
    parts += ["wrinkles" if person.wrinkles else "no wrinkles" if person.wrinkles is False else ""]
    parts += [_worn(person.glasses, "glasses"), _worn(person.facial_hair, "facial hair")]
    parts += [" ".join(filter(None, (mark.kind, "at the" if mark.place else "", mark.side, mark.place))) for mark in person.marks]
    parts += [_garment(person.mask, person.mask_color, "mask"), _garment(person.headwear, person.headwear_color, "hat")]
    parts += [_top(person), _garment(person.scarf, person.scarf_color, "scarf"), _garment(person.tie, person.tie_color, "tie")]
    parts += [_garment(person.lower_type, person.lower_color, "bottom")]
    parts += [_garment(person.shoes, person.shoes_color, "shoes"), _garment(person.bag, person.bag_color, "bag")]
    return ", ".join(part for part in parts if part)


def _who(person: Appearance) -> str:
    words = [person.gender.value if person.gender else "", f"about {person.age} years old" if person.age is not None else ""]
    words += [f"{person.build.value} build" if person.build else "", f"{person.height_cm} cm tall" if person.height_cm else ""]
    words += [f"{person.stature} stature" if person.stature and not person.height_cm else ""]
    return ", ".join(word for word in words if word)


def _hair(person: Appearance) -> str:
    if person.hair_style is HairStyle.BALD:
        return "bald head"
    texture = person.hair_texture.value if person.hair_texture else ""
    style = person.hair_style.value if person.hair_style else ""
    named = style in {"bob", "ponytail", "bun", "crew cut"}
    words = (
        [texture, person.hair_color or "", "hair in a " + style if named else ""]
        if named
        else [style, texture, person.hair_color or "", "hair"]
    )
    words.append(person.fringe.value if person.fringe else "")
    stated = texture or style or person.hair_color or person.fringe
    return " ".join(word for word in words if word) if stated else ""


def _top(person: Appearance) -> str:
    kind = person.upper_type or ("top" if person.upper_color or person.pattern else "")
    outer = " ".join(filter(None, (person.upper_color, person.pattern, kind)))
    inner = _garment(person.inner_type, person.inner_color, "")
    return f"{outer} over {inner}" if outer and inner else outer or inner


def _feature(values: tuple[str, ...], noun: str) -> str:
    """Adjectives get their noun; values that are nouns already ("double eyelids") stand alone."""
    whole = [value for value in values if " " in value]
    adjectives = [value for value in values if " " not in value]
    return ", ".join([*([f"{' '.join(adjectives)} {noun}"] if adjectives else []), *whole])


def _worn(value: str | None, noun: str) -> str:
    return "" if value is None else f"no {noun}" if value == "none" else value


def _garment(kind: str | None, color: str | None, noun: str) -> str:
    if kind == "none":
        return f"no {noun}" if noun != "shoes" else "barefoot"
    return f"{color or ''} {kind or noun}".strip() if kind or color else ""
