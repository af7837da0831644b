"""The API over real gRPC: streams that are left, resumed or asked for nonsense, downloads, health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
from google.api.httpbody_pb2 import HttpBody

from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1 import status_pb2
from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub, add_OrchestratorServiceServicer_to_server
from services.common.server import ServiceHost
from services.common.settings import ServerSettings
from services.orchestrator.api.health import HealthChecker, overall
from services.orchestrator.api.servicer import OrchestratorServicer
from services.orchestrator.history import JobState
from services.orchestrator.jobs import presence
from services.orchestrator.jobs.models import ModelDirectory
from services.orchestrator.jobs.publish import Publisher
from tests.integration.jobs.conftest import Orchestrator, RedisServer
from tests.integration.jobs.test_job_running import hang, state_of, wait_for
from tests.integration.jobs.toy_models import picture


async def serve(orchestrator: Orchestrator) -> ServiceHost:
    """The API on a free port."""
    servicer = OrchestratorServicer(
        history=orchestrator.history,
        storage=orchestrator.storage,
        submitter=orchestrator.submitter,
        intake=orchestrator.intake,
        watcher=orchestrator.watcher,
        eraser=orchestrator.eraser,
        publisher=Publisher(orchestrator.history, orchestrator.storage, gateway_url="https://gateway.example"),
        models=ModelDirectory(orchestrator.mesh),
        health=checker(orchestrator),
        keepalive_seconds=0.1,
    )
    host = ServiceHost("api", ServerSettings(listen="127.0.0.1:0", drain_notice_seconds=0, drain_seconds=0))
    host.add(add_OrchestratorServiceServicer_to_server, servicer, "dasibom.orchestrator.v1.OrchestratorService")
    await host.start()
    return host


def checker(orchestrator: Orchestrator) -> HealthChecker:
    """Checks what the orchestrator stands on."""
    return HealthChecker(history=orchestrator.history, redis=orchestrator.redis, storage=orchestrator.storage, mesh=orchestrator.mesh)


@pytest.fixture
async def api(orchestrator: Orchestrator) -> AsyncIterator[Any]:
    """A stub to the API."""
    host = await serve(orchestrator)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{host.port}") as channel:
        yield OrchestratorServiceStub(channel)
    await host.stop()


async def test_leaving_run_case_does_not_stop_the_job(orchestrator: Orchestrator, api: Any) -> None:
    orchestrator.models.before = hang
    call = api.RunCase(pb.RunCaseRequest(case1=pb.SubmitCase1Request(frames=[ImageSource(data=picture(1))])))
    first = await call.read()
    run = asyncio.create_task(orchestrator.runner().run(first.event.job))
    while (await call.read()).event.progress.step == "":
        pass
    call.cancel()

    async def nobody_reads() -> bool:
        clients = await orchestrator.redis.client_list()
        return not any(client["cmd"] == "xread" and "b" in client["flags"] for client in clients)

    await wait_for(nobody_reads)
    assert await state_of(orchestrator, first.event.job) is JobState.RUNNING
    await api.CancelJob(pb.CancelJobRequest(job=first.event.job))
    await asyncio.wait_for(run, 5)
    assert await state_of(orchestrator, first.event.job) is JobState.CANCELLED


@pytest.mark.parametrize(("header", "resumed"), [("2", 3), ("", 1), ("x", 1), ("-5", 1), ("9" * 30, 1), ("9" * 5000, 1), ("1.5", 1)])
async def test_an_event_stream_resumes_after_the_header_and_ignores_one_that_is_no_number(
    orchestrator: Orchestrator, api: Any, header: str, resumed: int
) -> None:
    job = await orchestrator.submit()
    await orchestrator.runner().run(job.id)
    last = (await orchestrator.told(job.id))[-1].number
    stream: AsyncIterator[HttpBody] = api.StreamJobEvents(pb.StreamJobEventsRequest(job=job.id), metadata=(("last-event-id", header),))
    sent = b"".join([body.data async for body in stream]).decode()
    numbers = [int(line.removeprefix("id: ")) for line in sent.split("\n") if line.startswith("id: ")]
    assert numbers == list(range(resumed, last + 1))


async def test_a_stream_of_an_unknown_job_is_refused_before_its_first_byte(api: Any) -> None:
    for call in (
        api.StreamJobEvents(pb.StreamJobEventsRequest(job="jb_none")),
        api.WatchJob(pb.WatchJobRequest(job="jb_none")),
        api.Download(pb.DownloadRequest(file="fl_none")),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_download_carries_the_bytes_and_one_whose_bytes_are_gone_is_an_error_without_headers(
    orchestrator: Orchestrator, api: Any
) -> None:
    job = await orchestrator.submit()
    (file,) = await orchestrator.history.files.inputs(job.id)
    call = api.Download(pb.DownloadRequest(file=file.id))
    chunks = [body async for body in call]
    assert b"".join(body.data for body in chunks) == picture(10)
    assert chunks[0].content_type == "image/png"
    assert dict(await call.initial_metadata())["etag"] == f'"{file.sha256}"'
    await orchestrator.storage.delete(file.storage_key)
    call = api.Download(pb.DownloadRequest(file=file.id))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call.read()
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert "etag" not in dict(await call.initial_metadata())


async def test_a_job_that_waits_is_cancelled_once_however_many_ask(orchestrator: Orchestrator, api: Any) -> None:
    job = await orchestrator.submit()
    asked = await asyncio.gather(*(api.CancelJob(pb.CancelJobRequest(job=job.id)) for _ in range(5)))
    assert {answer.state for answer in asked} == {int(JobState.CANCELLED)}
    told = [event.state_change.state for event in await orchestrator.told(job.id)]
    assert told == [int(JobState.QUEUED), int(JobState.CANCELLED)]


async def test_health_tells_what_is_troubled_and_what_that_means_for_the_whole(
    fragile_orchestrator: Orchestrator, own_redis: RedisServer
) -> None:
    orchestrator = fragile_orchestrator
    health = checker(orchestrator)
    troubled = {part.name: part.message for part in await health.check() if part.message}
    assert set(troubled) == {"worker", "vqa", "diffusion", "faceswap", "superres"}, "no worker runs, and toy models have no health"
    assert "no worker" in troubled["worker"]
    await presence.announce(orchestrator.redis, "w")
    components = await health.check()
    assert "worker" not in {part.name for part in components if part.message}
    assert overall(components) == status_pb2.HEALTH_STATE_DEGRADED
    assert await health.essentials_work()
    own_redis.stop()
    components = await health.check()
    assert {"redis", "worker"} < {part.name for part in components if part.message}
    assert overall(components) == status_pb2.HEALTH_STATE_DEGRADED, "cases are still accepted"
    assert await health.essentials_work()


def test_the_whole_is_as_healthy_as_what_it_cannot_do_without() -> None:
    def parts(**states: status_pb2.HealthState.ValueType) -> list[status_pb2.ComponentHealth]:
        names = ("database", "redis", "storage", "worker", "vqa")
        return [status_pb2.ComponentHealth(name=name, state=states.get(name, status_pb2.HEALTH_STATE_HEALTHY)) for name in names]

    bad = status_pb2.HEALTH_STATE_UNHEALTHY
    assert overall(parts()) == status_pb2.HEALTH_STATE_HEALTHY
    assert {overall(parts(**{name: bad})) for name in ("redis", "worker", "vqa")} == {status_pb2.HEALTH_STATE_DEGRADED}
    assert {overall(parts(**{name: bad})) for name in ("database", "storage")} == {status_pb2.HEALTH_STATE_UNHEALTHY}
