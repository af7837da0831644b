"""Ids of runs."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from datetime import datetime
from pathlib import Path

FORMAT = "%Y%m%d_%H%M%S"


def generate_case_id() -> str:
    """`YYYYMMDD_HHMMSS` of local time, given once only on this machine: within the same second the next caller waits for the next one."""
    note = Path(tempfile.gettempdir()) / f"dasibom-legacy-case-id-{os.getuid()}"
    # Held while waiting, so that callers are served one after the other.
    with open(os.open(note, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = file.read()
        while (now := datetime.now().astimezone().strftime(FORMAT)) == last:
            time.sleep(0.05)
        file.seek(0)
        file.truncate()
        file.write(now)
    return now
