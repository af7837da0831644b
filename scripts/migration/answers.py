"""Questions with answers in a text of the former scripts: `Q: …` and `A: …`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dasibom.layouts import NO_ANSWER
from services.orchestrator.workflows.known_keys import topic_of
from services.orchestrator.workflows.vocabulary import normal, says_unknown

# A model that will not answer says so in these words.
_REFUSED = re.compile(
    r"\bnot (?:been )?trained\b|\bunanswerable\b|^(?:i am |i'm )?sorry\b|\bi (?:cannot|can't|am unable to)\b", re.IGNORECASE
)
_IMAGE_TOKEN = re.compile(r"^(?:\s|<image>)*answer en\s+|<image>", re.IGNORECASE)
# Where a question of case 1 asks for two things, or in words that the known keys leave open.
_TOPICS = (
    (re.compile(r"bag or accessor"), "bag"),
    (re.compile(r"on the bottom"), "lower_type"),
    (re.compile(r"shirt or top"), "upper_color"),
    (re.compile(r"notable features"), "features"),
)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A question and what was answered."""

    question: str
    answer: str  # empty when there was none

    @property
    def topic(self) -> str:
        """Key of the question catalogue; empty when the question is about none of its topics."""
        asked = normal(self.question)
        return next((topic for pattern, topic in _TOPICS if pattern.search(asked)), "") or topic_of(self.question, self.answer)


def answered(text: str) -> list[Answered]:
    """Every question of a text, in its order, with a clean answer."""
    found: list[Answered] = []
    question: str | None = None
    lines: list[str] | None = None

    def close() -> None:
        nonlocal question, lines
        if question is not None:
            found.append(Answered(question=question, answer=clean(question, "\n".join(lines or []))))
        question, lines = None, None

    for line in text.splitlines():
        if line.startswith("Q: "):
            close()
            question = line.removeprefix("Q: ").strip()
        elif line.startswith("A:") and question is not None and lines is None:
            lines = [line.removeprefix("A:")]
        elif lines is not None and line.strip():
            lines.append(line)  # an answer may take several lines
        elif lines is not None:
            close()
    close()
    return found


def clean(question: str, answer: str) -> str:
    """An answer without the question that some models repeat before it; empty when nothing was answered.

    Args:
        question: as it was asked.
        answer: as it was written down, perhaps in several lines.
    """
    text = _IMAGE_TOKEN.sub("", answer).strip()
    while text.startswith(question):
        text = text.removeprefix(question).strip()
    lines = [line.strip() for line in text.splitlines() if line.strip() and normal(line) != normal(question)]
    text = " ".join(lines)
    return "" if text == NO_ANSWER or _REFUSED.search(text) or says_unknown(text) else text
