"""What keeps a download from being done. Every message is for people, in their language."""

from __future__ import annotations

import errno

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # the disk, the user's share of it, the largest file allowed


class DownloadError(Exception):
    """This file cannot be had; others may."""


class DiskFull(DownloadError):
    """Nothing more can be written, so no other file can be had either."""


def is_full(error: OSError) -> bool:
    """Whether there was no room for what was to be written."""
    return error.errno in _FULL
