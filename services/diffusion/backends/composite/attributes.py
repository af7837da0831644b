"""From words to an `Appearance`: attributes first, then the prompt. What no word states stays open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

from services.diffusion.backends.composite.age import find_age, find_height
from services.diffusion.backends.composite.appearance import Appearance, Build, Fringe, Gender, HairStyle, Mark, Texture
from services.diffusion.backends.composite.palette import HAIR
from services.diffusion.backends.composite.vocabulary import AS_CLOTH, AS_HAIR, BARE_TERMS, IGNORED, PLACE_TERMS, TERMS, Term

# What a color colors: the noun that a word belongs to.
_NOUN_OF = {
    "upper_type": "upper",
    "upper": "upper",
    "lower_type": "lower",
    "lower": "lower",
    "shoes": "shoes",
    "shoes_noun": "shoes",
    "bag": "bag",
    "headwear": "headwear",
    "mask": "mask",
    "inner_type": "inner",
    "scarf": "scarf",
    "tie": "tie",
    "stripes": "other",
    "hair": "hair",
    "hair_style": "hair",
    "hair_texture": "hair",
    "fringe": "hair",
    "glasses": "glasses",
    "facial_hair": "facial_hair",
    "eyes": "eyes",
    "eyebrows": "eyes",
    "skin": "skin",
    "other": "other",
}
_COLOR_FIELD = {
    "upper": "upper_color",
    "lower": "lower_color",
    "shoes": "shoes_color",
    "bag": "bag_color",
    "headwear": "headwear_color",
    "mask": "mask_color",
    "inner": "inner_color",
    "scarf": "scarf_color",
    "tie": "tie_color",
    "hair": "hair_color",
}
_WITH_PATTERN = {field for field, thing in _NOUN_OF.items() if thing in {"upper", "lower", "inner", "scarf", "tie", "bag", "headwear"}}
UNDER = "turtleneck"  # the one top that others are worn over and that still shows
_CAN_BE_NONE = {"glasses", "facial_hair", "headwear", "mask", "bag", "scarf", "tie"}
_MANY = {"eyes", "eyebrows", "nose", "mouth", "jaw"}
_ENUMS: dict[str, Any] = {"gender": Gender, "build": Build, "hair_style": HairStyle, "hair_texture": Texture, "fringe": Fringe}

_NATURAL = {"black", "dark brown", "brown", "light brown", "dark gray", "gray", "light gray", "white", "red", "yellow"}  # of hair

# Attribute keys whose text is about one thing; a color in it colors that.
_ABOUT = {
    "hair": "hair",
    "hair_color": "hair",
    "hair_style": "hair",
    "upper_color": "upper",
    "upper_type": "upper",
    "top": "upper",
    "top_color": "upper",
    "lower_color": "lower",
    "lower_type": "lower",
    "bottom": "lower",
    "bottom_color": "lower",
    "shoes": "shoes",
    "shoes_color": "shoes",
    "bag": "bag",
    "headwear": "headwear",
    "hat": "headwear",
    "mask": "mask",
    "glasses": "glasses",
    "facial_hair": "facial_hair",
    "eyes": "eyes",
    "eyebrows": "eyes",
    "skin_tone": "skin",
}
_SYNONYM_KEYS = {
    "top": "upper_type",
    "bottom": "lower_type",
    "hat": "headwear",
    "hair": "hair_style",
    "sex": "gender",
    "skin": "skin_tone",
    "beard": "facial_hair",
}
_GENERIC = ("hair", "clothing", "accessories", "features", "additional_info", "description", "carrying")

_BREAK = re.compile(
    r"[,.;!?\n()\[\]|]|이고|이며|인데|입니다|그리고|(?<![a-z])(?:and|but|with|wearing|carrying|plus)(?![a-z])|입고|쓰고|신고|메고|들고"
)
_STOP = re.compile(r"[,.;!?\n()\[\]|]|(?<![a-z])(?:but|with|wearing|carrying)(?![a-z])")
_NO_BEFORE = re.compile(
    r"(?<![a-z])(?:(?:no|not|isn'?t|without)(?: (?:wearing|carrying|holding))?|lacks|lacking|never wears|"
    r"doesn'?t (?:wear|have)|does not (?:wear|have))(?![a-z])"
)
_NO_AFTER = re.compile(
    r"[\s:=\-]*(?:은|는|이|가|을|를|도)?[\s:=\-]*"
    r"(?:없|미착용|미소지|안\s?(?:쓰|쓴|썼|씀|끼|낀|꼈|낌|메|맨|멘|멨|함|했|한|들|든|신|입)|벗|"
    r"(?:착용|쓰|끼|하|메|들|차|기르|소지)(?:하)?(?:지|고 있지)\s*(?:는\s*)?않|아님|아니|none(?![a-z])|no(?![a-z]))"
)
_JOINED = re.compile(r"\s*(?:과|와|이나|나|랑|이랑|하고|및|또는|/|·|or|nor|and|도)\s*(?:a |an |the |any )?")


_AND = re.compile(r"(?<![a-z])and(?![a-z])")


@dataclass(frozen=True)
class Hit:
    """A word that means something."""

    start: int
    end: int
    field: str
    value: Any
    denied: bool = False


def understand(prompt: str, negative_prompt: str = "", attributes: Mapping[str, str] | None = None) -> Appearance:
    """What is said of a person.

    Attributes win over the prompt, an attribute about one thing wins over one about everything, and what the negative prompt names is
    taken to be absent where nothing else was said of it.

    Args:
        prompt: Korean or English.
        negative_prompt: things that must not be there.
        attributes: topic key to value; unknown keys are read as more prompt.
    """
    known: dict[str, Any] = {}
    stated = {key: text for key, text in (attributes or {}).items() if text and text.strip()}
    ordered = sorted(stated.items(), key=lambda item: (item[0] in _GENERIC, _GENERIC.index(item[0]) if item[0] in _GENERIC else 0))
    for key, text in ordered:
        _add(known, read(text, about=key))
    _add(known, read(prompt))
    absent = {hit.field: "none" for hit in find(negative_prompt) if hit.field in _CAN_BE_NONE and not hit.denied}
    _add(known, absent)
    return Appearance(**known)


def read(text: str, about: str = "") -> dict[str, Any]:
    """Field by field, what one text states; `about` is the attribute's key, if it is one."""
    lowered = text.lower()
    key = _SYNONYM_KEYS.get(about, about)
    hits = _layer(find(lowered, BARE_TERMS.get(key, ())))
    known: dict[str, Any] = {}
    for hit in hits:
        if hit.field not in {"pattern", "stripes"}:
            _take(known, hit)
    _take_colors(known, lowered, hits, _ABOUT.get(about, ""))
    _take_patterns(known, lowered, hits, _ABOUT.get(about, ""))
    if key in {"age", ""} or key in _GENERIC:
        _keep(known, "age", find_age(lowered, bare=key == "age"))
    if key in {"height", ""} or key in _GENERIC:
        _keep(known, "height_cm", find_height(lowered, bare=key == "height"))
    marks = find_marks(lowered)
    if marks:
        known["marks"] = marks
    return known


def _layer(hits: list[Hit]) -> list[Hit]:
    """A turtleneck named beside another top is worn under it."""
    tops = {hit.value for hit in hits if hit.field == "upper_type" and not hit.denied}
    if len(tops) < 2 or UNDER not in tops:
        return hits
    return [replace(hit, field="inner_type") if hit.value == UNDER else hit for hit in hits]


def find(text: str, extra: Sequence[Term] = ()) -> list[Hit]:
    """Every word that means something, in order; of overlapping ones the longest."""
    lowered = text.lower()
    found = []
    for rank, terms in enumerate((TERMS, extra)):
        for term in terms:
            found += [
                (-(match.end() - match.start()), rank, match.start(), match.end(), term)
                for match in term.pattern.finditer(lowered)
                if match.end() > match.start()
            ]
    taken: list[Hit] = []
    for _, _, start, end, term in sorted(found, key=lambda item: item[:4]):
        if all(end <= hit.start or start >= hit.end for hit in taken):
            taken.append(Hit(start, end, term.field, term.value))
    taken.sort(key=lambda hit: hit.start)
    return [hit for hit in _deny(lowered, taken) if hit.field != IGNORED]


def find_marks(text: str) -> tuple[Mark, ...]:
    """Moles and scars, with their places where the text says them next to the word."""
    marks = []
    for kind, pattern in (
        ("mole", r"(?<![a-z])(?:mole|birthmark|beauty mark)s?(?![a-z])|(?<![가-힣])점(?=$|[\s,.)이]|있)"),
        ("scar", r"(?<![a-z])scars?(?![a-z])|흉터|상처|칼자국"),
    ):
        for match in re.finditer(pattern, text):
            before = re.split(r"[,.;\n]", text[: match.start()])[-1][-24:]
            after = re.split(r"[,.;\n]", text[match.end() :])[0][:36]
            if _NO_AFTER.match(after) or re.search(r"(?<![a-z])(?:no|without)(?![a-z])[a-z ]*$", before):
                continue
            # English says the place behind the word, Korean before it.
            near = after if re.search("[a-z]", match.group()) else before
            place = next((place for place, words in PLACE_TERMS if words.search(near)), "")
            side = "left" if re.search(r"left|왼", near) else "right" if re.search(r"right|오른", near) else ""
            marks.append(Mark(kind=kind, place=place, side=side))
    return tuple(dict.fromkeys(marks))


def _deny(text: str, hits: list[Hit]) -> list[Hit]:
    """Mark what a negation reaches: "no hat or glasses", "모자와 안경 없음"."""
    denied = [_denied_before(text, hits, index) for index in range(len(hits))]
    for index in reversed(range(len(hits))):
        follows = _NO_AFTER.match(text[hits[index].end :]) is not None
        denied[index] = (
            denied[index]
            or follows
            or (index + 1 < len(hits) and denied[index + 1] and _joined_in_korean(text, hits[index], hits[index + 1]))
        )
    return [Hit(hit.start, hit.end, hit.field, hit.value, no) for hit, no in zip(hits, denied, strict=True)]


def _joined_in_korean(text: str, one: Hit, other: Hit) -> bool:
    both = one.field in _CAN_BE_NONE and other.field in _CAN_BE_NONE
    return (
        both and re.search("[가-힣]", text[one.start : one.end]) is not None and _JOINED.fullmatch(text[one.end : other.start]) is not None
    )


def _denied_before(text: str, hits: list[Hit], index: int) -> bool:
    start = hits[index].start
    for match in _NO_BEFORE.finditer(text[:start]):
        between = text[match.end() : start]
        if _STOP.search(between):
            continue
        chain = [hit for hit in hits[: index + 1] if hit.start >= match.end()]
        joints = [text[one.end : other.start] for one, other in pairwise(chain)]
        # After "and" a negation goes on only to a bare noun: "no hat and glasses", not "no hat and a red coat".
        ands = [joint for joint in joints if _AND.search(joint)]
        if not ands or (all(_JOINED.fullmatch(joint) for joint in ands) and hits[index].field in _CAN_BE_NONE):
            return True
    return False


def _take(known: dict[str, Any], hit: Hit) -> None:
    name, value = hit.field, hit.value
    if hit.denied:
        if name in _CAN_BE_NONE:
            _keep(known, name, "none")
        if name == "wrinkles":
            _keep(known, name, False)
        return
    if name in _MANY:
        if value and value not in known.get(name, ()):
            known[name] = (*known.get(name, ()), value)
    elif name in _FIELDS:
        _keep(known, name, _ENUMS[name](value) if name in _ENUMS else value)


def _take_colors(known: dict[str, Any], text: str, hits: list[Hit], about: str) -> None:
    """Give every color to the noun it stands with, clause by clause."""
    edges = [0, *(match.end() for match in _BREAK.finditer(text)), len(text) + 1]
    for left, right in pairwise(edges):
        clause = [hit for hit in hits if left <= hit.start < right and (hit.field == "color" or hit.field in _NOUN_OF)]
        noun_first = bool(clause) and clause[-1].field == "color"  # "top red bottom black", not "red top black bottom"
        for index, hit in enumerate(clause):
            if hit.field != "color" or hit.denied:
                continue
            # Of two colors in a row ("coat white black trousers") the first belongs to what stands before it.
            between = 0 < index < len(clause) - 1 and clause[index + 1].field == "color" != clause[index - 1].field
            neighbors = list(reversed(clause[:index])) if noun_first or between else clause[index + 1 :]
            noun = next((other for other in neighbors if other.field != "color"), None)
            garment = next(
                (other for other in reversed(clause[:index]) if other.field in {"upper", "upper_type", "lower", "lower_type"}), None
            )
            if noun is not None and garment is not None and _NOUN_OF[noun.field] == "hair" and hit.value not in _NATURAL:
                noun = garment  # "dress pink long hair": pink is the dress's
            thing = _NOUN_OF[noun.field] if noun is not None and not noun.denied else "" if noun is not None else about
            field = _COLOR_FIELD.get(thing)
            if field:
                _keep(known, field, _hair_key(hit.value) if thing == "hair" else AS_CLOTH.get(hit.value, hit.value))


def _take_patterns(known: dict[str, Any], text: str, hits: list[Hit], about: str) -> None:
    """A pattern is the top's where the garment next to it is one, or where no garment is named with it."""
    edges = [0, *(match.end() for match in _BREAK.finditer(text)), len(text) + 1]
    for left, right in pairwise(edges):
        clause = [hit for hit in hits if left <= hit.start < right and not hit.denied]
        for index, hit in enumerate(clause):
            if hit.field not in {"pattern", "stripes"}:
                continue
            things = [_NOUN_OF[other.field] for other in clause[index + 1 :] + clause[:index][::-1] if other.field in _WITH_PATTERN]
            if (things[0] if things else about) == "upper":
                _keep(known, "pattern", hit.value)


def _hair_key(color: str) -> str:
    return color if color in HAIR else AS_HAIR.get(color, color)


_FIELDS = {field.name for field in fields(Appearance)}


def _keep(known: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        known.setdefault(name, value)


def _add(known: dict[str, Any], more: Mapping[str, Any]) -> None:
    if more.get("upper_type") == UNDER and known.get("upper_type", UNDER) != UNDER:
        more = {**more, "upper_type": None, "upper_color": None, "inner_type": UNDER, "inner_color": more.get("upper_color")}
    for name, value in more.items():
        _keep(known, name, value)
