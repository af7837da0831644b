"""Montage variants: what is known of a person stays as it is; what nobody knows is shown in more than one way."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, islice, zip_longest

from services.orchestrator.workflows.prompts import is_said_by_parts, topics_in
from services.orchestrator.workflows.vocabulary import presence


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way in which the person may look."""

    points: tuple[str, ...] = ()  # keys of what sets it apart from what is known; none when nothing does
    added: Mapping[str, str] = field(default_factory=dict)  # topic to value, of topics that nobody knows anything of


def _way(point: str, topic: str, value: str) -> Variant:
    return Variant(points=(point,), added={topic: value})


_SHORT = _way("short_hair", "hair_style", "short hair")
_CREW = _way("crew_cut", "hair_style", "crew cut")
_MEDIUM = _way("medium_hair", "hair_style", "medium-length hair")
_LONG = _way("long_hair", "hair_style", "long hair")
_TIED = _way("tied_hair", "hair_style", "ponytail")
# Of each sex the cuts that picture models do not draw by themselves come first.
_HAIR = {"male": (_MEDIUM, _CREW, _SHORT), "female": (_SHORT, _LONG, _TIED), "": (_SHORT, _LONG, _TIED)}
_PARTING = (
    _way("side_parting", "hair_parting", "hair parted at the side"),
    _way("bangs", "hair_parting", "hair with bangs"),
    _way("middle_parting", "hair_parting", "hair parted in the middle"),
)
_OUTERWEAR = (_way("jacket", "upper_type", "jacket"), _way("coat", "upper_type", "coat"), _way("hoodie", "upper_type", "hoodie"))
_GLASSES = (_way("glasses", "glasses", "glasses"),)
_HEADWEAR = (_way("cap", "headwear", "baseball cap"), _way("beanie", "headwear", "beanie"))

_SEX_WORDS = {
    "male": re.compile(r"남성|남자|남아|소년|할아버지|아저씨|\b(male|man|boy)\b"),
    "female": re.compile(r"여성|여자|여아|소녀|할머니|아주머니|아줌마|\b(female|woman|girl)\b"),
}
_HAIR_WORDS = re.compile(r"머리|헤어|\bhair|haircut|bald|ponytail|braid")
# Hair that is too short to be parted, or whose parting is known.
_NO_PARTING = re.compile(
    r"대머리|민머리|삭발|스포츠|탈모|가르마|앞머리|올백|넘긴|\bbald|shav|crew ?cut|buzz|receding|\bpart|bangs|fringe|swept|slick"
)


def variants(known: Mapping[str, str], count: int, *, doubtful: Collection[str] = (), notes: str = "") -> list[Variant]:
    """The first shows what is known and no more; each of the others adds to it something that nobody knows.

    Where hair, top, glasses or headwear are open, they take turns; then two at a time. When nothing more is open, the rest repeat the
    first: only the seed tells them apart.

    Args:
        known: topic to value, what the pictures are drawn by.
        count: how many, at least 1.
        doubtful: topics of which something was seen, though not well enough to draw by: they are not played with.
        notes: what else the pictures follow, in Korean or English.
    """
    ways = [way for way in _ways(known, doubtful, notes) if way]
    turns = [way for way in chain.from_iterable(zip_longest(*ways)) if way is not None]
    more = list(islice(chain(turns, _pairs(turns)), count - 1))
    return [Variant(), *more, *(Variant() for _ in range(count - 1 - len(more)))]


def _ways(known: Mapping[str, str], doubtful: Collection[str], notes: str) -> list[Sequence[Variant]]:
    words = " ".join([*(value for topic, value in known.items() if not is_said_by_parts(topic, known)), notes]).lower()
    settled = {*known, *doubtful} | topics_in(words)
    if _HAIR_WORDS.search(notes.lower()):
        settled.add("hair_style")
    covered = "headwear" in settled and presence(known.get("headwear", "")) is not False
    parting = () if covered or _NO_PARTING.search(words) else _PARTING
    hair = _HAIR[_sex(words)] if "hair_style" not in settled else parting
    return [
        hair,
        () if "upper_type" in settled else _OUTERWEAR,
        () if "glasses" in settled else _GLASSES,
        () if "headwear" in settled else _HEADWEAR,
    ]


def _sex(words: str) -> str:
    """`male` or `female`; empty when the words do not tell."""
    named = [sex for sex, pattern in _SEX_WORDS.items() if pattern.search(words)]
    return named[0] if len(named) == 1 else ""


def _pairs(turns: Sequence[Variant]) -> Iterator[Variant]:
    for one, other in combinations(turns, 2):
        if not one.added.keys() & other.added.keys():
            yield Variant(points=(*one.points, *other.points), added={**one.added, **other.added})
