"""Redis may go away, and forget everything, at any time: no job, no deletion and no watcher is lost by it."""

from __future__ import annotations

import asyncio

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1.job_pb2 import JobEvent
from services.orchestrator.history import JobState
from tests.integration.jobs.conftest import Orchestrator, RedisServer
from tests.integration.jobs.test_job_running import state_of, wait_for


async def watched(orchestrator: Orchestrator, job: str, after: int = 0) -> list[JobEvent]:
    """All that a watcher is told until the end."""
    return [event async for event in orchestrator.watcher.watch(job, after) if event is not None]


async def test_a_case_is_accepted_while_redis_is_away_and_its_wakeup_is_sent_later(
    fragile_orchestrator: Orchestrator, own_redis: RedisServer
) -> None:
    orchestrator = fragile_orchestrator
    own_redis.stop()
    async with asyncio.timeout(3):
        job = await orchestrator.submit()
    assert job.state is JobState.QUEUED
    own_redis.start()
    await asyncio.sleep(orchestrator.settings.requeue_seconds + 0.1)
    assert await orchestrator.sweeper().wake_forgotten() == 1
    assert await orchestrator.redis.llen("dasibom-jobs") == 1


async def test_a_running_job_goes_on_without_redis_and_its_watcher_hears_of_the_end(
    fragile_orchestrator: Orchestrator, own_redis: RedisServer
) -> None:
    orchestrator = fragile_orchestrator
    job = await orchestrator.submit()
    reached, release = asyncio.Event(), asyncio.Event()

    async def hold_at_montage(rpc: str) -> None:
        if rpc == "Generate":
            reached.set()
            await release.wait()

    orchestrator.models.before = hold_at_montage
    watching = asyncio.create_task(watched(orchestrator, job.id))
    run = asyncio.create_task(orchestrator.runner().run(job.id))
    await asyncio.wait_for(reached.wait(), 20)
    own_redis.stop()
    release.set()
    await asyncio.wait_for(run, 20)
    assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED
    told = await asyncio.wait_for(watching, 20)
    assert told[-1].state_change.state == job_pb2.JOB_STATE_SUCCEEDED
    assert [event.number for event in told] == sorted({event.number for event in told})


async def test_numbers_go_on_after_redis_has_forgotten_everything(fragile_orchestrator: Orchestrator, own_redis: RedisServer) -> None:
    orchestrator = fragile_orchestrator
    job = await orchestrator.submit()
    reached, release = asyncio.Event(), asyncio.Event()

    async def hold_at_montage(rpc: str) -> None:
        if rpc == "Generate":
            reached.set()
            await release.wait()

    orchestrator.models.before = hold_at_montage
    watching = asyncio.create_task(watched(orchestrator, job.id))
    run = asyncio.create_task(orchestrator.runner().run(job.id))
    await asyncio.wait_for(reached.wait(), 20)
    before = (await orchestrator.told(job.id))[-1].number
    own_redis.stop()
    own_redis.start()
    release.set()
    await asyncio.wait_for(run, 20)
    after = await orchestrator.told(job.id)
    assert after[0].number == before + 1
    told = await asyncio.wait_for(watching, 20)
    assert [event.number for event in told] == list(range(1, len(told) + 1))
    assert told[-1].state_change.state == job_pb2.JOB_STATE_SUCCEEDED


async def test_the_terminal_event_is_made_from_the_database_when_redis_has_lost_it(
    fragile_orchestrator: Orchestrator, own_redis: RedisServer
) -> None:
    orchestrator = fragile_orchestrator
    job = await orchestrator.submit()
    await orchestrator.runner().run(job.id)
    whole = await watched(orchestrator, job.id)
    own_redis.stop()
    for after in (0, 2, whole[-1].number, whole[-1].number + 1000):
        (only,) = await asyncio.wait_for(watched(orchestrator, job.id, after), 10)
        assert only.state_change == whole[-1].state_change
        assert only.number == whole[-1].number


async def test_a_job_is_cancelled_while_redis_is_away(fragile_orchestrator: Orchestrator, own_redis: RedisServer) -> None:
    orchestrator = fragile_orchestrator
    job = await orchestrator.submit()
    own_redis.stop()
    cancelled, _ = await orchestrator.history.jobs.request_cancel(job.id)
    await orchestrator.submitter.announce_state(cancelled)
    told = await asyncio.wait_for(watched(orchestrator, job.id), 10)
    assert told[-1].state_change.state == job_pb2.JOB_STATE_CANCELLED


async def test_a_job_deleted_while_redis_is_away_is_erased_from_it_later(
    fragile_orchestrator: Orchestrator, own_redis: RedisServer
) -> None:
    orchestrator = fragile_orchestrator
    job = await orchestrator.submit()
    await orchestrator.runner().run(job.id)
    own_redis.stop()
    await orchestrator.eraser.delete_job(job.id, actor="tester")
    own_redis.start()
    # What a Redis that keeps its data on disk would still have.
    await orchestrator.events.append(JobEvent(job=job.id))

    async def all_erased() -> bool:
        await orchestrator.sweeper().tidy()
        keys = [key async for key in orchestrator.redis.scan_iter(match="*") if job.id.encode() in key]
        return not keys and [key async for key in orchestrator.storage.list("")] == []

    await wait_for(all_erased)
