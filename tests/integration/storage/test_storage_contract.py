"""What every storage promises, on each of them."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from services.orchestrator.storage import ObjectNotFound, Storage

MIB = 2**20


class Left(Exception):
    """The uploader has left."""


async def pieces(count: int, size: int = MIB) -> AsyncIterator[bytes]:
    for number in range(count):
        yield bytes([number % 256]) * size


async def broken_off(count: int) -> AsyncIterator[bytes]:
    async for piece in pieces(count):
        yield piece
    raise Left


async def keys(storage: Storage, prefix: str = "") -> list[str]:
    return [key async for key in storage.list(prefix)]


@pytest.mark.parametrize("data", [b"", b"x", b"\0\xff" * 300_000])
async def test_bytes_come_back_as_they_went_in(storage: Storage, data: bytes) -> None:
    stored = await storage.put("a/b.png", data, media_type="image/png")
    assert (stored.size, stored.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert await storage.read("a/b.png") == data
    chunks = [chunk async for chunk in storage.get("a/b.png")]
    assert b"".join(chunks) == data
    assert all(0 < len(chunk) <= 256 * 1024 for chunk in chunks)


async def test_a_large_object_is_streamed_both_ways(storage: Storage) -> None:
    expected = hashlib.sha256()
    async for piece in pieces(20):
        expected.update(piece)
    stored = await storage.put("large", pieces(20), media_type="application/octet-stream")
    assert (stored.size, stored.sha256) == (20 * MIB, expected.hexdigest())
    read = hashlib.sha256()
    async for chunk in storage.get("large"):
        read.update(chunk)
    assert read.hexdigest() == expected.hexdigest()


@pytest.mark.parametrize("storage", ["local"], indirect=True)  # the S3 server runs in this process and would be measured too
async def test_memory_does_not_grow_with_the_object(storage: Storage) -> None:
    tracemalloc.start()
    try:
        await storage.put("large", pieces(48), media_type="application/octet-stream")
        async for _ in storage.get("large"):
            pass
        assert tracemalloc.get_traced_memory()[1] < 12 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("count", [1, 20])  # within one part, and within several
async def test_an_aborted_put_leaves_nothing(storage: Storage, count: int) -> None:
    with pytest.raises(Left):
        await storage.put("gone", broken_off(count), media_type="image/png")
    assert not await storage.exists("gone")
    assert await keys(storage) == []


async def test_an_aborted_put_leaves_what_was_there_before(storage: Storage) -> None:
    await storage.put("kept", b"before", media_type="text/plain")
    with pytest.raises(Left):
        await storage.put("kept", broken_off(2), media_type="text/plain")
    assert await storage.read("kept") == b"before"


async def test_a_cancelled_put_leaves_nothing(storage: Storage) -> None:
    under_way = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        async for piece in pieces(10):
            yield piece
        under_way.set()
        await asyncio.sleep(60)

    put = asyncio.create_task(storage.put("gone", endless(), media_type="image/png"))
    await under_way.wait()
    put.cancel()
    with pytest.raises(asyncio.CancelledError):
        await put
    assert await keys(storage) == []


async def test_a_put_replaces_what_was_there(storage: Storage) -> None:
    await storage.put("key", b"first, and longer", media_type="text/plain")
    await storage.put("key", b"second", media_type="text/plain")
    assert await storage.read("key") == b"second"


async def test_an_unknown_key_is_not_found(storage: Storage) -> None:
    assert not await storage.exists("none")
    for call in (storage.read, storage.stat):
        with pytest.raises(ObjectNotFound, match="none"):
            await call("none")
    with pytest.raises(ObjectNotFound, match="none"):
        async for _ in storage.get("none"):
            pass


async def test_stat_tells_size_and_time(storage: Storage) -> None:
    await storage.put("key", b"12345", media_type="text/plain")
    found = await storage.stat("key")
    assert found.size == 5
    assert abs(found.modified - datetime.now(UTC)) < timedelta(seconds=30)


async def test_deleting_is_complete_and_may_be_repeated(storage: Storage) -> None:
    await storage.put("a/b/c", b"x", media_type="text/plain")
    await storage.put("a/d", b"x", media_type="text/plain")
    for _ in range(2):
        await storage.delete("a/b/c")
    assert await keys(storage) == ["a/d"]


async def test_deleting_by_prefix_takes_all_below_and_nothing_beside(storage: Storage) -> None:
    for key in ("jobs/1/memo/a", "jobs/1/memo/b/c", "jobs/1/out.png", "jobs/12/out.png", "jobs/1x"):
        await storage.put(key, b"x", media_type="text/plain")
    assert await storage.delete_prefix("jobs/1/") == 3
    assert await storage.delete_prefix("jobs/1/") == 0
    assert await keys(storage) == ["jobs/12/out.png", "jobs/1x"]


async def test_lists_are_by_prefix_and_in_order(storage: Storage) -> None:
    for key in ("b/2", "a/1", "b/1/x"):
        await storage.put(key, b"x", media_type="text/plain")
    assert await keys(storage) == ["a/1", "b/1/x", "b/2"]
    assert await keys(storage, "b/") == ["b/1/x", "b/2"]
    assert await keys(storage, "none/") == []


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a/..", "a//b", "a/", ".", ".incoming/x", "a/.hidden"])
async def test_a_key_that_leads_outside_is_refused(storage: Storage, key: str) -> None:
    await refuses(storage, key)


@pytest.mark.parametrize("key", ["a\\..\\b", "a\0b", "a\nb", "n" * 256, "a/" * 500 + "b", "\ud800"])
async def test_a_key_that_not_every_storage_can_hold_is_refused(storage: Storage, key: str) -> None:
    await refuses(storage, key)


async def refuses(storage: Storage, key: str) -> None:
    for call in (storage.read, storage.stat, storage.exists, storage.delete):
        with pytest.raises(ValueError, match="storage key"):
            await call(key)
    with pytest.raises(ValueError, match="storage key"):
        await storage.put(key, b"x", media_type="text/plain")
    with pytest.raises(ValueError, match="storage key"):
        async for _ in storage.get(key):
            pass


@pytest.mark.parametrize("prefix", ["", "a", "../", "/", "a/../"])
async def test_a_prefix_that_could_reach_too_far_is_refused(storage: Storage, prefix: str) -> None:
    with pytest.raises(ValueError, match=r"prefix|storage key"):
        await storage.delete_prefix(prefix)


async def test_names_may_be_korean_and_hold_blanks(storage: Storage) -> None:
    await storage.put("jobs/몽타주 1+2=3%.png", b"x", media_type="image/png")
    assert await keys(storage) == ["jobs/몽타주 1+2=3%.png"]
    assert await storage.read("jobs/몽타주 1+2=3%.png") == b"x"


async def test_puts_at_once_do_not_mix(storage: Storage) -> None:
    async def put(number: int) -> None:
        await storage.put("same", pieces(2, 1000 + number), media_type="text/plain")
        await storage.put(f"own/{number}", b"%d" % number, media_type="text/plain")

    await asyncio.gather(*(put(number) for number in range(12)))
    size = len(await storage.read("same"))
    assert size in {2 * (1000 + number) for number in range(12)}
    assert [await storage.read(f"own/{number}") for number in range(12)] == [b"%d" % number for number in range(12)]


async def test_puts_and_deletes_at_once_lose_nothing(storage: Storage) -> None:
    async def put_and_delete(number: int) -> None:
        for _ in range(5):
            await storage.put(f"dir/{number}", b"x", media_type="text/plain")
            await storage.delete(f"dir/{number}")
        await storage.put(f"dir/{number}", b"x", media_type="text/plain")

    await asyncio.gather(*(put_and_delete(number) for number in range(4)))
    assert await keys(storage, "dir/") == [f"dir/{number}" for number in range(4)]


async def test_a_storage_that_works_passes_its_check_and_stays_empty(storage: Storage) -> None:
    await storage.check()
    assert await keys(storage) == []
