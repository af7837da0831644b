"""Watching a job: many at once, from anywhere, over few connections."""

from __future__ import annotations

import asyncio

import pytest

from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_FAILED, JOB_STATE_SUCCEEDED, JobEvent, Notice, StateChange
from services.orchestrator.history import JobNotFound, JobState, Lease
from services.orchestrator.jobs import feed
from services.orchestrator.jobs.events import Fenced
from tests.integration.jobs.conftest import Orchestrator


async def running_job(orchestrator: Orchestrator) -> Lease:
    """A job that this test works on."""
    job = await orchestrator.submit()
    lease = await orchestrator.history.leases.take(job.id, owner="test", ttl=60)
    assert lease is not None
    return lease


async def tell(orchestrator: Orchestrator, lease: Lease, count: int) -> None:
    """Append notices."""
    for _ in range(count):
        await orchestrator.events.append(JobEvent(job=lease.job, notice=Notice(reason="TEST")), fence=lease.fencing_token)


async def end(orchestrator: Orchestrator, lease: Lease) -> None:
    """End the job."""
    await orchestrator.history.leases.finish(lease, JobState.SUCCEEDED)
    change = StateChange(state=JOB_STATE_SUCCEEDED, attempt=1)
    await orchestrator.events.append(JobEvent(job=lease.job, state_change=change), fence=lease.fencing_token)


async def numbers(orchestrator: Orchestrator, job: str, after: int) -> list[int]:
    """Numbers of all events that a watcher sees until the end."""
    return [event.number async for event in orchestrator.watcher.watch(job, after) if event is not None]


async def waiting_readers(orchestrator: Orchestrator) -> int:
    """Connections that wait in Redis for events."""
    return sum(client["cmd"] == "xread" and "b" in client["flags"] for client in await orchestrator.redis.client_list())


async def test_more_watchers_than_connections_each_see_every_event_in_order(orchestrator: Orchestrator) -> None:
    lease = await running_job(orchestrator)  # event 1 says QUEUED
    watchers = [asyncio.create_task(numbers(orchestrator, lease.job, 0)) for _ in range(150)]
    await asyncio.sleep(0.3)
    assert await waiting_readers(orchestrator) == 1
    await tell(orchestrator, lease, 50)
    await end(orchestrator, lease)
    async with asyncio.timeout(20):
        assert all(seen == list(range(1, 53)) for seen in await asyncio.gather(*watchers))


async def test_watchers_who_come_late_or_resume_see_the_rest_without_a_gap(
    orchestrator: Orchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_KEPT", 5)
    lease = await running_job(orchestrator)
    first = asyncio.create_task(numbers(orchestrator, lease.job, 0))
    await tell(orchestrator, lease, 30)
    late = [asyncio.create_task(numbers(orchestrator, lease.job, after)) for after in (0, 3, 28, 31)]
    await asyncio.sleep(0.2)
    await tell(orchestrator, lease, 30)
    await end(orchestrator, lease)
    async with asyncio.timeout(20):
        assert await first == list(range(1, 63))
        assert [await watcher for watcher in late] == [list(range(after + 1, 63)) for after in (0, 3, 28, 31)]


async def test_reading_stops_with_the_last_watcher(orchestrator: Orchestrator) -> None:
    lease = await running_job(orchestrator)
    watchers = [asyncio.create_task(numbers(orchestrator, lease.job, 0)) for _ in range(3)]
    await asyncio.sleep(0.2)
    for watcher in watchers[:2]:
        watcher.cancel()
    await asyncio.sleep(0.1)
    assert await waiting_readers(orchestrator) == 1
    watchers[2].cancel()
    async with asyncio.timeout(5):
        while await waiting_readers(orchestrator):
            await asyncio.sleep(0.02)


async def test_one_watcher_who_asks_for_the_future_delays_nobody(orchestrator: Orchestrator) -> None:
    lease = await running_job(orchestrator)
    early = asyncio.create_task(numbers(orchestrator, lease.job, 1000))
    await asyncio.sleep(0.2)
    seen: asyncio.Queue[int] = asyncio.Queue()

    async def watch() -> None:
        async for event in orchestrator.watcher.watch(lease.job, 0):
            if event is not None:
                seen.put_nowait(event.number)

    other = asyncio.create_task(watch())
    assert await asyncio.wait_for(seen.get(), 1) == 1
    for number in (2, 3, 4):
        await asyncio.sleep(0.05)
        await tell(orchestrator, lease, 1)
        assert await asyncio.wait_for(seen.get(), 1) == number
    await end(orchestrator, lease)
    await asyncio.wait_for(other, 5)
    assert len(await asyncio.wait_for(early, 10)) == 1, "the terminal event, whatever its number"


async def test_a_watcher_of_a_job_that_is_deleted_hears_that_there_is_none(orchestrator: Orchestrator) -> None:
    lease = await running_job(orchestrator)
    watching = asyncio.create_task(numbers(orchestrator, lease.job, 0))
    await asyncio.sleep(0.2)
    await orchestrator.history.leases.finish(lease, JobState.FAILED)
    await orchestrator.eraser.delete_job(lease.job, actor="tester")
    with pytest.raises(JobNotFound):
        await asyncio.wait_for(watching, 10)


async def test_a_watch_goes_on_over_a_retry_and_ends_with_the_latest_attempt(orchestrator: Orchestrator) -> None:
    first = await running_job(orchestrator)
    await orchestrator.history.leases.finish(first, JobState.FAILED)
    failed = StateChange(state=JOB_STATE_FAILED, attempt=1)
    await orchestrator.events.append(JobEvent(job=first.job, state_change=failed), fence=first.fencing_token)
    await orchestrator.submitter.announce(await orchestrator.history.jobs.retry(first.job))
    watching = asyncio.create_task(numbers(orchestrator, first.job, 0))
    second = await orchestrator.history.leases.take(first.job, owner="other", ttl=60)
    assert second is not None
    await asyncio.sleep(0.2)
    assert not watching.done()
    await orchestrator.history.leases.finish(second, JobState.SUCCEEDED)
    change = StateChange(state=JOB_STATE_SUCCEEDED, attempt=2)
    await orchestrator.events.append(JobEvent(job=first.job, state_change=change), fence=second.fencing_token)
    assert await asyncio.wait_for(watching, 5) == [1, 2, 3, 4]


async def test_numbers_are_given_without_a_gap_to_writers_at_once_and_never_below_what_the_database_knows(
    orchestrator: Orchestrator,
) -> None:
    given = await asyncio.gather(*(orchestrator.events.append(JobEvent(job="jb_a"), fence=2) for _ in range(50)))
    assert sorted(given) == list(range(1, 51))
    with pytest.raises(Fenced):
        await orchestrator.events.append(JobEvent(job="jb_a"), fence=1)
    assert await orchestrator.events.append(JobEvent(job="jb_a")) == 51, "the API holds no lease"
    await orchestrator.redis.flushdb()
    assert await orchestrator.events.append(JobEvent(job="jb_a"), fence=2, floor=51) == 52
    assert [event.number for event in await orchestrator.events.read("jb_a", 0)] == [52]
    assert await orchestrator.events.append(JobEvent(job="jb_a"), fence=2, floor=3) == 53
    await orchestrator.events.delete("jb_a")
    assert await orchestrator.events.read("jb_a", 0) == []
    assert await orchestrator.events.latest("jb_a") == 0
