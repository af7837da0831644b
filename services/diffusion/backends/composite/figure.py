"""A person put together: settled once, then drawn as a portrait or from head to toe."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.common.colors import BY_KEY
from services.diffusion.backends.composite import bags, head, limbs, lower, upper
from services.diffusion.backends.composite.appearance import Appearance, Gender
from services.diffusion.backends.composite.body import Body, measure_body
from services.diffusion.backends.composite.cloth import Sheet
from services.diffusion.backends.composite.collars import TIE, inner_roll, inner_shirt, under_color
from services.diffusion.backends.composite.face import Face, measure
from services.diffusion.backends.composite.hair import Hair, arrange
from services.diffusion.backends.composite.haircut import Cut, settle_cut
from services.diffusion.backends.composite.neck import neck
from services.diffusion.backends.composite.neckwear import scarf
from services.diffusion.backends.composite.palette import Rgb
from services.diffusion.backends.composite.svg import group
from services.diffusion.backends.composite.traits import settle
from services.diffusion.backends.composite.wardrobe import BOTTOMS, TOPS

# What is drawn where nobody said: plain, in colors that draw no attention.
TOP, TOP_COLOR, BOTTOM, BOTTOM_COLOR, BAG = "long-sleeve t-shirt", "gray", "trousers", "dark gray", "shoulder bag"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One person with every open choice made."""

    person: Appearance
    face: Face
    body: Body
    cut: Cut
    hair: Hair


def settle_figure(person: Appearance, seed: int) -> Figure:
    """Make every open choice by a seed."""
    dressed = _dress(person)
    traits = settle(dressed, seed)
    face = measure(traits)
    cut = settle_cut(dressed, traits, seed)
    return Figure(person=dressed, face=face, body=measure_body(dressed, face, seed), cut=cut, hair=arrange(face, cut, seed))


def draw(sheet: Sheet, figure: Figure) -> str:
    """The person as far down as the sheet shows."""
    person, face, body = figure.person, figure.face, figure.body
    top = TOPS[person.upper_type or TOP]
    worn = upper.Worn(top, body, BY_KEY[person.upper_color or TOP_COLOR].rgb, person.pattern or "")
    bag = None if person.bag in {None, "none"} else BAG if person.bag == "bag" else person.bag
    bag_color = BY_KEY[person.bag_color or ("black" if person.upper_color != "black" else "dark gray")].rgb
    skin, bare = face.traits.skin, top.sleeve < 0.9 and not top.inner
    described = " ".join(filter(None, (person.upper_color or "plain", person.pattern, person.upper_type or "top")))
    parts = [
        bags.behind(sheet, body, bag, bag_color) if bag else "",
        head.draw_behind(sheet, figure.cut, figure.hair),
        group("collar-back", "Back of the collar", upper.draw_back(sheet, worn)),
        _below(sheet, figure) if sheet.bottom > body.crotch else "",
        _arms(sheet, worn, skin),
        group("hands", "Hands", limbs.hands(sheet, body, skin, bare)) if sheet.bottom > body.wrist else "",
        group("neck", "Neck", neck(sheet, face, body)),
        group("inner", "Worn underneath", _inner(sheet, person, worn)),
        group("upper", f"Top: {described}", upper.draw(sheet, worn)),
        group("scarf", "Scarf", scarf(sheet, body, BY_KEY[person.scarf_color or "gray"].rgb)) if person.scarf == "scarf" else "",
        bags.front(sheet, body, bag, bag_color) if bag else "",
        head.draw(sheet, person, face, figure.cut, figure.hair),
    ]
    return "".join(parts)


def _inner(sheet: Sheet, person: Appearance, worn: upper.Worn) -> str:
    """What shows at the neck under the top: a stated turtleneck, or the shirt that belongs to the garment, with its tie."""
    if person.inner_type:
        plain = under_color(worn.top, worn.color)
        return inner_roll(sheet, worn.body, worn.top, BY_KEY[person.inner_color].rgb if person.inner_color else plain)
    tied = person.tie == "tie" or (worn.top.tie and person.tie is None)
    tie_color = (BY_KEY[person.tie_color].rgb if person.tie_color else TIE) if tied else None
    return inner_shirt(sheet, worn.body, worn.top, worn.color, tie_color)


def _arms(sheet: Sheet, worn: upper.Worn, skin: Rgb) -> str:
    """What a short or missing sleeve shows: the sleeves of a shirt underneath, or skin."""
    if worn.top.sleeve > 0.9:
        return ""
    if worn.top.inner:
        shirt = upper.Worn(TOPS["shirt"], worn.body, under_color(worn.top, worn.color))
        return group("sleeves", "Sleeves of the shirt underneath", upper.draw_sleeves(sheet, shirt))
    return group("arms", "Arms", limbs.arms(sheet, worn.body, skin))


def _below(sheet: Sheet, figure: Figure) -> str:
    person, body = figure.person, figure.body
    skin = figure.face.traits.skin
    top, bottom = TOPS[person.upper_type or TOP], BOTTOMS[person.lower_type or BOTTOM]
    shoes = person.shoes or "sneakers"
    if shoes == "boots" and not bottom.skirt:
        bottom = replace(bottom, hem=min(bottom.hem, 2.75))  # tucked into the shafts
    shoe_color = BY_KEY[person.shoes_color or ("white" if shoes == "sneakers" else "brown" if shoes == "sandals" else "black")].rgb
    feet = group("shoes", "Bare feet" if shoes == "none" else shoes.capitalize(), limbs.shoes(sheet, body, shoes, shoe_color, skin))
    bare = top.skirt or bottom.skirt or bottom.hem < 2.5
    cloth = BY_KEY[person.lower_color or ("blue" if person.lower_type == "jeans" else BOTTOM_COLOR)].rgb
    garment = (
        ""
        if top.skirt
        else group(
            "lower", f"Bottom: {person.lower_color or 'plain'} {person.lower_type or 'bottom'}", lower.draw(sheet, body, bottom, cloth)
        )
    )
    legs = group("legs", "Legs", lower.bare_legs(sheet, body, skin)) if bare else ""
    # Boots go over the trousers, trousers over shoes.
    clothed = [legs, garment, feet] if shoes == "boots" else [legs, feet, garment]
    return "".join(clothed)


def _dress(person: Appearance) -> Appearance:
    """What one garment says of the others: a suit's trousers, a uniform's skirt."""
    changes: dict[str, str | int] = {}
    kind = person.upper_type
    if kind in {"suit", "school uniform", "hanbok"}:
        skirted = person.gender is Gender.FEMALE and kind != "suit"
        if person.lower_type is None:
            changes["lower_type"] = (
                ("hanbok skirt" if kind == "hanbok" else "skirt") if skirted else "wide trousers" if kind == "hanbok" else "slacks"
            )
        if person.lower_color is None and person.upper_color is not None and kind == "suit":
            changes["lower_color"] = person.upper_color
        if person.upper_color is None:
            changes["upper_color"] = {"suit": "navy", "school uniform": "navy", "hanbok": "beige"}[kind]
            if kind == "suit" and person.lower_color is None:
                changes["lower_color"] = "navy"
        if person.shoes is None:
            changes["shoes"] = "slippers" if kind == "hanbok" else "dress shoes"
    if kind == "denim jacket" and person.upper_color is None:
        changes["upper_color"] = "blue"
    if kind == "leather jacket" and person.upper_color is None:
        changes["upper_color"] = "black"
    if person.age is None and kind == "school uniform":
        changes["age"] = 16
    return replace(person, **changes) if changes else person  # type: ignore[arg-type]
