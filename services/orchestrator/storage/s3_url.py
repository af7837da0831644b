"""The form `s3://bucket/key` of an image source."""

from __future__ import annotations

import re
import unicodedata

from services.common.errors import InvalidRequest

_SCHEME = "s3://"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_MAX_KEY_BYTES = 1024
_NO_TEXT = ("Cc", "Cs")  # control characters and surrogates


def parse_s3_url(url: str) -> tuple[str, str]:
    """Split into bucket and key.

    The key is taken as it stands: S3 keys may hold blanks, brackets, `%`, `?` and `#`, and this form has no escapes.

    Raises:
        InvalidRequest: the text is not an S3 URL of an object; reason `BAD_S3_URL`.
    """
    if not url.startswith(_SCHEME):
        raise InvalidRequest("an S3 URL must have the form s3://bucket/key", reason="BAD_S3_URL")
    bucket, _, key = url.removeprefix(_SCHEME).partition("/")
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise InvalidRequest("the bucket of an S3 URL must have 3 to 63 lower-case letters, digits, dots and hyphens", reason="BAD_S3_URL")
    if not key or key.endswith("/"):
        raise InvalidRequest("an S3 URL must name an object: s3://bucket/key, not a bucket or folder", reason="BAD_S3_URL")
    if len(key.encode("utf-8", "surrogatepass")) > _MAX_KEY_BYTES or any(unicodedata.category(letter) in _NO_TEXT for letter in key):
        raise InvalidRequest("the key of an S3 URL must be text of at most 1024 bytes in UTF-8", reason="BAD_S3_URL")
    return bucket, key
