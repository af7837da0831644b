from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.orchestrator.history import FileOrigin, History, JobState, LeaseLost, NewFile


def made(name: str, sha256: str, key: str) -> NewFile:
    return NewFile(name=name, media_type="image/png", size=1, sha256=sha256, storage_key=key, origin=FileOrigin.ARTIFACT)


@pytest.fixture
async def job(history: History, new_job) -> str:
    return (await history.jobs.create(new_job()))[0].id


async def test_one_of_many_workers_gets_the_lease(history: History, database_url: str, job: str) -> None:
    other = History.open(database_url)
    takers = [(history, other)[number % 2].leases.take(job, owner=f"worker-{number}", ttl=60) for number in range(20)]
    leases = [lease for lease in await asyncio.gather(*takers) if lease]
    await other.close()
    assert len(leases) == 1
    record = await history.jobs.get(job)
    assert (record.state, record.lease_owner) == (JobState.RUNNING, leases[0].owner)
    assert leases[0].fencing_token == 1


async def test_one_of_many_workers_takes_over_an_expired_lease(history: History, job: str) -> None:
    await history.leases.take(job, owner="dead", ttl=-1)
    leases = [lease for lease in await asyncio.gather(*(history.leases.take(job, owner=f"w{n}", ttl=60) for n in range(10))) if lease]
    assert [(lease.fencing_token, lease.recoveries) for lease in leases] == [(2, 1)]


async def test_a_lease_expires_by_itself_and_heartbeats_renew_it(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=0.4)
    await history.leases.heartbeat(lease, ttl=60)
    await asyncio.sleep(0.45)
    assert await history.leases.take(job, owner="b", ttl=60) is None
    await history.leases.heartbeat(lease, ttl=0.05)
    await asyncio.sleep(0.1)
    assert await history.leases.take(job, owner="b", ttl=60)


async def test_a_lease_lasts_its_seconds_by_the_databases_clock(history: History, job: str) -> None:
    await history.leases.take(job, owner="a", ttl=90)
    expires = (await history.jobs.get(job)).lease_expires
    assert abs(expires - datetime.now(UTC) - timedelta(seconds=90)) < timedelta(seconds=10)


async def test_who_lost_the_lease_can_write_no_more(history: History, job: str) -> None:
    stale = await history.leases.take(job, owner="same-name", ttl=-1)
    assert await history.leases.take(job, owner="same-name", ttl=60)
    attempts = [
        history.leases.heartbeat(stale, ttl=60, progress=b"stale"),
        history.leases.finish(stale, JobState.FAILED, error=b"stale"),
        history.leases.release(stale),
        history.artifacts.put(stale, made("a.png", "aa" * 32, "k/a"), b"stale"),
    ]
    for attempt in attempts:
        with pytest.raises(LeaseLost):
            await attempt
    record = await history.jobs.get(job)
    assert (record.state, record.progress, record.error) == (JobState.RUNNING, None, None)
    assert await history.artifacts.list(job) == []


async def test_a_late_worker_goes_on_when_nobody_took_over(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="late", ttl=-1)
    await history.leases.heartbeat(lease, ttl=60)
    assert await history.leases.take(job, owner="other", ttl=60) is None


async def test_an_ended_or_unknown_job_gives_no_lease(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=60)
    ended = await history.leases.finish(lease, JobState.SUCCEEDED, result=b"result", last_event=3)
    assert (ended.result, ended.last_event, ended.lease_owner, ended.lease_expires) == (b"result", 3, None, None)
    assert ended.end_time >= ended.start_time >= ended.create_time
    assert await history.leases.take(job, owner="b", ttl=60) is None
    assert await history.leases.take("jb_none", owner="b", ttl=60) is None
    with pytest.raises(LeaseLost):
        await history.leases.finish(lease, JobState.FAILED)


async def test_a_job_ends_in_a_terminal_state_alone(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=60)
    with pytest.raises(ValueError, match="QUEUED"):
        await history.leases.finish(lease, JobState.QUEUED)


async def test_progress_is_kept_until_the_next(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=60)
    await history.leases.heartbeat(lease, ttl=60, progress=b"one", last_event=2)
    await history.leases.heartbeat(lease, ttl=60)
    record = await history.jobs.get(job)
    assert (record.progress, record.last_event) == (b"one", 2)


async def test_a_released_job_is_taken_again_at_once_and_is_no_recovery(history: History, job: str) -> None:
    first = await history.leases.take(job, owner="a", ttl=60)
    started = (await history.jobs.get(job)).start_time
    assert (await history.leases.release(first)).state == JobState.QUEUED
    assert await history.wakeups.due(queued_after=60) == [job]
    second = await history.leases.take(job, owner="b", ttl=60)
    assert (second.fencing_token, second.recoveries) == (2, 0)
    assert (await history.jobs.get(job)).start_time == started


async def test_releasing_a_job_that_was_to_be_cancelled_ends_it(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=60)
    await history.jobs.request_cancel(job)
    released = await history.leases.release(lease)
    assert (released.state, released.cancel_requested) == (JobState.CANCELLED, False)
    assert released.end_time is not None


async def test_a_cancelled_job_cannot_be_finished_by_a_worker_thought_dead(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=-1)
    await history.jobs.request_cancel(job)
    with pytest.raises(LeaseLost):
        await history.leases.finish(lease, JobState.SUCCEEDED)


async def test_artifacts_are_listed_in_the_order_of_first_saving(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=60)
    for name in ("c.png", "a.png", "b.png"):
        await history.artifacts.put(lease, made(name, "aa" * 32, f"k/{name}"), name.encode())
    changed = await history.artifacts.put(lease, made("c.png", "bb" * 32, "k/c2"), b"new")
    kept = await history.artifacts.list(job)
    assert [(each.name, each.position) for each in kept] == [("c.png", 1), ("a.png", 2), ("b.png", 3)]
    assert kept[0] == changed
    assert changed.record == b"new"
    assert await history.erasures.pending() == ["k/c.png"]


async def test_the_same_artifact_made_again_keeps_its_file(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=-1)
    first = await history.artifacts.put(lease, made("a.png", "aa" * 32, "k/1"), b"first")
    successor = await history.leases.take(job, owner="b", ttl=60)
    assert await history.artifacts.put(successor, made("a.png", "aa" * 32, "k/2"), b"second") == first
    assert (await history.files.get(first.file)).storage_key == "k/1"
    assert await history.erasures.pending() == ["k/2"]


async def test_wakeups_are_due_for_silent_and_abandoned_jobs(history: History, new_job, job: str) -> None:
    assert await history.wakeups.due(queued_after=60) == [], "the submitter sends the first one"
    assert await history.wakeups.due(queued_after=-1) == [job]
    assert await history.wakeups.due(queued_after=60) == []
    lease = await history.leases.take(job, owner="a", ttl=60)
    assert await history.wakeups.due(queued_after=-1) == []
    await history.leases.heartbeat(lease, ttl=-1)
    assert await history.wakeups.due(queued_after=60) == [job]
    await history.jobs.request_cancel(job)
    assert await history.wakeups.due(queued_after=-1) == []


async def test_a_wakeup_is_due_at_once_for_a_job_that_was_given_back_but_not_for_one_retried(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="a", ttl=60)
    await history.leases.release(lease)
    assert await history.wakeups.due(queued_after=60) == [job]
    await history.jobs.request_cancel(job)
    await history.jobs.retry(job)
    assert await history.wakeups.due(queued_after=60) == []


async def test_sweepers_at_once_share_the_wakeups(history: History, new_job) -> None:
    ids = {(await history.jobs.create(new_job()))[0].id for _ in range(20)}
    for job in ids:
        await history.leases.release(await history.leases.take(job, owner="a", ttl=60))
    found = [job for jobs in await asyncio.gather(*(history.wakeups.due(queued_after=60, limit=7) for _ in range(6))) for job in jobs]
    found += await history.wakeups.due(queued_after=60)
    assert len(found) == 20
    assert set(found) == ids
