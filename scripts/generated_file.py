"""A document that a program writes, and that lint compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class GeneratedFile:
    """Where the document is, and what makes it."""

    path: Path
    make: Callable[[], str]
    command: str  # what refreshes it

    def is_fresh(self, path: Path | None = None) -> bool:
        """Whether the document, or the one at `path`, is as it would be written now; tells on standard error when it is not."""
        path = path or self.path
        fresh = path.is_file() and path.read_text(encoding="utf-8") == self.make()
        if not fresh:
            print(f"{path} is stale; refresh it with `{self.command}`", file=sys.stderr)
        return fresh

    def main(self) -> int:
        """The command line of the program that makes it; returns the exit status."""
        parser = argparse.ArgumentParser(description=f"Write {self.path.relative_to(ROOT)}.")
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file differs from what would be written")
        parser.add_argument("--out", type=Path, default=self.path, help="another file to write or check")
        arguments = parser.parse_args()
        if arguments.check:
            return 0 if self.is_fresh(arguments.out) else 1
        arguments.out.write_text(self.make(), encoding="utf-8")
        return 0
