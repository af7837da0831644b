from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.orchestrator.history import (
    BadPageToken,
    FileNotFound,
    FileOrigin,
    History,
    JobFilter,
    JobNotFound,
    JobState,
    NewFile,
    RequestIdReused,
    UnstorableText,
    WrongState,
)

UUID = "7f1b7d6e-3c41-4b0e-9f0c-6d3c6c7f0a11"


def upload(key: str) -> NewFile:
    return NewFile(name="a.png", media_type="image/png", size=3, sha256="cd" * 32, storage_key=key, origin=FileOrigin.UPLOAD)


async def fail(history: History, job: str) -> None:
    lease = await history.leases.take(job, owner="worker", ttl=60)
    assert lease
    await history.leases.finish(lease, JobState.FAILED, error=b"why")


async def test_a_job_is_read_as_it_was_written(history: History, new_job) -> None:
    new = new_job(
        labels={"missing_case": "1024", "따옴표\"'": "값=값"},
        display_name="실종 1024",
        seed=2**32 - 1,
        models={"vqa": "vision"},
        request_id=UUID,
    )
    job, created = await history.jobs.create(new)
    assert created
    assert job == await history.jobs.get(new.id)
    assert (job.labels, job.display_name, job.seed, job.models) == (new.labels, new.display_name, new.seed, new.models)
    assert (job.request, job.request_type, job.request_id) == (new.request, new.request_type, UUID)
    assert (job.state, job.attempt, job.last_event, job.recoveries) == (JobState.QUEUED, 1, 0, 0)
    assert (job.start_time, job.end_time, job.result, job.error, job.progress) == (None,) * 5
    assert abs(job.create_time - datetime.now(UTC)) < timedelta(seconds=10)


async def test_an_unknown_job_is_not_found(history: History) -> None:
    for call in (history.jobs.get, history.jobs.request_cancel, history.jobs.retry):
        with pytest.raises(JobNotFound, match="jb_none"):
            await call("jb_none")
    with pytest.raises(JobNotFound):
        await history.jobs.delete("jb_none", actor="me")


async def test_text_that_postgresql_cannot_store_is_refused_on_both(history: History, new_job) -> None:
    for changes in ({"display_name": "a\0b"}, {"labels": {"a": "b\0"}}):
        new = new_job(**changes)
        with pytest.raises(UnstorableText, match=r"U\+0000"):
            await history.jobs.create(new)
        with pytest.raises(JobNotFound):
            await history.jobs.get(new.id)
    with pytest.raises(UnstorableText):
        await history.jobs.get("jb_\0")


async def test_the_same_request_id_returns_the_same_job(history: History, new_job) -> None:
    first, _ = await history.jobs.create(new_job(request_id=UUID))
    again, created = await history.jobs.create(new_job(request_id=UUID))
    assert (again.id, created) == (first.id, False)
    assert await history.jobs.submitted(UUID, first.request_sha256) == first
    assert await history.jobs.submitted("another", first.request_sha256) is None


async def test_a_request_id_with_other_content_is_refused(history: History, new_job) -> None:
    first, _ = await history.jobs.create(new_job(request_id=UUID))
    with pytest.raises(RequestIdReused, match=first.id):
        await history.jobs.create(new_job(request_id=UUID, request_sha256="00" * 32))
    with pytest.raises(RequestIdReused, match=first.id):
        await history.jobs.submitted(UUID, "00" * 32)


async def test_submissions_with_one_request_id_at_once_make_one_job(history: History, new_job) -> None:
    outcomes = await asyncio.gather(*(history.jobs.create(new_job(request_id=UUID, labels={"a": "b"})) for _ in range(12)))
    assert len({job.id for job, _ in outcomes}) == 1
    assert sum(created for _, created in outcomes) == 1
    assert len((await history.jobs.list(JobFilter(), page_size=50))[0]) == 1


async def test_a_job_with_an_unknown_input_is_refused_and_leaves_nothing(history: History, new_job) -> None:
    new = new_job(inputs=("fl_none",), labels={"a": "b"})
    with pytest.raises(FileNotFound, match="fl_none"):
        await history.jobs.create(new)
    assert await history.jobs.list(JobFilter(), page_size=1) == ([], "")


async def test_pages_show_every_job_once_newest_first(history: History, new_job) -> None:
    ids = [(await history.jobs.create(new_job()))[0].id for _ in range(7)]
    seen, token = [], ""
    for size in (3, 3, 1):
        page, token = await history.jobs.list(JobFilter(), page_size=size, page_token=token)
        seen += page
    assert token == ""
    assert sorted(job.id for job in seen) == sorted(ids)
    assert [(job.create_time, job.id) for job in seen] == sorted(((job.create_time, job.id) for job in seen), reverse=True)


async def test_jobs_submitted_between_pages_do_not_shift_them(history: History, new_job) -> None:
    ids = {(await history.jobs.create(new_job()))[0].id for _ in range(4)}
    first, token = await history.jobs.list(JobFilter(), page_size=2)
    await asyncio.sleep(0.002)
    await history.jobs.create(new_job())
    second, _ = await history.jobs.list(JobFilter(), page_size=2, page_token=token)
    assert {job.id for job in [*first, *second]} == ids


async def test_filters_select_by_state_kind_label_and_time(history: History, new_job) -> None:
    plain, _ = await history.jobs.create(new_job(kind=1))
    await asyncio.sleep(0.005)
    labelled, _ = await history.jobs.create(new_job(kind=2, labels={"team": "a", "case": "9"}))
    other, _ = await history.jobs.create(new_job(kind=3, labels={"team": "b"}))
    await history.jobs.request_cancel(other.id)

    async def found(**filters: object) -> set[str]:
        return {job.id for job in (await history.jobs.list(JobFilter(**filters), page_size=10))[0]}

    assert await found(states=frozenset({JobState.CANCELLED})) == {other.id}
    assert await found(states=frozenset({JobState.QUEUED}), kinds=frozenset({2, 3})) == {labelled.id}
    assert await found(label=("team", "a")) == {labelled.id}
    assert await found(label=("team", "")) == set()
    assert await found(created_before=labelled.create_time) == {plain.id}
    assert await found(created_after=labelled.create_time) == {labelled.id, other.id}


@pytest.mark.parametrize("token", ["x", "!!!", "bm90IGpzb24", "WzEsMiwzXQ", "WyIyMDI2IiwgImpiIiwgIngiXQ", "한국", "eyJhIjoxfQ", "bnVsbA"])
async def test_a_token_that_was_never_given_is_refused(history: History, token: str) -> None:
    with pytest.raises(BadPageToken):
        await history.jobs.list(JobFilter(), page_size=1, page_token=token)


async def test_a_token_does_not_fit_other_filters(history: History, new_job) -> None:
    for _ in range(2):
        await history.jobs.create(new_job())
    _, token = await history.jobs.list(JobFilter(), page_size=1)
    with pytest.raises(BadPageToken, match="other filters"):
        await history.jobs.list(JobFilter(kinds=frozenset({1})), page_size=1, page_token=token)


async def test_cancelling_a_queued_job_ends_it(history: History, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    cancelled, ended_now = await history.jobs.request_cancel(job.id)
    assert (cancelled.state, ended_now) == (JobState.CANCELLED, True)
    assert cancelled.end_time is not None
    assert await history.leases.take(job.id, owner="worker", ttl=60) is None


async def test_cancelling_a_running_job_reaches_its_worker(history: History, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    lease = await history.leases.take(job.id, owner="worker", ttl=60)
    asked, ended_now = await history.jobs.request_cancel(job.id)
    assert (asked.state, asked.cancel_requested, ended_now) == (JobState.RUNNING, True, False)
    assert (await history.leases.heartbeat(lease, ttl=60)).cancel_requested
    ended = await history.leases.finish(lease, JobState.CANCELLED)
    assert (ended.state, ended.cancel_requested) == (JobState.CANCELLED, False)
    assert await history.jobs.request_cancel(job.id) == (ended, False)


async def test_cancelling_a_job_whose_worker_vanished_ends_it(history: History, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    await history.leases.take(job.id, owner="worker", ttl=-1)
    cancelled, ended_now = await history.jobs.request_cancel(job.id)
    assert (cancelled.state, ended_now) == (JobState.CANCELLED, True)


async def test_a_failed_job_starts_afresh_on_retry(history: History, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    lease = await history.leases.take(job.id, owner="worker", ttl=60)
    await history.leases.heartbeat(lease, ttl=60, progress=b"half", last_event=9)
    made = NewFile(name="a.png", media_type="image/png", size=1, sha256="ee" * 32, storage_key="k/made", origin=FileOrigin.ARTIFACT)
    await history.artifacts.put(lease, made, b"record")
    await history.leases.finish(lease, JobState.FAILED, error=b"why", last_event=10)
    again = await history.jobs.retry(job.id)
    assert (again.state, again.attempt, again.last_event) == (JobState.QUEUED, 2, 10)
    assert (again.error, again.progress, again.end_time) == (None, None, None)
    assert await history.artifacts.list(job.id) == []
    assert await history.erasures.pending() == ["k/made"]
    assert await history.leases.take(job.id, owner="worker", ttl=60)


async def test_only_failed_and_cancelled_jobs_are_retried(history: History, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    with pytest.raises(WrongState, match="QUEUED"):
        await history.jobs.retry(job.id)
    lease = await history.leases.take(job.id, owner="worker", ttl=60)
    with pytest.raises(WrongState, match="RUNNING"):
        await history.jobs.retry(job.id)
    await history.leases.finish(lease, JobState.SUCCEEDED, result=b"result")
    with pytest.raises(WrongState, match="SUCCEEDED"):
        await history.jobs.retry(job.id)


async def test_retries_at_once_start_one_attempt(history: History, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    await history.jobs.request_cancel(job.id)
    outcomes = await asyncio.gather(*(history.jobs.retry(job.id) for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert (await history.jobs.get(job.id)).attempt == 2


async def test_deleting_a_job_takes_all_but_a_record(history: History, new_job) -> None:
    own, shared = await history.files.add(upload("k/own")), await history.files.add(upload("k/shared"))
    job, _ = await history.jobs.create(new_job(inputs=(own.id, shared.id), labels={"a": "b"}))
    await history.jobs.create(new_job(inputs=(shared.id,)))
    lease = await history.leases.take(job.id, owner="worker", ttl=60)
    made = NewFile(name="m.png", media_type="image/png", size=1, sha256="ee" * 32, storage_key="k/made", origin=FileOrigin.ARTIFACT)
    await history.artifacts.put(lease, made, b"record")
    await history.leases.finish(lease, JobState.SUCCEEDED)

    keys = await history.jobs.delete(job.id, actor="operator", prefixes=["jobs/x/"])

    assert sorted(keys) == ["jobs/x/", "k/made", "k/own"]
    assert sorted(await history.erasures.pending()) == sorted(keys)
    with pytest.raises(JobNotFound):
        await history.jobs.get(job.id)
    for file in (own.id, made.id):
        with pytest.raises(FileNotFound):
            await history.files.get(file)
    assert (await history.files.get(shared.id)).storage_key == "k/shared"
    assert (await history.jobs.list(JobFilter(label=("a", "b")), page_size=9))[0] == []
    record = await history.audit.deletion(job.id)
    assert record
    assert (record.actor, record.counts) == ("operator", {"artifacts": 1, "inputs": 2, "files_erased": 2})

    await history.erasures.done(keys)
    assert await history.erasures.pending() == []


async def test_deleting_the_last_job_that_shares_an_upload_takes_it_too(history: History, new_job) -> None:
    for number in range(5):  # deletions that meet are a matter of luck
        shared = await history.files.add(upload(f"k/{number}"))
        ids = [(await history.jobs.create(new_job(inputs=(shared.id,))))[0].id for _ in range(5)]
        for job in ids:
            await history.jobs.request_cancel(job)
        outcomes = await asyncio.gather(*(history.jobs.delete(job, actor="me") for job in ids))
        assert sorted(len(keys) for keys in outcomes) == [0, 0, 0, 0, 1]


async def test_a_job_that_has_not_ended_is_not_deleted(history: History, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    with pytest.raises(WrongState, match="cancel it first"):
        await history.jobs.delete(job.id, actor="me")
    await history.leases.take(job.id, owner="worker", ttl=60)
    with pytest.raises(WrongState, match="RUNNING"):
        await history.jobs.delete(job.id, actor="me")


async def test_retention_finds_ended_jobs_alone(history: History, new_job) -> None:
    ended, _ = await history.jobs.create(new_job())
    await history.jobs.create(new_job())
    await fail(history, ended.id)
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert await history.jobs.expired(later) == [ended.id]
    assert await history.jobs.expired(later - timedelta(minutes=2)) == []


async def test_jobs_are_counted_by_state(history: History, new_job) -> None:
    ids = [(await history.jobs.create(new_job()))[0].id for _ in range(3)]
    await fail(history, ids[0])
    counts = await history.jobs.count_by_state()
    assert counts == {JobState.QUEUED: 2, JobState.RUNNING: 0, JobState.SUCCEEDED: 0, JobState.FAILED: 1, JobState.CANCELLED: 0}


async def test_the_last_event_never_falls(history: History, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    for number in (5, 3):
        await history.jobs.set_last_event(job.id, number)
    lease = await history.leases.take(job.id, owner="worker", ttl=60)
    await history.leases.heartbeat(lease, ttl=60, last_event=4)
    assert (await history.jobs.get(job.id)).last_event == 5
