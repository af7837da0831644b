"""Findings as lines of plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from dasibom.orchestrator.v1.result_pb2 import Attribute

Language = Literal["ko", "en"]

_CATEGORIES = {
    "person": ("인물", "Person"),
    "clothing": ("옷차림·소지품", "Clothing and belongings"),
    "behavior": ("행동", "Behavior"),
    "time": ("시간", "Time"),
    "place": ("장소", "Place"),
    "environment": ("주변", "Surroundings"),
    "image": ("화질", "Picture quality"),
}


def pick(korean: str, english: str, language: Language) -> str:
    """The one of both in `language`."""
    return english if language == "en" else korean


def category_name(category: str, language: Language) -> str:
    """Name of a category of attributes; the key itself where it is none of ours."""
    return pick(*_CATEGORIES.get(category, (category, category)), language)


def in_categories(attributes: Iterable[Attribute], categories: Sequence[str]) -> list[Attribute]:
    """The attributes of some categories, in the order of `categories`."""
    attributes = list(attributes)
    return [item for category in categories for item in attributes if item.category == category]


def finding_lines(attributes: Iterable[Attribute], language: Language = "ko") -> list[str]:
    """Everything known by category, then the labels of what could not be told; no line where there is nothing."""
    attributes = list(attributes)
    lines: list[str] = []
    for category in dict.fromkeys((*_CATEGORIES, *(item.category for item in attributes))):
        known = [item for item in attributes if item.known and item.category == category]
        if known:
            lines += [f"[{category_name(category, language)}]", *(f"- {item.label}: {finding(item, language)}" for item in known)]
    unknown = list(dict.fromkeys(item.label for item in attributes if not item.known))
    if unknown:
        lines.append(f"{pick('알 수 없었던 항목', 'Could not be told', language)}: {', '.join(unknown)}")
    return lines


def finding(item: Attribute, language: Language) -> str:
    """What was seen, how sure that is, and who saw otherwise."""
    notes = [sure(item, language)] if item.HasField("confidence") else []
    if item.disagreements:
        agreeing = ", ".join(map(str, item.frames))
        notes.append(pick(f"화면 {agreeing}", f"frame {agreeing}", language))
    notes += [
        pick(f"화면 {other.frame}에서는 {other.text}", f"frame {other.frame} says {other.text}", language) for other in item.disagreements
    ]
    return f"{item.text} ({'; '.join(notes)})" if notes else item.text


def sure(item: Attribute, language: Language) -> str:
    """The confidence in percent."""
    return f"{pick('신뢰도', 'confidence', language)} {item.confidence:.0%}"
