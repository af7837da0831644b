"""Headings, frames and numbered lists in the texts of the former scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_HEADING = re.compile(r"^=== (.+?) ===\s*$", re.MULTILINE)
_RULER = re.compile(r"^[=-]{20,}\s*$", re.MULTILINE)
_FRAME = re.compile(r"^\[(?:이미지|Image) (\d+)(?: 분석)?\]\s*$", re.MULTILINE)
_ITEM = re.compile(r"^\s*(?:\*\*)?(\d{1,2})[.)]\s*", re.MULTILINE)
_LABEL = re.compile(r"^(?:\*\*)?[^:：\n]{1,40}(?:\*\*)?[:：](?:\*\*)?\s+")


def sections(text: str) -> dict[str, str]:
    """What stands under each `=== heading ===`, up to the next heading or ruler; without the number before a heading."""
    found: dict[str, str] = {}
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=True):
        body = text[heading.end() : end]
        found[re.sub(r"^\d+\.\s*", "", heading[1])] = _RULER.split(body)[0].strip()
    return found


def body(text: str) -> str:
    """A text without its headings and rulers."""
    return _RULER.sub("", _HEADING.sub("", text)).strip()


def frames(text: str) -> dict[int, str]:
    """What is said of each frame, by number; the whole text as frame 1 where no frame is named."""
    parts = _FRAME.split(text)
    found = {int(number): said.strip() for number, said in zip(parts[1::2], parts[2::2], strict=True)}
    return found or ({1: text.strip()} if text.strip() else {})


def numbered(text: str, count: int) -> list[str] | None:
    """The items of a list from 1 to `count`, each without its label; None where the text is no such list.

    Args:
        text: perhaps with words before the list.
        count: how many items it has to have.
    """
    parts = _ITEM.split(text)
    numbers = [int(number) for number in parts[1::2]]
    if numbers != list(range(1, count + 1)):
        return None
    return [" ".join(_LABEL.sub("", item.strip()).replace("**", "").split()) for item in parts[2::2]]


def first(found: Mapping[str, str], words: Sequence[str]) -> str:
    """What stands under the first heading that has one of some words; empty when none has."""
    return next((said for heading, said in found.items() if any(word in heading for word in words)), "")
