"""The kinds of section that a report has; page templates know how each looks, and nothing of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.orchestrator.reports.embedding import Picture
from services.orchestrator.reports.texts import Words


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A picture under its caption."""

    picture: Picture
    note: str = ""  # behind the title


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Pictures."""

    kind: Literal["gallery"] = "gallery"
    heading: str
    note: str = ""
    size: Literal["large", "tall", "medium", "small"]
    pictures: list[Shown]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a table."""

    text: str
    tone: str = ""  # `confirmed`, `new`, `contradicting`, `unknown`, `ai`
    notes: list[str] = field(default_factory=list)  # lines below the text
    alarms: list[str] = field(default_factory=list)  # lines that must not be overlooked


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its title, and how its cells look."""

    title: str
    style: Literal["label", "title", "text", "short", "small", "file", "code"]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows that belong together."""

    title: str = ""
    rows: list[list[Cell]]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; without groups only its heading and its foot are shown."""

    kind: Literal["table"] = "table"
    heading: str
    note: str = ""
    columns: list[Column]
    groups: list[Rows]
    foot: str = ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A numbered list."""

    kind: Literal["list"] = "list"
    heading: str
    note: str = ""
    items: list[str]


@dataclass(frozen=True, kw_only=True)
class Prose:
    """Paragraphs."""

    kind: Literal["prose"] = "prose"
    heading: str
    note: str = ""
    tone: Literal["", "ai", "quiet"] = ""  # written by a model; set apart
    paragraphs: list[str]


Section = Gallery | Table | Listing | Prose


def is_worth_showing(section: Section) -> bool:
    """Whether there is anything in it."""
    match section:
        case Gallery():
            return bool(section.pictures)
        case Table():
            return any(group.rows for group in section.groups) or bool(section.foot)
        case Listing():
            return bool(section.items)
        case Prose():
            return any(section.paragraphs)


def cells(*texts: str) -> list[Cell]:
    """A row of plain cells."""
    return [Cell(text=text) for text in texts]


def columns(words: Words, *named: str) -> list[Column]:
    """Columns by word key and style: `attribute:label`."""
    pairs: Sequence[tuple[str, str]] = [(name.partition(":")[0], name.partition(":")[2]) for name in named]
    return [Column(title=words[key], style=style) for key, style in pairs]  # type: ignore[arg-type]
