"""Keys that objects are stored under: names with `/` between them, such as `jobs/jb_…/artifacts/fl_…`."""

from __future__ import annotations

import unicodedata

_MAX_KEY_BYTES = 900  # S3 allows 1024, prefix of the storage included
_MAX_NAME_BYTES = 255  # what file systems allow
_UNSAFE = ("Cc", "Cs")  # control characters and surrogates


def check_key(key: str) -> None:
    """Check that a key stays inside the storage, on every kind of storage.

    Raises:
        ValueError: it would not, or is too long.
    """
    for name in key.split("/"):
        hidden = name.startswith(".")  # also `.` and `..`, and what a local storage keeps for itself
        if not name or hidden or "\\" in name or len(name.encode("utf-8", "surrogatepass")) > _MAX_NAME_BYTES:
            raise ValueError(f"{key!r} is no storage key: {name!r} cannot be a part of one")
    if any(unicodedata.category(letter) in _UNSAFE for letter in key) or len(key.encode()) > _MAX_KEY_BYTES:
        raise ValueError(f"{key[:100]!r} is no storage key: it must be at most {_MAX_KEY_BYTES} bytes of text")


def check_prefix(prefix: str) -> None:
    """Check a prefix: empty for everything, or a key with `/` at its end.

    Raises:
        ValueError: it is neither.
    """
    if prefix and not prefix.endswith("/"):
        raise ValueError(f"the prefix {prefix!r} does not end with /")
    if prefix:
        check_key(prefix[:-1])
