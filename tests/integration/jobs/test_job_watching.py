"""Watching a job: many at once, from anywhere, over few connections."""

from __future__ import annotations

import asyncio

import pytest

from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_SUCCEEDED, JobEvent, Notice, StateChange
from services.orchestrator.history import JobState, Lease
from services.orchestrator.jobs import feed
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
