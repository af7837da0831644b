"""A monitor that remembers, and that leaves when told to."""

from __future__ import annotations

import numpy as np

from services.common.backend import Cancelled


class Watcher:
    """Remembers what it is told."""

    def __init__(self, leave_at: tuple[str, int] | None = None) -> None:
        """`leave_at`: the stage and step at which nobody waits any more."""
        self.told: list[tuple[str, int, int, np.ndarray | None]] = []
        self._leave_at = leave_at

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.told.append((stage, step, total, preview))
        if (stage, step) == self._leave_at:
            raise Cancelled

    def steps(self, stage: str) -> list[tuple[int, int]]:
        """Step and total of each report of a stage."""
        return [(step, total) for said, step, total, _ in self.told if said == stage]

    @property
    def previews(self) -> list[np.ndarray]:
        """What was drawn on the way."""
        return [preview for *_, preview in self.told if preview is not None]
