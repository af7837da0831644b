"""Bringing a job's files into a folder, under names that cannot lead out of it."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

RESULT_NAME = "result.json"
_MOST_BYTES = 200  # of a name; file systems allow 255
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def safe_name(name: str) -> str:
    """A plain file name: no folders, no control or reordering characters, nothing that Windows takes for a device, never empty."""
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", last)).strip(" .")
    if _DEVICES.fullmatch(plain):
        plain = f"_{plain}"
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 16:
        stem, dot, suffix = plain, "", ""
    ending = f"{dot}{suffix}".encode()
    return stem.encode()[: _MOST_BYTES - len(ending)].decode(errors="ignore") + ending.decode() or "file"


def distinct_names(names: Iterable[str]) -> list[str]:
    """Safe names of which no two are the same, not even where upper and lower case are, and none is the result's own."""
    taken = {RESULT_NAME}
    distinct = []
    for name in map(safe_name, names):
        stem, dot, suffix = name.rpartition(".")
        choice, number = name, 1
        while choice.casefold() in taken:
            number += 1
            choice = f"{stem}_{number}{dot}{suffix}" if dot else f"{name}_{number}"
        taken.add(choice.casefold())
        distinct.append(choice)
    return distinct


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Within: a file to write to, which appears at `path` whole or not at all; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
