"""Files at a source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class SourceUnavailable(Exception):
    """The source cannot be read; the message says which and why."""


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file that may be part of a result."""

    address: str  # absolute path, or s3://bucket/key
    size: int  # bytes
    modified: datetime  # UTC

    @property
    def folder(self) -> str:
        """The address without the name."""
        return self.address.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.address.rpartition("/")[2]


class Source(Protocol):
    """Somewhere that results lie. It is only read."""

    name: str  # for people
    unread: list[SourceUnavailable]  # folders that `list` had to leave out

    def list(self) -> Iterator[SourceFile]:
        """Every file below it.

        Raises:
            SourceUnavailable: it cannot be listed.
        """
        ...

    def read(self, file: SourceFile) -> bytes:
        """The bytes of a file that `list` gave.

        Raises:
            SourceUnavailable: they cannot be had.
        """
        ...
