"""A job passes from one worker to another: at shutdowns, in outages, after a retry or a deletion."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from sqlalchemy import make_url

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1.job_pb2 import JobProgress
from services.common.errors import FailedPrecondition
from services.orchestrator.history import DatabaseUnavailable, JobState, Lease
from services.orchestrator.jobs import sweep
from tests.integration.jobs.conftest import Orchestrator
from tests.integration.jobs.test_job_running import hang, state_of, wait_for


async def running_at(orchestrator: Orchestrator, job: str, step: str) -> None:
    """Return once a job has begun a step."""

    async def begun() -> bool:
        return any(event.progress.step == step for event in await orchestrator.told(job))

    await wait_for(begun)


async def test_a_worker_told_to_stop_at_any_moment_gives_its_job_back_and_is_done_with_it(orchestrator: Orchestrator) -> None:
    for seed, turns in enumerate((0, 1, 5, 20, 60, 120, 250)):
        job = await orchestrator.submit(seed=seed)
        worker = orchestrator.runner()
        run = asyncio.create_task(worker.run(job.id))
        for _ in range(turns):
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)
        await worker.drain()
        assert run.done(), "nothing of the job runs on once drain has returned"
        await run
        assert await state_of(orchestrator, job.id) in {JobState.QUEUED, JobState.SUCCEEDED}
        await orchestrator.runner().run(job.id)
        assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED


async def test_work_stops_when_the_lease_runs_out_while_a_heartbeat_hangs(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    orchestrator.models.before = hang
    run = asyncio.create_task(orchestrator.runner().run(job.id))
    await running_at(orchestrator, job.id, "describe")
    # Every write waits for this one, half a minute long.
    database = sqlite3.connect(make_url(orchestrator.settings.database_url).database or "", isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        async with asyncio.timeout(orchestrator.settings.lease_seconds + 3):
            while not orchestrator.models.cancelled:
                await asyncio.sleep(0.02)
    finally:
        database.execute("ROLLBACK")
        database.close()
    await asyncio.wait_for(run, 10)
    orchestrator.models.before = None
    await asyncio.sleep(orchestrator.settings.lease_seconds + 0.2)
    await orchestrator.runner().run(job.id)
    assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED


async def test_a_database_that_is_away_for_a_moment_fails_no_job(orchestrator: Orchestrator, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await orchestrator.submit()

    async def away(*_: object) -> None:
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(orchestrator.history.artifacts, "put", away)
        await orchestrator.runner().run(job.id)
    assert await state_of(orchestrator, job.id) is JobState.RUNNING
    await asyncio.sleep(orchestrator.settings.lease_seconds + 0.2)
    assert await orchestrator.sweeper().wake_forgotten() == 1
    await orchestrator.runner().run(job.id)
    assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED


async def test_the_share_that_is_finished_does_not_fall_when_another_worker_takes_over(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()

    async def hang_at_montage(rpc: str) -> None:
        if rpc == "Generate":
            await hang(rpc)

    orchestrator.models.before = hang_at_montage
    killed = asyncio.create_task(orchestrator.runner().run(job.id))
    await running_at(orchestrator, job.id, "montage")
    await asyncio.sleep(2 * orchestrator.settings.heartbeat_seconds)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    orchestrator.models.before = None
    await asyncio.sleep(orchestrator.settings.lease_seconds + 0.2)
    await orchestrator.runner().run(job.id)
    told = [event.progress.fraction for event in await orchestrator.told(job.id) if event.WhichOneof("event") == "progress"]
    assert told == sorted(told)
    record = await orchestrator.history.jobs.get(job.id)
    assert JobProgress.FromString(record.progress or b"").fraction == max(told)


async def test_a_worker_that_wakes_up_after_a_retry_changes_nothing_of_the_new_attempt(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    release = asyncio.Event()

    async def hold(rpc: str) -> None:
        if rpc == "Generate":
            await release.wait()
            raise FailedPrecondition("the old worker's failure")

    orchestrator.models.before = hold
    old = asyncio.create_task(orchestrator.runner("old", lease_seconds=60.0, heartbeat_seconds=60.0).run(job.id))
    await running_at(orchestrator, job.id, "montage")
    await orchestrator.history.leases.heartbeat(Lease(job=job.id, owner="old", fencing_token=1, recoveries=0), ttl=-1)
    cancelled, _ = await orchestrator.history.jobs.request_cancel(job.id)
    assert cancelled.state is JobState.CANCELLED
    await orchestrator.submitter.announce_state(cancelled)
    await orchestrator.submitter.announce(await orchestrator.history.jobs.retry(job.id))
    orchestrator.models.before = None
    await orchestrator.runner("new").run(job.id)
    told = await orchestrator.told(job.id)
    release.set()
    await asyncio.wait_for(asyncio.gather(old, return_exceptions=True), 10)
    assert await orchestrator.told(job.id) == told
    record = await orchestrator.history.jobs.get(job.id)
    assert (record.state, record.attempt) == (JobState.SUCCEEDED, 2)
    assert {event.state_change.attempt for event in told if event.state_change.state == job_pb2.JOB_STATE_SUCCEEDED} == {2}


async def test_a_worker_that_wakes_up_after_its_job_was_deleted_leaves_nothing_behind(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    release = asyncio.Event()

    async def hold(rpc: str) -> None:
        if rpc == "Generate":
            await release.wait()

    orchestrator.models.before = hold
    old = asyncio.create_task(orchestrator.runner("old", lease_seconds=60.0, heartbeat_seconds=60.0).run(job.id))
    await running_at(orchestrator, job.id, "montage")
    await orchestrator.history.leases.heartbeat(Lease(job=job.id, owner="old", fencing_token=1, recoveries=0), ttl=-1)
    await orchestrator.history.jobs.request_cancel(job.id)
    await orchestrator.eraser.delete_job(job.id, actor="tester")
    release.set()
    await asyncio.wait_for(old, 10)
    assert [key async for key in orchestrator.storage.list("")] == []
    assert [key async for key in orchestrator.redis.scan_iter(match="*") if job.id.encode() in key or b"cache" in key] == []


async def test_a_job_is_announced_before_any_worker_can_take_it(orchestrator: Orchestrator) -> None:
    # On a busy machine five submissions take longer than the fixture's patience with a QUEUED job.
    orchestrator.settings = orchestrator.settings.model_copy(update={"requeue_seconds": 30.0})
    sweeper, stop = orchestrator.sweeper(), asyncio.Event()

    async def sweep_and_run() -> None:
        while not stop.is_set():
            if await sweeper.wake_forgotten():
                stop.set()

    sweeping = asyncio.create_task(sweep_and_run())
    for seed in range(5):
        await orchestrator.submit(seed=seed)
    assert not stop.is_set(), "a job just submitted has a wake-up on its way"
    stop.set()
    await sweeping


async def test_wakeups_do_not_pile_up_while_all_workers_are_busy(orchestrator: Orchestrator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_MOST_WAITING", 5)
    for seed in range(3):
        await orchestrator.submit(seed=seed)
    for _ in range(4):
        await asyncio.sleep(orchestrator.settings.requeue_seconds + 0.05)
        await orchestrator.sweeper().wake_forgotten()
    assert await orchestrator.redis.llen("dasibom-jobs") == 5


async def test_a_sweeper_outlives_whatever_goes_wrong_in_a_round(orchestrator: Orchestrator, monkeypatch: pytest.MonkeyPatch) -> None:
    orchestrator.settings = orchestrator.settings.model_copy(update={"sweep_seconds": 0.05})

    async def broken(**_: object) -> None:
        raise RuntimeError("nobody has thought of this")

    job = await orchestrator.submit()
    await orchestrator.redis.delete("dasibom-jobs")
    with monkeypatch.context() as patch:
        patch.setattr(orchestrator.history.wakeups, "due", broken)
        sweeping = asyncio.create_task(orchestrator.sweeper().run())
        await asyncio.sleep(orchestrator.settings.requeue_seconds)

    async def woken() -> bool:
        return bool(await orchestrator.redis.llen("dasibom-jobs"))

    await wait_for(woken)
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    assert await state_of(orchestrator, job.id) is JobState.QUEUED
