"""Reading the parts' logs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_BLOCK = 64 * 1024


def last_lines(log: Path, count: int) -> list[str]:
    """The end of a log; nothing when there is none."""
    try:
        file = log.open("rb")
    except FileNotFoundError:
        return []
    with file:
        position, tail = file.seek(0, os.SEEK_END), b""
        while position > 0 and tail.count(b"\n") <= count:
            step = min(_BLOCK, position)
            position -= step
            file.seek(position)
            tail = file.read(step) + tail
    lines = tail.decode("utf-8", "replace").splitlines()
    return lines[-count:] if count else []


def follow(logs: list[Path], *, pause: float = 0.2) -> Iterator[tuple[Path, str]]:
    """New lines of logs as they come, for ever; a log that is begun anew is followed on."""
    places = {log: log.stat().st_size if log.exists() else 0 for log in logs}
    nodes = {log: log.stat().st_ino if log.exists() else 0 for log in logs}
    while True:
        silent = True
        for log in logs:
            if not log.exists():
                continue
            found = log.stat()
            if found.st_ino != nodes[log] or found.st_size < places[log]:
                places[log], nodes[log] = 0, found.st_ino
            if found.st_size == places[log]:
                continue
            with log.open("rb") as file:
                file.seek(places[log])
                for line in _whole_lines(file):
                    silent = False
                    places[log] += len(line)
                    yield log, line.decode("utf-8", "replace").rstrip("\n")
        if silent:
            time.sleep(pause)


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    for line in file:
        if not line.endswith(b"\n"):
            return
        yield line
