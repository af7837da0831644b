"""A server with the real contracts and toy behavior, run as a process of its own.

    toy_server.py orchestrator|NAME PORT [CERTIFICATE KEY CLIENT_CA]

What it sees of a call it answers with, so that tests can look at what came through Envoy.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.api.httpbody_pb2 import HttpBody
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from dasibom.model.v1 import model_service_pb2 as model
from dasibom.model.v1 import model_service_pb2_grpc as model_grpc
from dasibom.orchestrator.v1 import file_pb2, job_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api
from dasibom.orchestrator.v1 import orchestrator_service_pb2_grpc as api_grpc
from dasibom.orchestrator.v1 import status_pb2 as health_state
from dasibom.vqa.v1 import vqa_service_pb2 as vqa
from dasibom.vqa.v1 import vqa_service_pb2_grpc as vqa_grpc

Context = grpc.aio.ServicerContext
MIB = 1024 * 1024


def seen(context: Context) -> dict[str, str]:
    """The metadata that arrived, as text."""
    return {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}


async def refuse(context: Context) -> None:
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason="NOT_FOUND", domain="dasibom.kr", metadata={"job": "missing"}))
    status = status_pb2.Status(code=5, message="no job 'missing'", details=[detail])
    await context.abort(grpc.StatusCode.NOT_FOUND, status.message, (("grpc-status-details-bin", status.SerializeToString()),))


class ToyOrchestrator(api_grpc.OrchestratorServiceServicer):
    """Answers with what it saw; GetHealth tells what happened before."""

    def __init__(self) -> None:
        self.happened: list[tuple[str, str]] = []
        self.attempts = 0

    async def GetJob(self, request: api.GetJobRequest, context: Context) -> job_pb2.Job:
        if request.job == "missing":
            await refuse(context)
        if request.job == "flaky":  # UNAVAILABLE twice, then well
            self.attempts += 1
            if self.attempts % 3:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the database is away for a moment")
        if request.job == "broken":
            self.attempts += 1
            await context.abort(grpc.StatusCode.INTERNAL, f"attempt {self.attempts}")
        if request.job == "slow":
            await asyncio.sleep(5)
        return job_pb2.Job(id=request.job, state=job_pb2.JOB_STATE_RUNNING, last_event=2**40, labels=seen(context))

    async def ListJobs(self, request: api.ListJobsRequest, context: Context) -> api.ListJobsResponse:
        states = [job_pb2.Job(state=state) for state in request.states]
        return api.ListJobsResponse(jobs=[*states, job_pb2.Job(labels={"label": request.label, "size": str(request.page_size)})])

    async def SubmitCase1(self, request: api.SubmitCase1Request, context: Context) -> job_pb2.Job:
        frame = request.frames[0].data if request.frames else b""
        return job_pb2.Job(id="jb_1", kind=job_pb2.JOB_KIND_CASE1, labels={"notes": request.notes, "bytes": str(len(frame))})

    async def CancelJob(self, request: api.CancelJobRequest, context: Context) -> job_pb2.Job:
        return job_pb2.Job(id=request.job, cancel_requested=True)

    async def DeleteJob(self, request: api.DeleteJobRequest, context: Context) -> api.DeleteJobResponse:
        return api.DeleteJobResponse()

    async def StreamJobEvents(self, request: api.StreamJobEventsRequest, context: Context) -> AsyncIterator[HttpBody]:
        if request.job == "missing":
            await refuse(context)
        is_whole = False
        try:
            yield HttpBody(content_type="text/event-stream", data=b": welcome\n\n")
            first = int(seen(context).get("last-event-id", request.after)) + 1
            for number in range(first, 4):
                if request.job == "silent":
                    await asyncio.sleep(2.5)
                yield HttpBody(data=f'id: {number}\nevent: progress\ndata: {{"number":"{number}"}}\n\n'.encode())
            while request.job == "endless":
                await asyncio.sleep(0.1)
            is_whole = True
        finally:  # a caller's leaving is CancelledError at an await, or GeneratorExit at a yield
            if not is_whole:
                self.happened.append(("events", f"{request.job} left"))

    async def WatchJob(self, request: api.WatchJobRequest, context: Context) -> AsyncIterator[api.WatchJobResponse]:
        for number in range(request.after + 1, 4):
            yield api.WatchJobResponse(event=job_pb2.JobEvent(number=number, job=request.job))

    async def Upload(self, requests: AsyncIterator[api.UploadRequest], context: Context) -> file_pb2.File:
        first: api.UploadRequest | None = None
        digest, size, head = hashlib.sha256(), 0, b""
        async for request in requests:
            first = first or request
            digest.update(request.body.data)
            size += len(request.body.data)
            head = head or request.body.data[:64]
        assert first is not None
        declared = seen(context).get("x-dasibom-content-length", "none")
        if declared not in {"none", str(size)}:
            self.happened.append(("upload", f"incomplete: declared {declared}"))
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the upload is incomplete")
        name = f"{first.file_name}|{first.size}|{first.sha256}|{declared}|{head[:16]!r}"
        return file_pb2.File(id="fl_1", name=name, media_type=first.body.content_type, size=size, sha256=digest.hexdigest())

    async def Download(self, request: api.DownloadRequest, context: Context) -> AsyncIterator[HttpBody]:
        await context.send_initial_metadata((("content-disposition", 'attachment; filename="big.bin"'),))
        yield HttpBody(content_type="application/x-toy", data=b"")
        for number in range(20 * 8):
            yield HttpBody(data=bytes([number]) * (MIB // 8))

    async def GetHealth(self, request: api.GetHealthRequest, context: Context) -> api.GetHealthResponse:
        happened = [health_state.ComponentHealth(name=name, message=message) for name, message in self.happened]
        return api.GetHealthResponse(components=happened)


class ToyModelService(vqa_grpc.VqaServiceServicer, model_grpc.ModelServiceServicer):
    """Says which replica answered."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def Answer(self, request: vqa.AnswerRequest, context: Context) -> AsyncIterator[vqa.AnswerResponse]:
        await asyncio.sleep(0.02)
        size = sum(len(image.data) for image in request.images)
        answer = vqa.Answer(topic=self.name, text=str(size))
        yield vqa.AnswerResponse(result=vqa.AnswerResult(answers=[answer]))

    async def ListModels(self, request: model.ListModelsRequest, context: Context) -> model.ListModelsResponse:
        await asyncio.sleep(0.02)
        return model.ListModelsResponse(models=[model.Model(name=self.name)])


async def serve(name: str, port: int, tls: list[str]) -> None:
    options: list[tuple[str, Any]] = [(f"grpc.max_{way}_message_length", 72 * MIB) for way in ("receive", "send")]
    server = grpc.aio.server(options=[*options, ("grpc.so_reuseport", 0)])
    if name == "orchestrator":
        api_grpc.add_OrchestratorServiceServicer_to_server(ToyOrchestrator(), server)
    else:
        servicer = ToyModelService(name)
        vqa_grpc.add_VqaServiceServicer_to_server(servicer, server)
        model_grpc.add_ModelServiceServicer_to_server(servicer, server)
    alive = health.aio.HealthServicer()
    await alive.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(alive, server)
    reflection.enable_server_reflection([reflection.SERVICE_NAME, "dasibom.orchestrator.v1.OrchestratorService"], server)
    if tls:
        certificate, key, authority = (Path(path).read_bytes() for path in tls)
        credentials = grpc.ssl_server_credentials([(key, certificate)], authority, require_client_auth=True)
        server.add_secure_port(f"127.0.0.1:{port}", credentials)
    else:
        server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
