"""What super-resolution says besides what all cases say: key → Korean, English."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {}
