"""The model's reply, read while it arrives."""

from __future__ import annotations

import json
from typing import Any

from services.vqa.backend import Answer, Language

_LONGEST = 200_000  # characters that may arrive without an answer in them
_UNKNOWN_TEXT: dict[Language, str] = {"ko": "알 수 없음", "en": "unknown"}
_NO_ANSWER: dict[Language, str] = {
    "ko": "모델이 이 질문에 대한 답을 주지 않았습니다.",
    "en": "The model gave no answer to this question.",
}
# How models say in `value` what `known` is for.
_UNKNOWN_VALUES = {"unknown", "unclear", "not visible", "not shown", "cannot tell", "n/a"}

_DECODER = json.JSONDecoder()


class ReplyTooLong(ValueError):
    """The server sends text without end and no answers in it."""


class Reply:
    """Collects the answers out of text that comes in pieces.

    Every complete JSON object with an `index` is an answer, wherever it stands: so answers count as soon as they are there, a reply that
    is cut off keeps those that were finished, and words or code fences around the JSON do no harm.
    """

    def __init__(self, questions: int) -> None:
        """Expect answers to so many questions, numbered from 1."""
        self._questions = questions
        self._pending = ""
        self._entries: dict[int, dict[str, Any]] = {}

    @property
    def answered(self) -> int:
        """Questions that have an answer."""
        return len(self._entries)

    @property
    def complete(self) -> bool:
        """Whether every question has one."""
        return self.answered == self._questions

    def feed(self, text: str) -> None:
        """Take the next piece.

        Raises:
            ReplyTooLong: too much has come without an answer in it.
        """
        self._pending += text
        if "}" in text:
            self._scan()
        if len(self._pending) > _LONGEST:
            raise ReplyTooLong(f"more than {_LONGEST:,} characters without an answer")

    def answers(self, language: Language) -> list[Answer]:
        """An answer for every question in order; those that did not come or make no sense are unknown."""
        return [_answer(self._entries.get(number), language) for number in range(1, self._questions + 1)]

    def _scan(self) -> None:
        start = self._pending.find("{")
        while start >= 0:
            try:
                found, end = _DECODER.raw_decode(self._pending, start)
            except (json.JSONDecodeError, RecursionError):
                start = self._pending.find("{", start + 1)  # not complete yet; what is within may be
                continue
            if self._take(found):
                self._pending = self._pending[end:]
                start = self._pending.find("{")
            else:
                start = self._pending.find("{", end)

    def _take(self, found: Any) -> bool:
        """Keep what is an answer, or a list of them; tells whether it was."""
        entries = found.get("answers") if isinstance(found, dict) and "index" not in found else [found]
        if not isinstance(entries, list):
            return False
        for entry in entries:
            number = _number(entry)
            if number is not None and 1 <= number <= self._questions:
                self._entries.setdefault(number, entry)
        return True


def _number(entry: Any) -> int | None:
    """The number of the question that an entry answers."""
    index = entry.get("index") if isinstance(entry, dict) else None
    if isinstance(index, str) and index.isascii() and index.isdigit() and len(index) < 4:
        return int(index)
    return index if isinstance(index, int) and not isinstance(index, bool) else None


def _answer(entry: dict[str, Any] | None, language: Language) -> Answer:
    if entry is None:
        return Answer(text=_UNKNOWN_TEXT[language], value="", known=False, confidence=None, method=_NO_ANSWER[language])
    value, text = _words(entry.get("value")), _words(entry.get("text"))
    if entry.get("known", True) is not True or not value or value.lower().rstrip(".") in _UNKNOWN_VALUES:
        return Answer(text=_UNKNOWN_TEXT[language], value="", known=False, confidence=None, method="")
    return Answer(text=text or value, value=value, known=True, confidence=_confidence(entry.get("confidence")), method="")


def _words(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).split())


def _confidence(value: Any) -> float | None:
    """A figure from 0 to 1; anything else is none: 95 may mean percent, or nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)
