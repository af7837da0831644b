"""The command as a program of its own."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


Command = Callable[..., Awaitable[Ended]]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """That of a user in Korea without settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("DASIBOM_", "LC_", "PORT"))}
    return own | {"LANG": "ko_KR.UTF-8", "PYTHONUTF8": "1", "COLUMNS": "160", "DASIBOM_HOME": str(folder / "home")} | more


def unquoted(text: str) -> str:
    """Text without the quotes that a path with a space needs in a command line."""
    return text.replace("'", "")
