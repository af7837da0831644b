"""Opens the storage that a URL names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.orchestrator.storage.base import Storage
from services.orchestrator.storage.keys import check_key
from services.orchestrator.storage.local import LocalStorage
from services.orchestrator.storage.s3 import S3Storage


def open_storage(url: str, *, endpoint_url: str = "", region: str = "") -> Storage:
    """Open a storage.

    Args:
        url: `file:///directory`, with `%` escapes where needed, or `s3://bucket/prefix`.
        endpoint_url: S3 endpoint, for servers other than AWS.
        region: S3 region; empty: as the AWS SDK finds it.

    Raises:
        ValueError: the URL is neither.
        StorageUnavailable: the storage cannot be opened.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
        return LocalStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        prefix = parts.path.strip("/")
        if prefix:
            check_key(prefix)
        return S3Storage(parts.netloc, prefix, endpoint_url=endpoint_url, region=region)
    raise ValueError(f"storage URL {url!r} is neither file:///directory nor s3://bucket/prefix")
