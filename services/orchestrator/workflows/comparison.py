"""What is known against what is seen, topic by topic: confirmed, new, contradicting or undecided.

A verdict of agreement or contradiction is given only where a rule can tell: colors, numbers, yes and no, common words of a topic, or
words that one text has from the other. Where no rule can, both texts are shown and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.result_pb2 import Attribute, Comparison
from services.common.questions import BY_KEY, Category
from services.orchestrator.workflows import garments, quantities
from services.orchestrator.workflows.attributes import by_topic
from services.orchestrator.workflows.clock import part_of_day
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.known_keys import topic_of
from services.orchestrator.workflows.statements import Statement, statements
from services.orchestrator.workflows.vocabulary import (
    PRESENCE_TOPICS,
    colors,
    concepts,
    is_bare_yes,
    is_negated,
    normal,
    presence,
    same_color,
    says_unknown,
    shade,
    shade_of,
)

_COLOR_TOPICS = {"hair_color", "upper_color", "lower_color"}
_RANGES: dict[str, tuple[Callable[[str], quantities.Range | None], float]] = {
    # What reads the number, and how far apart two statements may be and still mean the same.
    "age": (quantities.age, 3),  # years; looks deceive
    "height": (quantities.height, 5),  # cm
    "people_count": (quantities.count, 0),
    "face_count": (quantities.count, 0),
}
# Concepts that neither confirm nor contradict each other: evenings are light in summer and dark in winter.
_OPEN = ({"day"}, {"evening"})
_ALIKE = ({"evening"}, {"night"})
_SHORTEST = 2  # characters that may count as contained


_FREE = ("", "features")  # topics under which people write whole sentences


def compare(known: Mapping[str, str], seen: Iterable[Attribute], language: Language) -> list[Comparison]:
    """Hold what is known against what is seen.

    Args:
        known: by topic key, label, question or free words; values in Korean or English.
        seen: merged attributes.
        language: of labels.

    Returns:
        Everything known in the order of its keys, each once and as it was given; after free words what they state of topics that no key
        is about, with those words' key as `source`; then everything seen that was not known.
    """
    found = by_topic(seen)
    result = []
    topics = {key: topic_of(key, known[key]) for key in sorted(known)}
    told = set(topics.values())
    read_out: set[str] = set()
    for key, topic in topics.items():
        value = known[key].strip()
        result.append(_against(topic, key, value, found.get(topic), language))
        read = _own_statements(key, value, told) if topic in _FREE else []
        result.extend(_read_out(key, statement, found.get(statement.topic), language) for statement in read)
        read_out.update(statement.topic for statement in read)
    told |= read_out
    result.extend(
        _comparison(attribute, known="", agreement=result_pb2.AGREEMENT_NEW)
        for topic, attribute in found.items()
        if topic not in told and attribute.category != Category.IMAGE.value and not _is_told_by_parts(topic, found, told)
    )
    return result


_PARTS = {
    "people_count": ("other_people", "company"),
    "face_count": ("people_count", "other_people", "company"),
    "clothing": ("upper_color", "lower_color"),
}
"""Topics that only repeat what others say → those others."""


def _is_told_by_parts(topic: str, found: Mapping[str, Attribute], told: set[str]) -> bool:
    """Whether a count, or clothing as a whole, only repeats what other topics say."""
    return any(part in found or part in told for part in _PARTS.get(topic, ()))


def _own_statements(key: str, words: str, told: set[str]) -> list[Statement]:
    """What free words state that no key is about; clothes as a whole only where no key is about a part of them."""
    own = [statement for statement in statements(key, words) if statement.topic not in told]
    return [statement for statement in own if statement.topic != "clothing" or told.isdisjoint(_PARTS["clothing"])]


def _read_out(key: str, statement: Statement, seen: Attribute | None, language: Language) -> Comparison:
    comparison = _against(statement.topic, key, statement.text, seen, language)
    comparison.source = key
    comparison.label = f"{comparison.label} ({key.replace('_', ' ')})"
    return comparison


def _against(topic: str, key: str, value: str, seen: Attribute | None, language: Language) -> Comparison:
    if seen is None:
        label = BY_KEY[topic].label(language) if topic else key
        return Comparison(topic=topic, label=label, known=value, agreement=result_pb2.AGREEMENT_UNKNOWN)
    if says_unknown(value):
        return _comparison(seen, known=value, agreement=result_pb2.AGREEMENT_NEW)
    verdict = agree(topic, value, seen)
    agreements = {
        True: result_pb2.AGREEMENT_CONFIRMED,
        False: result_pb2.AGREEMENT_CONTRADICTING,
        None: result_pb2.AGREEMENT_UNKNOWN,
    }
    return _comparison(seen, known=value, agreement=agreements[verdict])


def _comparison(seen: Attribute, *, known: str, agreement: result_pb2.Agreement.ValueType) -> Comparison:
    comparison = Comparison(topic=seen.topic, label=seen.label, known=known, seen=seen.text, agreement=agreement)
    if seen.HasField("confidence"):
        comparison.confidence = seen.confidence
    return comparison


def is_read_out(item: Comparison, comparisons: Iterable[Comparison]) -> bool:
    """Whether these are free words of which single topics stand among the comparisons too."""
    return not item.topic and any(other.source == item.label for other in comparisons)


def agree(topic: str, known: str, seen: Attribute) -> bool | None:
    """Whether what is known and what is seen say the same; None when no rule can tell."""
    for text in dict.fromkeys(filter(None, (seen.value, seen.text))):
        verdict = _agree(topic, known, text)
        if verdict is not None:
            return verdict
    return None


def _agree(topic: str, known: str, seen: str) -> bool | None:
    if topic in _COLOR_TOPICS:
        return _combined(_same_colors(known, seen), _same_shade(known, seen))
    if topic == "clothing":
        return _same_clothing(known, seen)
    if topic in _RANGES:
        read, tolerance = _RANGES[topic]
        one, other = read(known), read(seen)
        if one is not None and other is not None:
            return quantities.overlap(one, other, tolerance)
    if topic in PRESENCE_TOPICS:
        there, here = presence(known), presence(seen)
        if there is None or here is None:
            return None
        if there != here or not there or is_bare_yes(known) or is_bare_yes(seen):
            return there == here
    return _combined(_same_colors(known, seen), _same_concepts(topic, known, seen), _contained(known, seen))


def _combined(*verdicts: bool | None) -> bool | None:
    """One contradiction outweighs everything; silence counts for nothing."""
    said = [verdict for verdict in verdicts if verdict is not None]
    return all(said) if said else None


def _same_colors(known: str, seen: str) -> bool | None:
    one, other = colors(known), colors(seen)
    if not one or not other or is_negated(known) or is_negated(seen):
        return None
    return any(same_color(a, b) for a in one for b in other)


def _same_shade(known: str, seen: str) -> bool | None:
    """`어두운 옷` against a color, or another shade."""
    if is_negated(known) or is_negated(seen):
        return None
    one, other = _shades(known), _shades(seen)
    if len(one) != 1 or len(other) != 1 or None in one | other or (colors(known) and colors(seen)):
        return None
    return one == other


def _shades(text: str) -> set[str | None]:
    named = colors(text)
    return {shade_of(color) for color in named} if named else {shade(text)}


def _same_clothing(known: str, seen: str) -> bool | None:
    one, other = garments.parts(known), garments.parts(seen)
    common = one.keys() & other.keys()
    if common:
        return all(any(same_color(a, b) for a in one[part] for b in other[part]) for part in common)
    return None if one and other else _combined(_same_colors(known, seen), _same_shade(known, seen), _contained(known, seen))


def _same_concepts(topic: str, known: str, seen: str) -> bool | None:
    one, other = _named(topic, known), _named(topic, seen)
    if not one or not other:
        return None
    if one & other or _is_pair(one, other, _ALIKE):
        return True
    return None if _is_pair(one, other, _OPEN) else False


def _named(topic: str, text: str) -> set[str]:
    part = part_of_day(text) if topic == "time_of_day" else None
    return {part} if part else concepts(topic, text)


def _is_pair(one: set[str], other: set[str], pair: tuple[set[str], set[str]]) -> bool:
    return (one, other) in (pair, pair[::-1])


def _contained(known: str, seen: str) -> bool | None:
    """True when one text has all of the other; never False, since other words may mean the same."""
    one, other = sorted((normal(known), normal(seen)), key=len)
    if len(one) < _SHORTEST or is_negated(one) != is_negated(other):
        return None
    pattern = rf"\b{re.escape(one)}\b" if one.isascii() else re.escape(one)
    return True if re.search(pattern, other) else None
