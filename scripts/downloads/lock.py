"""One run at a time in a model's folder."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from dasibom.language import say
from downloads.errors import DownloadError

NAME = ".download.lock"


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Within: no other run downloads into this folder. The system lets go of it when this process ends, however it ends.

    Raises:
        DownloadError: another run has it.
        OSError: the folder cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / NAME).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = say(f"{folder.name}: 다른 다운로드가 진행 중입니다", f"{folder.name}: another download is under way")
            raise DownloadError(message) from None
        yield
