"""Storage in an S3 bucket, or in anything that speaks S3, such as MinIO."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.orchestrator.storage.base import CHUNK_BYTES, ObjectNotFound, ObjectStat, StorageUnavailable, StoredObject, in_chunks
from services.orchestrator.storage.keys import check_key, check_prefix
from services.orchestrator.storage.threads import Threads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_PART_BYTES = 8 * 2**20  # objects up to this size go up in one request, larger ones in parts of it
_NO_OBJECT = ("NoSuchKey", "404")


def make_client(*, endpoint_url: str = "", region: str = "") -> S3Client:
    """Make an S3 client. Credentials are found as the AWS SDK finds them: environment, profile, or role of the machine or pod.

    Args:
        endpoint_url: for servers other than AWS.
        region: empty: as the AWS SDK finds it.
    """
    config = Config(
        connect_timeout=5,
        signature_version="s3v4",  # for signed addresses; all else uses it already
        read_timeout=30,
        max_pool_connections=16,
        retries={"mode": "standard", "max_attempts": 3},
        # Not every server understands checksums that were not asked for; ours are set where they count.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if endpoint_url else "auto"},
    )
    return boto3.client("s3", endpoint_url=endpoint_url or None, region_name=region or None, config=config)


class S3Storage:
    """Objects in a bucket, below a prefix. Each upload carries its SHA-256, which the server checks."""

    def __init__(self, bucket: str, prefix: str = "", *, endpoint_url: str = "", region: str = "") -> None:
        """Open the storage. Nothing is connected yet.

        Args:
            bucket: the bucket, which must exist.
            prefix: where in it, without `/` at either end; empty for the whole bucket.
            endpoint_url: for servers other than AWS.
            region: empty: as the AWS SDK finds it.

        Raises:
            StorageUnavailable: the settings are not complete.
        """
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        with _usable():
            self._client = make_client(endpoint_url=endpoint_url, region=region)
        self._threads = Threads()

    async def put(self, key: str, chunks: AsyncIterable[bytes] | bytes, *, media_type: str) -> StoredObject:
        """See `Storage`."""
        name = self._name(key)
        async with aclosing(in_chunks(chunks, _PART_BYTES)) as parts:
            first = await anext(parts, b"")
            if len(first) < _PART_BYTES:
                return await self._put_whole(name, first, media_type)
            return await self._put_in_parts(_PartsUpload(self._client, self._bucket, name), first, parts, media_type)

    async def get(self, key: str) -> AsyncIterator[bytes]:
        """See `Storage`."""
        name = self._name(key)
        with _usable(key):
            found = await self._threads.run(self._client.get_object, Bucket=self._bucket, Key=name)
            body = found["Body"]
            try:
                while chunk := await self._threads.run(body.read, CHUNK_BYTES):
                    yield chunk
            finally:
                body.close()

    async def read(self, key: str) -> bytes:
        """See `Storage`."""
        name = self._name(key)
        with _usable(key):
            return await self._threads.run(self._read, name)

    async def exists(self, key: str) -> bool:
        """See `Storage`."""
        try:
            await self.stat(key)
        except ObjectNotFound:
            return False
        return True

    async def stat(self, key: str) -> ObjectStat:
        """See `Storage`."""
        name = self._name(key)
        with _usable(key):
            found = await self._threads.run(self._client.head_object, Bucket=self._bucket, Key=name)
        return ObjectStat(size=found["ContentLength"], modified=found["LastModified"])

    async def delete(self, key: str) -> None:
        """See `Storage`."""
        name = self._name(key)
        await self._write(self._client.delete_object, Bucket=self._bucket, Key=name)

    async def delete_prefix(self, prefix: str) -> int:
        """See `Storage`."""
        check_prefix(prefix)
        if not prefix:
            raise ValueError("a prefix is needed to delete by")
        return await self._write(self._delete_below, self._prefix + prefix)

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        """See `Storage`."""
        check_prefix(prefix)
        with _usable():
            pages = self._pages(self._prefix + prefix)
            while (page := await self._threads.run(next, pages, None)) is not None:
                for name in page:
                    yield name.removeprefix(self._prefix)

    async def link(self, key: str, seconds: int) -> str:
        """See `Storage`. A signed address works for seven days at most."""
        name = self._name(key)
        with _usable():
            return await self._threads.run(
                self._client.generate_presigned_url,
                "get_object",
                Params={"Bucket": self._bucket, "Key": name, "ResponseContentType": "image/png"},
                ExpiresIn=seconds,
            )

    async def check(self) -> None:
        """See `Storage`."""
        with _usable():
            await self._threads.run(self._client.head_bucket, Bucket=self._bucket)

    async def close(self) -> None:
        """See `Storage`."""
        self._threads.close()
        self._client.close()

    def _name(self, key: str) -> str:
        check_key(key)
        return self._prefix + key

    def _read(self, name: str) -> bytes:
        with self._client.get_object(Bucket=self._bucket, Key=name)["Body"] as body:
            return body.read()

    async def _put_whole(self, name: str, data: bytes, media_type: str) -> StoredObject:
        digest = hashlib.sha256(data)
        await self._write(
            self._client.put_object,
            Bucket=self._bucket,
            Key=name,
            Body=data,
            ContentType=media_type,
            ChecksumSHA256=_base64(digest.digest()),
        )
        return StoredObject(size=len(data), sha256=digest.hexdigest())

    async def _put_in_parts(self, upload: _PartsUpload, first: bytes, rest: AsyncIterator[bytes], media_type: str) -> StoredObject:
        digest, size = hashlib.sha256(), 0
        try:
            await self._write(upload.begin, media_type)
            chunk = first
            while chunk:
                await self._write(upload.send, chunk)
                digest.update(chunk)
                size += len(chunk)
                chunk = await anext(rest, b"")
            await self._write(upload.complete)
        except BaseException:
            try:
                await self._write(upload.abort)
            except StorageUnavailable:
                logger.warning("the parts of an upload that failed could not be erased", exc_info=True)
            raise
        return StoredObject(size=size, sha256=digest.hexdigest())

    async def _write(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _usable():
            return await self._threads.run_to_end(call, *args, **kwargs)

    def _pages(self, prefix: str) -> Iterator[Sequence[str]]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            yield [found["Key"] for found in page.get("Contents", [])]

    def _delete_below(self, prefix: str) -> int:
        count = 0
        for names in self._pages(prefix):
            if not names:
                continue
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": [{"Key": name} for name in names], "Quiet": True})
            if failed := answer.get("Errors"):
                raise StorageUnavailable(f"The file storage did not erase {len(failed)} files: {failed[0].get('Code')}.")
            count += len(names)
        return count


class _PartsUpload:
    """A large object that goes up in parts. It appears once complete; until then its parts are paid for, so it has to end one way."""

    def __init__(self, client: S3Client, bucket: str, name: str) -> None:
        self._client = client
        self._target: Any = {"Bucket": bucket, "Key": name}
        self._parts: list[CompletedPartTypeDef] = []

    def begin(self, media_type: str) -> None:
        begun = self._client.create_multipart_upload(**self._target, ContentType=media_type, ChecksumAlgorithm="SHA256")
        self._target["UploadId"] = begun["UploadId"]

    def send(self, chunk: bytes) -> None:
        number, checksum = len(self._parts) + 1, _base64(hashlib.sha256(chunk).digest())
        sent = self._client.upload_part(**self._target, PartNumber=number, Body=chunk, ChecksumSHA256=checksum)
        self._parts.append({"ETag": sent["ETag"], "PartNumber": number, "ChecksumSHA256": checksum})

    def complete(self) -> None:
        self._client.complete_multipart_upload(**self._target, MultipartUpload={"Parts": self._parts})

    def abort(self) -> None:
        if "UploadId" in self._target:
            self._client.abort_multipart_upload(**self._target)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@contextmanager
def _usable(key: str = "") -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if key and code in _NO_OBJECT:
            raise ObjectNotFound(f"There is no file {key!r} in storage.") from error
        raise StorageUnavailable(f"The file storage refused with {code or 'an error'}.") from error
    except (BotoCoreError, OSError) as error:
        raise StorageUnavailable from error
