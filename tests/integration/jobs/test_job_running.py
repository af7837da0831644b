"""A job's run: what happens when all goes well, and when something does not."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from google.rpc import error_details_pb2, status_pb2

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request
from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.common.errors import FailedPrecondition, InvalidRequest, Unimplemented
from services.orchestrator.history import JobFilter, JobNotFound, JobState, Lease, RequestIdReused, WrongState
from services.orchestrator.jobs.events import Fenced
from tests.integration.jobs.conftest import Orchestrator


def reason_of(error: bytes | None) -> str:
    """The reason in a stored status."""
    info = error_details_pb2.ErrorInfo()
    status = status_pb2.Status.FromString(error or b"")
    assert any(detail.Unpack(info) for detail in status.details)
    return info.reason


async def hang(rpc: str) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def state_of(orchestrator: Orchestrator, job: str) -> JobState:
    """The job's state."""
    return (await orchestrator.history.jobs.get(job)).state


async def wait_for(condition) -> None:
    """Return once an asynchronous condition holds."""
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.02)


async def test_case_1_ends_with_a_result_artifacts_and_gapless_events(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    await orchestrator.runner().run(job.id)
    record = await orchestrator.history.jobs.get(job.id)
    assert record.state is JobState.SUCCEEDED
    result = JobResult.FromString(record.result or b"")
    assert len(result.case1.montages) == 2
    assert result.case1.frames[0].enhanced
    artifacts = {artifact.name: artifact for artifact in await orchestrator.history.artifacts.list(job.id)}
    assert {"original_01.png", "enhanced_01.png", "montage_01.png", "montage_02.png", "report.html", "report.json"} <= set(artifacts)
    told = await orchestrator.told(job.id)
    assert [event.number for event in told] == list(range(1, len(told) + 1))
    states = [event.state_change.state for event in told if event.WhichOneof("event") == "state_change"]
    assert states == [job_pb2.JOB_STATE_QUEUED, job_pb2.JOB_STATE_RUNNING, job_pb2.JOB_STATE_SUCCEEDED]
    fractions = [event.progress.fraction for event in told if event.WhichOneof("event") == "progress"]
    assert fractions == sorted(fractions)
    assert record.last_event == told[-1].number


async def test_every_synthetic_artifact_records_how_it_was_made(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit(refine=True)
    await orchestrator.runner().run(job.id)
    told = [event.artifact for event in await orchestrator.told(job.id) if event.WhichOneof("event") == "artifact"]
    synthetic = [artifact for artifact in told if artifact.synthetic]
    assert {artifact.kind for artifact in synthetic} == {"enhanced", "montage", "face"}
    for artifact in synthetic:
        assert artifact.provenance.origins[0].sha256
        assert artifact.provenance.models[0].model == "toy"
        assert artifact.provenance.software_version
    assert {artifact.provenance.seed for artifact in synthetic if artifact.kind in ("montage", "face")} == {1, 2}


async def test_the_same_request_id_gives_the_same_job_and_other_content_is_refused(orchestrator: Orchestrator) -> None:
    request_id = str(uuid.uuid4())
    first = await orchestrator.submit(request_id=request_id)
    again = await orchestrator.submit(request_id=request_id)
    assert again.id == first.id
    with pytest.raises(RequestIdReused):
        await orchestrator.submit(request_id=request_id, shade=200)


async def test_a_job_taken_over_makes_no_finished_call_again(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    reached = asyncio.Event()

    async def hang_at_montage(rpc: str) -> None:
        if rpc == "Generate":
            reached.set()
            await hang(rpc)

    orchestrator.models.before = hang_at_montage
    dead = asyncio.create_task(orchestrator.runner("dead", lease_seconds=60.0, heartbeat_seconds=60.0).run(job.id))
    await asyncio.wait_for(reached.wait(), 10)
    before = dict(orchestrator.models.calls)
    orchestrator.models.before = None
    # A worker whose lease has expired is what a killed worker is to everybody else.
    await orchestrator.history.leases.heartbeat(Lease(job=job.id, owner="dead", fencing_token=1, recoveries=0), ttl=-1)
    await orchestrator.runner("heir").run(job.id)
    assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED
    assert orchestrator.models.calls == {**before, "Generate": 2}
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)


async def test_a_worker_that_lost_its_lease_can_neither_tell_nor_end_anything(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    release = asyncio.Event()

    async def hold(rpc: str) -> None:
        if rpc == "Generate":
            await release.wait()

    orchestrator.models.before = hold
    stale = asyncio.create_task(orchestrator.runner("stale", lease_seconds=60.0, heartbeat_seconds=60.0).run(job.id))

    async def montage_reached() -> bool:
        return any(event.progress.step == "montage" for event in await orchestrator.told(job.id))

    await wait_for(montage_reached)
    # The database takes it for dead; it does not know that yet.
    await orchestrator.history.leases.heartbeat(Lease(job=job.id, owner="stale", fencing_token=1, recoveries=0), ttl=-1)
    orchestrator.models.before = None
    await orchestrator.runner("heir").run(job.id)
    ended = await orchestrator.told(job.id)
    release.set()
    await asyncio.wait_for(asyncio.gather(stale, return_exceptions=True), 10)
    assert await orchestrator.told(job.id) == ended
    with pytest.raises(Fenced):
        await orchestrator.events.append(job_pb2.JobEvent(job=job.id), fence=1)


async def test_two_workers_woken_for_one_job_run_it_once(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    await asyncio.gather(*(orchestrator.runner().run(job.id) for _ in range(5)))
    assert orchestrator.models.calls["Generate"] == 2
    assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED


async def test_cancelling_stops_the_model_call_and_ends_the_job_within_a_second_or_two(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    orchestrator.models.before = hang
    run = asyncio.create_task(orchestrator.runner().run(job.id))

    async def running() -> bool:
        return await state_of(orchestrator, job.id) is JobState.RUNNING

    await wait_for(running)
    await asyncio.sleep(0.3)
    await orchestrator.history.jobs.request_cancel(job.id)
    await asyncio.wait_for(run, 3)
    assert await state_of(orchestrator, job.id) is JobState.CANCELLED

    async def call_cancelled() -> bool:
        return bool(orchestrator.models.cancelled)

    await wait_for(call_cancelled)
    last = (await orchestrator.told(job.id))[-1]
    assert last.state_change.state == job_pb2.JOB_STATE_CANCELLED


async def test_a_draining_worker_gives_its_job_back_and_another_finishes_it(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    orchestrator.models.before = hang
    leaving = orchestrator.runner("leaving")
    run = asyncio.create_task(leaving.run(job.id))

    async def running() -> bool:
        return await state_of(orchestrator, job.id) is JobState.RUNNING

    await wait_for(running)
    await asyncio.sleep(0.2)
    await leaving.drain()
    await asyncio.wait_for(run, 5)
    assert await state_of(orchestrator, job.id) is JobState.QUEUED
    orchestrator.models.before = None
    await orchestrator.runner("staying").run(job.id)
    assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED


async def test_a_service_that_is_down_is_waited_for_and_the_job_says_so(orchestrator: Orchestrator) -> None:
    await orchestrator.models.stop()
    job = await orchestrator.submit(language="en")
    run = asyncio.create_task(orchestrator.runner().run(job.id))

    async def notice_given() -> bool:
        return any(event.notice.reason == "SERVICE_UNAVAILABLE" for event in await orchestrator.told(job.id))

    await wait_for(notice_given)
    await orchestrator.models.start()
    await asyncio.wait_for(run, 15)
    assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED


async def test_a_service_that_stays_down_fails_the_job_after_the_deadline_with_a_reason(orchestrator: Orchestrator) -> None:
    await orchestrator.models.stop()
    job = await orchestrator.submit(language="en")
    await asyncio.wait_for(orchestrator.runner(call_seconds=2.0).run(job.id), 10)
    record = await orchestrator.history.jobs.get(job.id)
    assert record.state is JobState.FAILED
    assert reason_of(record.error) == "SERVICE_UNAVAILABLE"
    assert "picture analysis" in status_pb2.Status.FromString(record.error or b"").message


async def test_a_refusal_of_an_optional_step_becomes_a_warning_and_of_a_needed_one_fails_the_job(orchestrator: Orchestrator) -> None:
    async def no_upscale(rpc: str) -> None:
        if rpc == "Upscale":
            raise Unimplemented("not this scale", reason="NOT_SUPPORTED_BY_MODEL")

    orchestrator.models.before = no_upscale
    job = await orchestrator.submit()
    await orchestrator.runner().run(job.id)
    record = await orchestrator.history.jobs.get(job.id)
    assert record.state is JobState.SUCCEEDED
    assert any("화질을 개선하지 못했습니다" in warning for warning in JobResult.FromString(record.result or b"").warnings)

    async def no_montage(rpc: str) -> None:
        if rpc == "Generate":
            raise FailedPrecondition("no weights", reason="WEIGHTS_MISSING")

    orchestrator.models.before = no_montage
    job = await orchestrator.submit(seed=2)
    await orchestrator.runner().run(job.id)
    record = await orchestrator.history.jobs.get(job.id)
    assert record.state is JobState.FAILED
    assert reason_of(record.error) == "WEIGHTS_MISSING"


async def test_an_unexpected_error_fails_the_job_with_a_reference_and_without_its_text(
    orchestrator: Orchestrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("services.orchestrator.jobs.run.run_workflow", broken)
    job = await orchestrator.submit(language="en")
    await orchestrator.runner().run(job.id)
    record = await orchestrator.history.jobs.get(job.id)
    status = status_pb2.Status.FromString(record.error or b"")
    assert record.state is JobState.FAILED
    assert "reference" in status.message
    assert b"secret" not in (record.error or b"")


async def test_a_job_whose_workers_keep_dying_is_given_up(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    for attempt in range(3):
        assert await orchestrator.history.leases.take(job.id, owner=f"dies-{attempt}", ttl=0.01) is not None
        await asyncio.sleep(0.05)
    await orchestrator.runner(max_recoveries=2).run(job.id)
    record = await orchestrator.history.jobs.get(job.id)
    assert record.state is JobState.FAILED
    assert reason_of(record.error) == "WORKERS_DIED"


async def test_a_retried_job_makes_only_the_calls_that_had_not_finished(orchestrator: Orchestrator) -> None:
    async def no_montage(rpc: str) -> None:
        if rpc == "Generate":
            raise FailedPrecondition("not now")

    orchestrator.models.before = no_montage
    job = await orchestrator.submit()
    await orchestrator.runner().run(job.id)
    before = dict(orchestrator.models.calls)
    orchestrator.models.before = None
    again = await orchestrator.history.jobs.retry(job.id)
    await orchestrator.submitter.announce(again)
    await orchestrator.runner().run(job.id)
    record = await orchestrator.history.jobs.get(job.id)
    assert (record.state, record.attempt) == (JobState.SUCCEEDED, 2)
    assert orchestrator.models.calls == {**before, "Generate": 2}
    with pytest.raises(WrongState):
        await orchestrator.history.jobs.retry(job.id)


async def test_the_same_question_about_the_same_picture_is_not_asked_again_for_another_job(orchestrator: Orchestrator) -> None:
    for _ in range(2):
        job = await orchestrator.submit(seed=5)
        await orchestrator.runner().run(job.id)
    assert orchestrator.models.calls == {"Answer": 1, "DetectFaces": 1, "Upscale": 1, "Generate": 2}
    orchestrator.models.revision = "2"
    job = await orchestrator.submit(seed=5)
    await orchestrator.runner().run(job.id)
    assert orchestrator.models.calls["Answer"] == 2


async def test_deleting_a_job_erases_files_answers_cache_and_events(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    with pytest.raises(WrongState):
        await orchestrator.eraser.delete_job(job.id, actor="tester")
    await orchestrator.runner().run(job.id)
    await orchestrator.eraser.delete_job(job.id, actor="tester")
    with pytest.raises(JobNotFound):
        await orchestrator.history.jobs.get(job.id)
    assert [key async for key in orchestrator.storage.list("")] == []
    left = [key async for key in orchestrator.redis.scan_iter(match="dasibom*") if b"worker" not in key]
    assert [key for key in left if job.id.encode() in key or b"cache" in key] == []
    deleted = await orchestrator.history.audit.deletion(job.id)
    assert deleted is not None
    assert deleted.actor == "tester"


async def test_a_lost_wakeup_is_sent_again_by_the_sweeper(orchestrator: Orchestrator) -> None:
    job = await orchestrator.submit()
    await orchestrator.redis.delete("dasibom-jobs")
    await asyncio.sleep(orchestrator.settings.requeue_seconds + 0.1)
    assert await orchestrator.sweeper().wake_forgotten() == 1
    assert await orchestrator.redis.llen("dasibom-jobs") == 1
    assert await state_of(orchestrator, job.id) is JobState.QUEUED


async def test_pictures_that_cannot_be_used_are_refused_by_their_field_and_nothing_is_left_behind(orchestrator: Orchestrator) -> None:
    for source, field in (
        (ImageSource(data=b"no picture"), "frames[0].data"),
        (ImageSource(uri="https://127.0.0.1/a.png"), "frames[0].uri"),
        (ImageSource(uri="ftp://example.org/a.png"), "frames[0].uri"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            await orchestrator.submitter.submit(SubmitCase1Request(frames=[source]))
        assert field in {violated for violated, _ in caught.value.field_violations}
    assert [key async for key in orchestrator.storage.list("")] == []
    listed, _ = await orchestrator.history.jobs.list(JobFilter(), page_size=9)
    assert listed == []


async def test_a_job_past_its_retention_is_erased_by_the_sweeper(orchestrator: Orchestrator) -> None:
    old = await orchestrator.submit()
    await orchestrator.runner().run(old.id)
    orchestrator.settings = orchestrator.settings.model_copy(update={"retention_days": 1e-9})
    await asyncio.sleep(0.05)
    waiting = await orchestrator.submit(seed=2)
    await orchestrator.sweeper().tidy()
    with pytest.raises(JobNotFound):
        await orchestrator.history.jobs.get(old.id)
    assert await state_of(orchestrator, waiting.id) is JobState.QUEUED
