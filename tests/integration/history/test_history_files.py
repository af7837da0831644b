from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.orchestrator.history import FileNotFound, FileOrigin, History, JobState, NewFile


def new_file(key: str, origin: FileOrigin = FileOrigin.UPLOAD) -> NewFile:
    return NewFile(
        name="길거리.png", media_type="image/png", size=2**33, sha256="cd" * 32, width=640, height=480, storage_key=key, origin=origin
    )


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


async def test_a_file_is_read_as_it_was_written(history: History) -> None:
    new = new_file("k/1")
    added = await history.files.add(new)
    assert added == await history.files.get(new.id)
    assert (added.name, added.size, added.width, added.height, added.origin) == ("길거리.png", 2**33, 640, 480, FileOrigin.UPLOAD)
    assert abs(added.create_time - datetime.now(UTC)) < timedelta(seconds=10)


async def test_an_unknown_file_is_not_found(history: History) -> None:
    with pytest.raises(FileNotFound, match="fl_none"):
        await history.files.get("fl_none")


async def test_a_jobs_inputs_are_known(history: History, new_job) -> None:
    files = [await history.files.add(new_file(f"k/{number}")) for number in range(2)]
    job, _ = await history.jobs.create(new_job(inputs=(files[1].id, files[0].id, files[1].id)))
    assert {file.id for file in await history.files.inputs(job.id)} == {file.id for file in files}


async def test_uploads_that_no_job_uses_are_erased_in_time(history: History, new_job) -> None:
    used = await history.files.add(new_file("k/used"))
    unused = await history.files.add(new_file("k/unused", FileOrigin.INLINE))
    await history.jobs.create(new_job(inputs=(used.id,)))
    assert await history.files.erase_unused_uploads(soon() - timedelta(hours=1)) == []
    assert await history.files.erase_unused_uploads(soon()) == ["k/unused"]
    assert await history.erasures.pending() == ["k/unused"]
    assert await history.files.get(used.id)
    with pytest.raises(FileNotFound):
        await history.files.get(unused.id)


async def test_an_upload_is_either_erased_or_used_never_both(history: History, new_job) -> None:
    for number in range(5):
        file = await history.files.add(new_file(f"k/{number}"))
        submitted, erased = await asyncio.gather(
            history.jobs.create(new_job(inputs=(file.id,))), history.files.erase_unused_uploads(soon()), return_exceptions=True
        )
        if isinstance(submitted, BaseException):
            assert isinstance(submitted, FileNotFound)
            assert erased == [f"k/{number}"]
        else:
            assert erased == []
            assert await history.files.get(file.id)


async def test_an_artifact_that_another_job_works_on_outlives_its_job(history: History, new_job) -> None:
    maker, _ = await history.jobs.create(new_job())
    lease = await history.leases.take(maker.id, owner="worker", ttl=60)
    made = new_file("k/made", FileOrigin.ARTIFACT)
    await history.artifacts.put(lease, made, b"record")
    await history.leases.finish(lease, JobState.SUCCEEDED)
    user, _ = await history.jobs.create(new_job(inputs=(made.id,)))

    assert await history.jobs.delete(maker.id, actor="me") == []
    assert await history.files.get(made.id)

    await history.jobs.request_cancel(user.id)
    assert await history.jobs.delete(user.id, actor="me") == ["k/made"]
