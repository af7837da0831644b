"""What a benchmark hands back, and how it is shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

Cell = str | float


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A number that has to stay below a limit, or above it."""

    what: str
    value: float
    limit: float
    unit: str
    at_least: bool = False  # whether it has to stay above the limit

    @property
    def met(self) -> bool:
        """Whether it does."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        return f"{'PASS' if self.met else 'FAIL'}: {self.what} is {_text(self.value)} {self.unit}, goal {_text(self.limit)} {self.unit}"


@dataclass(frozen=True, kw_only=True)
class Table:
    """One benchmark's numbers."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    notes: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()

    def markdown(self) -> str:
        """The table, its notes and goals as Markdown."""
        cells = [self.columns, *(tuple(map(_text, row)) for row in self.rows)]
        widths = [max(3, *(_width(row[column]) for row in cells)) for column in range(len(self.columns))]
        numeric = [isinstance(cell, float) for cell in self.rows[0]] if self.rows else [False] * len(widths)
        rules = tuple("-" * (width - 1) + ":" if right else "-" * width for width, right in zip(widths, numeric, strict=True))
        lines = ["| " + " | ".join(map(_pad, row, widths, numeric)) + " |" for row in (cells[0], rules, *cells[1:])]
        said = [*self.notes, *map(str, self.goals)]
        return "\n".join([f"## {self.title}", "", *lines, *([""] if said else []), *(f"- {line}" for line in said)])

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "goals": [{**asdict(goal), "met": goal.met} for goal in self.goals]}


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
