"""A file that is not whole yet: `<name>.part` with the bytes so far, and beside it which file they are of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

from downloads.offer import Offer

_BUFFER = 2**20  # bytes


class _Identity(BaseModel):
    """What must not change between two attempts."""

    sha256: str
    git_sha1: str
    etag: str
    size: int


class PartialFile:
    """The bytes so far of one file."""

    def __init__(self, target: Path) -> None:
        """Look at what earlier attempts left.

        Args:
            target: where the file will lie when it is whole.
        """
        self._target = target
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self._identity = self._noted()

    @property
    def size(self) -> int:
        """Bytes that are there and of use."""
        return self.path.stat().st_size if self._identity and self.path.is_file() else 0

    @property
    def condition(self) -> dict[str, str]:
        """Request headers for the rest of the file alone, if it is still the same file (RFC 9110, sections 13.1.5 and 14.2)."""
        if not (size := self.size) or self._identity is None:
            return {}
        headers = {"Range": f"bytes={size}-"}
        # Where the content's hash is known, it tells; entity tags differ between the servers of one network.
        return headers if self._identity.sha256 or not self._identity.etag else headers | {"If-Range": self._identity.etag}

    def is_of(self, offer: Offer, sha256: str) -> bool:
        """Whether the bytes so far belong to the file that is offered now, or to the one of that SHA-256."""
        mine, now = self._identity, _identity_of(offer, sha256)
        if mine is None or (mine.size and now.size and mine.size != now.size):
            return False
        for known in ("sha256", "git_sha1", "etag"):
            if getattr(mine, known):
                return bool(getattr(mine, known) == getattr(now, known))
        return False

    def begin(self, offer: Offer, sha256: str) -> IO[bytes]:
        """Start from nothing with the offered file."""
        self.discard()
        self._identity = _identity_of(offer, sha256)
        self._note.write_text(self._identity.model_dump_json(), encoding="utf-8")
        return self.path.open("wb", buffering=_BUFFER)

    def go_on(self) -> IO[bytes]:
        """Write behind what is there."""
        return self.path.open("ab", buffering=_BUFFER)

    def finish(self) -> None:
        """Put the file in its place, all at once."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(self.path, self._target)
        self.discard()

    def discard(self) -> None:
        """Forget everything."""
        self._identity = None
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _noted(self) -> _Identity | None:
        try:
            return _Identity.model_validate_json(self._note.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None


def _identity_of(offer: Offer, sha256: str) -> _Identity:
    return _Identity(sha256=offer.sha256 or sha256, git_sha1=offer.git_sha1, etag=offer.etag, size=offer.size)
