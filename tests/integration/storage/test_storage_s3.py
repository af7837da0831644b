from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.common.errors import InvalidRequest, NotFound, PermissionDenied
from services.orchestrator.storage import ForeignObjects, StorageUnavailable, open_storage

MIB = 2**20
PAGE_KEYS = 10


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * MIB


async def broken_off() -> AsyncIterator[bytes]:
    async for piece in pieces(20):
        yield piece
    raise ConnectionResetError("the uploader has left")


@pytest.fixture
async def foreign(bucket: str, s3_url: str) -> AsyncIterator[ForeignObjects]:
    opened = ForeignObjects([bucket, "not-there"], max_bytes=1000, endpoint_url=s3_url)
    yield opened
    await opened.close()


async def test_an_aborted_upload_leaves_no_parts_to_pay_for(bucket: str, s3: Any, s3_url: str) -> None:
    storage = open_storage(f"s3://{bucket}", endpoint_url=s3_url)
    with pytest.raises(ConnectionResetError):
        await storage.put("large", broken_off(), media_type="image/png")
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
    await storage.close()


@pytest.mark.parametrize("count", [1, 20])
async def test_objects_lie_below_the_prefix_with_their_media_type(bucket: str, s3: Any, s3_url: str, count: int) -> None:
    storage = open_storage(f"s3://{bucket}/a/b/", endpoint_url=s3_url)
    await storage.put("key", pieces(count), media_type="image/webp")
    found = s3.head_object(Bucket=bucket, Key="a/b/key")
    assert (found["ContentType"], found["ContentLength"]) == ("image/webp", count * MIB)
    await storage.close()


async def test_more_objects_than_one_page_holds_are_deleted(bucket: str, s3: Any, s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", str(PAGE_KEYS))  # the server's pages; it reads this at each request
    for number in range(PAGE_KEYS * 2 + 1):
        s3.put_object(Bucket=bucket, Key=f"jobs/1/{number}", Body=b"")
    storage = open_storage(f"s3://{bucket}", endpoint_url=s3_url)
    assert len([key async for key in storage.list("jobs/1/")]) == PAGE_KEYS * 2 + 1
    assert await storage.delete_prefix("jobs/1/") == PAGE_KEYS * 2 + 1
    assert [key async for key in storage.list()] == []
    await storage.close()


async def test_a_bucket_that_is_not_there_is_unavailable(s3_url: str) -> None:
    storage = open_storage("s3://not-there", endpoint_url=s3_url)
    with pytest.raises(StorageUnavailable):
        await storage.check()
    with pytest.raises(StorageUnavailable, match="NoSuchBucket"):
        await storage.put("key", b"x", media_type="text/plain")
    await storage.close()


async def test_a_server_out_of_reach_is_unavailable(s3_url: str) -> None:
    storage = open_storage("s3://bucket", endpoint_url="http://127.0.0.1:1")
    with pytest.raises(StorageUnavailable):
        await storage.check()
    await storage.close()


async def test_an_object_of_an_allowed_bucket_is_read(bucket: str, foreign: ForeignObjects, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="cctv/강남 1.jpg", Body=b"x" * 1000)
    assert await foreign.read(f"s3://{bucket}/cctv/강남 1.jpg") == b"x" * 1000


async def test_an_object_of_another_bucket_is_refused(foreign: ForeignObjects) -> None:
    with pytest.raises(PermissionDenied, match="DASIBOM_S3_SOURCE_BUCKETS"):
        await foreign.read("s3://other-bucket/key")


async def test_without_allowed_buckets_all_are_refused(bucket: str, s3: Any, s3_url: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    foreign = ForeignObjects([], max_bytes=1000, endpoint_url=s3_url)
    with pytest.raises(PermissionDenied):
        await foreign.read(f"s3://{bucket}/key")
    await foreign.close()


async def test_an_object_that_is_too_large_is_refused(bucket: str, foreign: ForeignObjects, s3: Any) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x" * 1001)
    with pytest.raises(InvalidRequest, match="1,001 bytes; at most 1,000"):
        await foreign.read(f"s3://{bucket}/key")


async def test_a_missing_object_or_bucket_is_not_found(bucket: str, foreign: ForeignObjects) -> None:
    for url in (f"s3://{bucket}/none", "s3://not-there/none"):
        with pytest.raises(NotFound, match=url):
            await foreign.read(url)


async def test_a_text_that_is_no_s3_url_is_invalid(foreign: ForeignObjects) -> None:
    with pytest.raises(InvalidRequest, match="s3://bucket/key"):
        await foreign.read("https://host/key")
