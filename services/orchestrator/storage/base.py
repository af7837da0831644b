"""What every storage of files promises, wherever the files are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.common.errors import NotFound, Unavailable

CHUNK_BYTES = 256 * 1024  # most bytes in one piece of a download


class StorageUnavailable(Unavailable):
    """The file storage cannot be used now; try again."""

    reason = "STORAGE_UNAVAILABLE"


class ObjectNotFound(NotFound):
    """The file is not in storage."""

    reason = "OBJECT_NOT_FOUND"


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """What was stored."""

    size: int  # bytes
    sha256: str  # hex


@dataclass(frozen=True, kw_only=True)
class ObjectStat:
    """What storage knows of an object without reading it."""

    size: int  # bytes
    modified: datetime  # UTC


class Storage(Protocol):
    """Objects by key. A key that could lead outside the storage is a `ValueError` in every method; see `check_key`."""

    async def put(self, key: str, chunks: AsyncIterable[bytes] | bytes, *, media_type: str) -> StoredObject:
        """Store an object, in place of one with the same key.

        It appears whole or not at all: a put that is cancelled, or whose chunks raise, leaves what was there before. Memory use does not
        grow with the object's size.

        Args:
            key: the object's key.
            chunks: its bytes, or pieces of any size.
            media_type: what it is, for storages that serve objects by themselves.

        Raises:
            StorageUnavailable: storage is out of reach, refuses, or is full.
        """
        ...

    def get(self, key: str) -> AsyncIterator[bytes]:
        """Read an object in pieces of at most `CHUNK_BYTES`.

        Raises:
            ObjectNotFound: there is none under this key.
            StorageUnavailable: storage is out of reach or refuses.
        """
        ...

    async def read(self, key: str) -> bytes:
        """Read an object whole.

        Raises:
            ObjectNotFound: there is none under this key.
            StorageUnavailable: storage is out of reach or refuses.
        """
        ...

    async def exists(self, key: str) -> bool:
        """Return whether there is an object under this key."""
        ...

    async def stat(self, key: str) -> ObjectStat:
        """Return what storage knows of an object.

        Raises:
            ObjectNotFound: there is none under this key.
        """
        ...

    async def delete(self, key: str) -> None:
        """Erase an object; nothing happens when there is none."""
        ...

    async def delete_prefix(self, prefix: str) -> int:
        """Erase every object below a prefix, which ends with `/`, and return how many there were."""
        ...

    def list(self, prefix: str = "") -> AsyncIterator[str]:
        """Yield the keys below a prefix, which is empty or ends with `/`, in order."""
        ...

    async def link(self, key: str, seconds: int) -> str:
        """Return an address that a browser can load an object from for so long; empty where a storage has no address of its own."""
        ...

    async def check(self) -> None:
        """Make sure that storage can be used, for health.

        Raises:
            StorageUnavailable: it cannot; the message says why.
        """
        ...

    async def close(self) -> None:
        """Let go of threads and connections."""
        ...


async def in_chunks(chunks: AsyncIterable[bytes] | bytes, size: int) -> AsyncGenerator[bytes]:
    """Cut bytes, or pieces of any size, into pieces of `size` bytes; the last one may be shorter."""
    buffer = bytearray()
    async for chunk in _pieces(chunks):
        buffer += chunk
        while len(buffer) >= size:
            yield bytes(buffer[:size])
            del buffer[:size]
    if buffer:
        yield bytes(buffer)


async def _pieces(chunks: AsyncIterable[bytes] | bytes) -> AsyncIterator[bytes]:
    if isinstance(chunks, bytes):
        yield chunks
        return
    async for chunk in chunks:
        yield chunk
