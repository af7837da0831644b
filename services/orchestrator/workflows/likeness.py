"""What the likeness of two faces means, and what it does not mean, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.texts import say

ALIKE, UNLIKE = 0.5, 0.25
"""Cosine similarity of identity models: from the first on pictures of one person usually lie, below the second those of two."""

FIT_FACE = 0.3
"""Quality from which a face is worth comparing."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """A measured likeness, and how fit the two faces were for it."""

    similarity: float  # cosine, -1..1
    frame_quality: float  # of the face in the frames, 0..1
    reference_quality: float | None  # of the face in the reference photo, 0..1; None when it is not known

    @property
    def is_reliable(self) -> bool:
        """Whether both faces show enough for the figure to mean anything."""
        return self.frame_quality >= FIT_FACE and (self.reference_quality is None or self.reference_quality >= FIT_FACE)

    @property
    def band(self) -> str:
        """`alike`, `between` or `unlike`."""
        return "alike" if self.similarity >= ALIKE else "unlike" if self.similarity < UNLIKE else "between"

    def note(self, language: Language) -> str:
        """The figure, its band, how far it can be trusted, and that it identifies nobody."""
        parts = [say("likeness.figure", language, similarity=self.similarity), say(f"likeness.{self.band}", language)]
        if self.reference_quality is None:
            parts.append(say("likeness.fitness_of_frame", language, frame=self.frame_quality))
        else:
            parts.append(say("likeness.fitness", language, frame=self.frame_quality, reference=self.reference_quality))
        if not self.is_reliable:
            parts.append(say("likeness.weak", language))
        return " ".join([*parts, say("likeness.unmeasured", language), say("likeness.no_identification", language)])
