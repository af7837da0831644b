"""Ids of jobs and files: ULIDs, lower-case, with a prefix that says what they name.

A ULID (https://github.com/ulid/spec) is 48 bits of time in milliseconds and 80 random bits in Crockford's base 32: 26 characters that
sort by time, are safe in URLs, and cannot be guessed from a neighbour's.
"""

from __future__ import annotations

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26


def new_job_id() -> str:
    """Return a new job id, such as `jb_01kb2r6w9hd0x4n3t8y5m7q2ze`."""
    return f"jb_{_ulid()}"


def new_file_id() -> str:
    """Return a new file id, such as `fl_01kb2r6w9hd0x4n3t8y5m7q2ze`."""
    return f"fl_{_ulid()}"


def _ulid() -> str:
    milliseconds = time.time_ns() // 1_000_000
    number = int.from_bytes(milliseconds.to_bytes(6, "big") + os.urandom(10), "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))
