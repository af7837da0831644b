"""Storage in a directory of this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from services.orchestrator.storage.base import CHUNK_BYTES, ObjectNotFound, ObjectStat, StorageUnavailable, StoredObject, in_chunks
from services.orchestrator.storage.keys import check_key, check_prefix
from services.orchestrator.storage.threads import Threads

_INCOMING = ".incoming"  # no key begins with a dot
_ABANDONED_SECONDS = 86_400  # what has been incoming for longer was left by a process that died
_WRITE_BYTES = 2**20

P = ParamSpec("P")
T = TypeVar("T")


class LocalStorage:
    """Objects as files below a directory. An object is written aside, synced to disk, and renamed into its place."""

    def __init__(self, root: Path) -> None:
        """Open the storage, and make its directory where there is none.

        Args:
            root: the directory; nothing else may write there.

        Raises:
            StorageUnavailable: the directory cannot be made or written.
        """
        self._root = root
        self._incoming = root / _INCOMING
        self._threads = Threads()
        with _usable():
            self._incoming.mkdir(parents=True, exist_ok=True)
            self._drop_abandoned()

    async def put(self, key: str, chunks: AsyncIterable[bytes] | bytes, *, media_type: str) -> StoredObject:
        """See `Storage`. The media type is not kept: the database has it."""
        target = self._path(key)
        digest, size = hashlib.sha256(), 0
        incoming = _IncomingFile(self._incoming / uuid.uuid4().hex)
        try:
            await self._write(incoming.open)
            async for chunk in in_chunks(chunks, _WRITE_BYTES):
                await self._write(incoming.write, chunk)
                digest.update(chunk)
                size += len(chunk)
            await self._write(incoming.move_to, target)
        finally:
            await self._write(incoming.drop)
        return StoredObject(size=size, sha256=digest.hexdigest())

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """See `Storage`."""
        path = self._path(key)
        with _usable(key):
            file = await self._threads.run(path.open, "rb")
            try:
                while chunk := await self._threads.run(file.read, CHUNK_BYTES):
                    yield chunk
            finally:
                file.close()

    async def read(self, key: str) -> bytes:
        """See `Storage`."""
        with _usable(key):
            return await self._threads.run(self._path(key).read_bytes)

    async def exists(self, key: str) -> bool:
        """See `Storage`."""
        return await self._threads.run(self._path(key).is_file)

    async def stat(self, key: str) -> ObjectStat:
        """See `Storage`."""
        with _usable(key):
            found = await self._threads.run(self._path(key).stat)
        return ObjectStat(size=found.st_size, modified=datetime.fromtimestamp(found.st_mtime, UTC))

    async def delete(self, key: str) -> None:
        """See `Storage`."""
        await self._write(self._delete, self._path(key))

    async def delete_prefix(self, prefix: str) -> int:
        """See `Storage`."""
        check_prefix(prefix)
        if not prefix:
            raise ValueError("a prefix is needed to delete by")
        return await self._write(self._delete_below, self._root / prefix)

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        """See `Storage`."""
        check_prefix(prefix)
        with _usable():
            keys = await self._threads.run(self._keys_below, self._root / prefix)
        for key in keys:
            yield key

    async def link(self, key: str, seconds: int) -> str:
        """See `Storage`. A directory has no address."""
        check_key(key)
        return ""

    async def check(self) -> None:
        """See `Storage`."""
        with _usable():
            await self._threads.run(self._try_writing)

    async def close(self) -> None:
        """See `Storage`."""
        self._threads.close()

    async def _write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _usable():
            return await self._threads.run_to_end(call, *args, **kwargs)

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._root / key

    def _delete(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._drop_empty(path.parent)

    def _delete_below(self, directory: Path) -> int:
        count = len(self._keys_below(directory))
        if directory.is_dir():
            shutil.rmtree(directory)
        self._drop_empty(directory.parent)
        return count

    def _drop_empty(self, directory: Path) -> None:
        while directory != self._root:
            try:
                directory.rmdir()
            except FileNotFoundError:  # never made, or dropped by another deletion
                pass
            except OSError:  # not empty
                return
            directory = directory.parent

    def _keys_below(self, directory: Path) -> Sequence[str]:
        keys = []
        for folder, folders, names in os.walk(directory, onerror=_raise_unless_gone):
            if folder == str(self._root) and _INCOMING in folders:
                folders.remove(_INCOMING)
            keys += [Path(folder, name).relative_to(self._root).as_posix() for name in names]
        return sorted(keys)

    def _try_writing(self) -> None:
        with tempfile.TemporaryFile(dir=self._incoming) as file:
            file.write(b"x")
            file.flush()

    def _drop_abandoned(self) -> None:
        for path in self._incoming.iterdir():
            if path.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
                path.unlink(missing_ok=True)


class _IncomingFile:
    """A file that is being written, until it is moved into its place or dropped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def open(self) -> None:
        self._file = self._path.open("xb")

    def write(self, chunk: bytes) -> None:
        assert self._file
        self._file.write(chunk)

    def move_to(self, target: Path) -> None:
        assert self._file
        self._file.flush()
        os.fsync(self._file.fileno())
        self._rename(target)
        _sync_directory(target.parent)

    def drop(self) -> None:
        if self._file:
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _rename(self, target: Path) -> None:
        while True:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._path.replace(target)
                return
            except FileExistsError:  # the same, between mkdir's finding it there and its looking what it is
                if target.parent.exists() and not target.parent.is_dir():
                    raise
            except FileNotFoundError:  # a deletion has just cleared the directory away as empty
                if not self._path.exists():
                    raise


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _sync_directory(directory: Path) -> None:
    """Make a rename survive a power failure."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _usable(key: str = "") -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        if key:
            raise ObjectNotFound(f"There is no file {key!r} in storage.") from error
        raise StorageUnavailable from error
    except OSError as error:
        raise StorageUnavailable(f"The file storage cannot be used now: {error.strerror}.") from error
