"""What a measurement says, in both languages, before anyone has chosen one."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.picture import Box
from services.vqa.backend import Answer, Language


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """The same words in Korean and English."""

    ko: str
    en: str

    def __add__(self, other: Phrase) -> Phrase:
        return Phrase(ko=f"{self.ko} {other.ko}", en=f"{self.en} {other.en}")

    def written(self, language: Language) -> str:
        """The words in one language."""
        return self.en if language == "en" else self.ko


UNKNOWN = Phrase(ko="알 수 없음", en="unknown")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was measured for one topic."""

    text: Phrase
    value: str  # canonical English; empty when unknown
    confidence: float | None  # 0..1; None when unknown
    method: Phrase
    boxes: tuple[Box, ...] = ()  # pixels of the picture

    def answer(self, language: Language) -> Answer:
        """The finding as an answer in one language."""
        return Answer(
            text=self.text.written(language),
            value=self.value,
            known=self.confidence is not None,
            confidence=None if self.confidence is None else round(min(max(self.confidence, 0.0), 1.0), 2),
            method=self.method.written(language),
            boxes=self.boxes,
        )


def unknown(method: Phrase) -> Finding:
    """A finding that says why nothing could be measured."""
    return Finding(text=UNKNOWN, value="", confidence=None, method=method)
