"""Watching a job over a line that breaks, and waiting for its end."""

from __future__ import annotations

import grpc
import pytest
from orchestrator_double import Orchestrator, serve

from dasibom.client import AsyncClient, FailedPrecondition, NotFound, RetryPolicy, Unavailable, error_from_status
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_FAILED, JOB_STATE_SUCCEEDED


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.CANCELLED, None])
@pytest.mark.parametrize("repeat_last", [False, True])
async def test_a_cut_stream_goes_on_without_a_gap_or_a_double(
    client: AsyncClient, orchestrator: Orchestrator, code: grpc.StatusCode | None, repeat_last: bool
) -> None:
    orchestrator.steps, orchestrator.cuts = 8, [1, 4, 5, 10]
    orchestrator.cut_code, orchestrator.repeat_last = code, repeat_last
    job = await client.case1([b"frame"])
    assert [event.number async for event in client.watch(job)] == list(range(1, 12))
    assert orchestrator.calls["WatchJob"] == 5


async def test_watching_begins_after_what_was_seen(client: AsyncClient) -> None:
    job = await client.case1([b"frame"])
    assert [event.number async for event in client.watch(job.id, after=4)] == [5, 6]


async def test_a_cut_after_the_last_event_adds_nothing(client: AsyncClient, orchestrator: Orchestrator) -> None:
    orchestrator.cuts = [6]
    job = await client.case1([b"frame"])
    assert [event.number async for event in client.watch(job)] == [1, 2, 3, 4, 5, 6]


async def test_a_refusal_is_no_cut(client: AsyncClient, orchestrator: Orchestrator) -> None:
    with pytest.raises(NotFound):
        await anext(client.watch("jb_x"))
    assert orchestrator.calls["WatchJob"] == 1


async def test_the_watch_survives_a_restart_of_the_server() -> None:
    orchestrator = Orchestrator()
    server, port = await serve(orchestrator)
    numbers = []
    async with AsyncClient(f"127.0.0.1:{port}", retry=RetryPolicy(initial_seconds=0.05, reconnect_seconds=20)) as client:
        job = await client.case1([b"frame"])
        async for event in client.watch(job):
            numbers.append(event.number)
            if event.number == 3:
                await server.stop(None)
                server, _ = await serve(orchestrator, port)
    await server.stop(None)
    assert numbers == [1, 2, 3, 4, 5, 6]


async def test_a_service_that_stays_away_ends_the_watch() -> None:
    orchestrator = Orchestrator()
    orchestrator.pause = 0.05
    server, port = await serve(orchestrator)
    async with AsyncClient(f"127.0.0.1:{port}", retry=RetryPolicy(initial_seconds=0.05, reconnect_seconds=0.5)) as client:
        job = await client.case1([b"frame"])
        events = client.watch(job)
        await anext(events)
        await server.stop(None)
        with pytest.raises(Unavailable):
            _ = [event async for event in events]


async def test_wait_answers_with_the_ended_job(client: AsyncClient) -> None:
    seen = []
    job = await client.wait(await client.case1([b"frame"]), on_event=lambda event: seen.append(event.number))
    assert job.state == JOB_STATE_SUCCEEDED
    assert seen == [1, 2, 3, 4, 5, 6]


async def test_a_failed_job_tells_why(client: AsyncClient, orchestrator: Orchestrator) -> None:
    orchestrator.end_state = JOB_STATE_FAILED
    job = await client.run(client.case1, [b"frame"])
    assert job.state == JOB_STATE_FAILED
    error = error_from_status(job.error)
    assert isinstance(error, FailedPrecondition)
    assert (error.message, error.reason) == ("얼굴을 찾지 못했습니다", "NO_FACE")
