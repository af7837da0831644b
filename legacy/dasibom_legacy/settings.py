"""Environment variables of these scripts."""

from __future__ import annotations

import os
from typing import Literal

FORMER_BUCKET = "seoul-ht-06-dasibom"
FORMER_REGION = "us-east-1"


def is_set(name: str) -> bool:
    """Whether a switch is on."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def exit_zero() -> bool:
    """`DASIBOM_LEGACY_EXIT_ZERO=1`: end with the status that the former scripts ended with, which hid most failures behind 0."""
    return is_set("DASIBOM_LEGACY_EXIT_ZERO")


def default_bucket() -> str | None:
    """`DASIBOM_LEGACY_BUCKET`: the S3 bucket for results where the command line names none; without it they stay in a local folder."""
    return os.environ.get("DASIBOM_LEGACY_BUCKET", "").strip() or None


def s3_endpoint() -> str | None:
    """`DASIBOM_S3_ENDPOINT_URL`: an S3 server other than Amazon's."""
    return os.environ.get("DASIBOM_S3_ENDPOINT_URL", "").strip() or None


def language() -> Literal["ko", "en"]:
    """Language of reports and of what models say: Korean as ever, English by `DASIBOM_LANG=en`."""
    return "en" if os.environ.get("DASIBOM_LANG", "").lower().startswith("en") else "ko"
