"""Pictures that others keep in S3: `s3://bucket/key` image sources, from buckets that the operator allows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice

from botocore.exceptions import BotoCoreError, ClientError

from services.common.errors import InvalidRequest, NotFound, PermissionDenied
from services.orchestrator.storage.base import StorageUnavailable
from services.orchestrator.storage.s3 import make_client
from services.orchestrator.storage.s3_url import parse_s3_url
from services.orchestrator.storage.threads import Threads

Names = list[str]  # `list` is a method below

_MISSING = ("NoSuchKey", "NoSuchBucket", "404")
_DENIED = ("AccessDenied", "403", "InvalidObjectState")


class ForeignObjects:
    """Reads objects of other people's buckets, with the server's own credentials: hence the allow-list."""

    def __init__(self, allowed_buckets: Collection[str], *, max_bytes: int, endpoint_url: str = "", region: str = "") -> None:
        """Prepare to read. Nothing is connected before the first allowed read.

        Args:
            allowed_buckets: names of the buckets that may be read; none when empty.
            max_bytes: largest object.
            endpoint_url: for servers other than AWS.
            region: empty: as the AWS SDK finds it.
        """
        self._allowed = frozenset(allowed_buckets)
        self._max_bytes = max_bytes
        self._client = make_client(endpoint_url=endpoint_url, region=region)
        self._threads = Threads(4)

    async def read(self, url: str) -> bytes:
        """Read an object.

        Args:
            url: `s3://bucket/key`.

        Raises:
            InvalidRequest: the URL is none, or the object is too large.
            PermissionDenied: the bucket is not allowed, or does not let this server read the object.
            NotFound: there is no such object.
            StorageUnavailable: S3 is out of reach.
        """
        bucket, key = parse_s3_url(url)
        self._demand(bucket)
        with _explained(bucket, key):
            return await self._threads.run(self._read, bucket, key)

    async def list(self, url: str, *, limit: int) -> Names:
        """The addresses of the objects below a prefix, in the order of their names.

        Args:
            url: `s3://bucket/prefix`; a `/` at its end is added.
            limit: most objects that are looked at; what is beyond is left out.

        Raises:
            InvalidRequest: the URL is none.
            PermissionDenied: the bucket is not allowed, or does not let this server list it.
            StorageUnavailable: S3 is out of reach.
        """
        bucket, prefix = parse_s3_url(url.rstrip("/"))
        self._demand(bucket)
        with _explained(bucket, prefix):
            return await self._threads.run(self._list, bucket, f"{prefix}/", limit)

    async def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.close()
        self._client.close()

    def _demand(self, bucket: str) -> None:
        if bucket not in self._allowed:
            raise PermissionDenied(
                f"Bucket {bucket!r} is not one that this server reads from; DASIBOM_S3_SOURCE_BUCKETS lists those.",
                reason="BUCKET_NOT_ALLOWED",
                metadata={"bucket": bucket},
            )

    def _list(self, bucket: str, prefix: str, limit: int) -> Names:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        names = (found["Key"] for page in pages for found in page.get("Contents", []))
        return [f"s3://{bucket}/{name}" for name in islice((name for name in names if not name.endswith("/")), limit)]

    def _read(self, bucket: str, key: str) -> bytes:
        found = self._client.get_object(Bucket=bucket, Key=key)
        with found["Body"] as body:
            size = found["ContentLength"]
            if size > self._max_bytes:
                message = f"s3://{bucket}/{key} has {size:,} bytes; at most {self._max_bytes:,} are read."
                raise InvalidRequest(message, reason="IMAGE_TOO_LARGE")
            return body.read()


@contextmanager
def _explained(bucket: str, key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise NotFound(f"There is no object s3://{bucket}/{key}.", reason="OBJECT_NOT_FOUND") from error
        if code in _DENIED:
            raise PermissionDenied(f"This server may not read s3://{bucket}/{key}.", reason="OBJECT_NOT_READABLE") from error
        raise StorageUnavailable(f"S3 refused with {code or 'an error'}.") from error
    except (BotoCoreError, OSError) as error:
        raise StorageUnavailable("S3 cannot be reached now; try again.") from error
