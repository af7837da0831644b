"""Members of archives: taken out one by one, by name, each into the place that the manifest gives it."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path

from dasibom.language import say
from downloads.errors import DownloadError


def extract(archive: Path, member: str, part: Path, size: int) -> None:
    """Write one member of a zip archive.

    Args:
        archive: the archive.
        member: the member's name in it.
        part: the file to write; the archive has no say in where that is.
        size: bytes that the member has to have, 0 when unknown: no more than its directory tells are unpacked.

    Raises:
        DownloadError: it is no archive, is damaged, or has no such member.
        OSError: the file cannot be written.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            entry = opened.getinfo(member)
            if size and entry.file_size != size:
                message = say(
                    f"{member}: {size}바이트여야 하는데 {entry.file_size}바이트입니다", f"{member} has {entry.file_size} bytes, not {size}"
                )
                raise DownloadError(message)
            with opened.open(entry) as packed, part.open("wb") as file:
                shutil.copyfileobj(packed, file, 2**20)
    except KeyError:
        raise DownloadError(say(f"압축 파일에 {member}이(가) 없습니다", f"the archive has no member {member}")) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DownloadError(say(f"압축을 풀 수 없습니다: {error}", f"the archive cannot be unpacked: {error}")) from None
