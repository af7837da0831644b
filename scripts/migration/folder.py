"""Results in a folder of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dasibom.language import say

from .source import SourceFile, SourceUnavailable


class FolderSource:
    """A folder with everything below it. Links to folders are not followed."""

    def __init__(self, root: Path) -> None:
        """Name a folder.

        Raises:
            SourceUnavailable: there is none.
        """
        if not root.is_dir():
            raise SourceUnavailable(say(f"{root}: 폴더가 없습니다.", f"{root}: there is no such folder."))
        self._root = root.resolve()
        self.name = str(self._root)
        self.unread: list[SourceUnavailable] = []

    def list(self) -> Iterator[SourceFile]:
        """See `Source`."""
        for folder, folders, names in os.walk(self._root, onerror=lambda error: self.unread.append(_unavailable(error))):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                if path.is_file():
                    found = path.stat()
                    yield SourceFile(address=path.as_posix(), size=found.st_size, modified=datetime.fromtimestamp(found.st_mtime, UTC))

    def read(self, file: SourceFile) -> bytes:
        """See `Source`."""
        try:
            return Path(file.address).read_bytes()
        except OSError as error:
            raise _unavailable(error) from error


def _unavailable(error: OSError) -> SourceUnavailable:
    why = error.strerror or type(error).__name__
    return SourceUnavailable(say(f"{error.filename}: 읽을 수 없습니다 ({why}).", f"{error.filename}: cannot be read ({why})."))
