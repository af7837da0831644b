"""What a visual-question-answering backend promises to its servicer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from services.common.backend import Backend, Monitor
from services.common.picture import Box, Picture

Language = Literal["ko", "en"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question about a picture."""

    topic: str  # key of the question catalogue, or empty for a question of the caller's own
    text: str  # the question itself, in the caller's language


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to one question."""

    text: str  # for a reader, in the task's language: "빨간색"
    value: str  # the same in canonical English, so that answers compare across languages: "red"; empty when unknown
    known: bool  # False when the backend cannot tell; text then says so
    confidence: float | None  # 0..1, or None when the model gives none
    method: str  # how it was found, one sentence for a reader; empty when a language model simply answered
    boxes: tuple[Box, ...] = ()  # where in the picture the answer was read, if anywhere


@dataclass(frozen=True, kw_only=True)
class AnswerTask:
    """Many questions about one picture."""

    picture: Picture
    questions: tuple[Question, ...]
    language: Language
    monitor: Monitor
    max_new_tokens: int = 64  # bound on each answer of a language model, tokens


class VqaBackend(Backend, Protocol):
    """Answers questions about pictures."""

    def answer(self, tasks: Sequence[AnswerTask]) -> list[list[Answer]]:
        """Answer every question of every task.

        Returns:
            One list a task, in the order of its questions.

        Raises:
            Cancelled: a task's caller has left.
            Unsupported: the backend cannot answer such questions at all.
        """
        ...
