"""A small server of OrchestratorService for tests: it checks uploads, keeps jobs in memory, and misbehaves on request."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
from google.api.httpbody_pb2 import HttpBody
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from dasibom.model.v1.model_service_pb2 import MODEL_STATE_FAILED, MODEL_STATE_READY, MODEL_STATE_UNLOADED, Model
from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1.file_pb2 import Artifact, File
from dasibom.orchestrator.v1.job_pb2 import Job, JobEvent
from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceServicer, add_OrchestratorServiceServicer_to_server
from dasibom.orchestrator.v1.status_pb2 import HEALTH_STATE_DEGRADED, HEALTH_STATE_HEALTHY, HEALTH_STATE_UNHEALTHY, ComponentHealth

KINDS = {
    "SubmitCase1Request": job_pb2.JOB_KIND_CASE1,
    "SubmitCase2Request": job_pb2.JOB_KIND_CASE2,
    "SubmitCase3Request": job_pb2.JOB_KIND_CASE3,
    "SubmitSuperResolutionRequest": job_pb2.JOB_KIND_SUPER_RESOLUTION,
    "AnalyzeCaseRequest": job_pb2.JOB_KIND_ANALYZE,
}


def status(code: grpc.StatusCode, message: str, reason: str, *details: Any, **metadata: str) -> status_pb2.Status:
    answer = status_pb2.Status(code=code.value[0], message=message)
    for detail in (error_details_pb2.ErrorInfo(reason=reason, domain="dasibom.kr", metadata=metadata), *details):
        answer.details.add().Pack(detail)
    return answer


def number_of(text: str) -> int:
    return int(text.rsplit("_", 1)[1])


class Orchestrator(OrchestratorServiceServicer):
    """Jobs that end in `end_state` after `steps` progress events, `pause` seconds apart."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.failures: dict[str, list[status_pb2.Status]] = {}  # by method: what its next calls are answered with
        self.metadata: dict[str, str] = {}  # of the last call
        self.requests: list[Any] = []
        self.uploads: dict[str, bytes] = {}
        self.pieces: list[int] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.jobs: dict[str, Job] = {}
        self.by_request: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self.end_state: job_pb2.JobState.ValueType = job_pb2.JOB_STATE_SUCCEEDED
        self.steps, self.pause = 3, 0.0
        self.cuts: list[int] = []  # numbers of events after which the stream is cut
        self.cut_code: grpc.StatusCode | None = grpc.StatusCode.UNAVAILABLE  # None: the stream ends as if all was said
        self.repeat_last = False  # a resumed stream begins with an event that was seen already
        self.artifacts: list[tuple[str, bytes]] = [("montage_01.png", b"picture"), ("report.md", "보고서".encode())]

    async def _begin(self, method: str, context: Any) -> None:
        self.calls[method] += 1
        self.metadata = dict(context.invocation_metadata())
        if self.failures.get(method):
            await context.abort_with_status(rpc_status.to_status(self.failures[method].pop(0)))

    async def Upload(self, request_iterator: AsyncIterator[pb.UploadRequest], context: Any) -> File:
        await self._begin("Upload", context)
        messages = [message async for message in request_iterator]
        data, first = b"".join(message.body.data for message in messages), messages[0]
        self.pieces = [len(message.body.data) for message in messages]
        if data.startswith(b"broken"):
            refused = status(grpc.StatusCode.INVALID_ARGUMENT, "file: the picture is cut", "IMAGE_TRUNCATED")
            await context.abort_with_status(rpc_status.to_status(refused))
        if first.size != len(data) or first.sha256 != hashlib.sha256(data).hexdigest():
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not what was declared")
        file = File(id=f"fl_{len(self.uploads):026d}", name=first.file_name, size=len(data), sha256=first.sha256)
        self.uploads[file.id] = data
        return file

    async def Download(self, request: pb.DownloadRequest, context: Any) -> AsyncIterator[HttpBody]:
        await self._begin("Download", context)
        if request.file not in self.files:
            await context.abort_with_status(rpc_status.to_status(status(grpc.StatusCode.NOT_FOUND, "no such file", "FILE_NOT_FOUND")))
        name, data = self.files[request.file]
        await context.send_initial_metadata((("etag", f'"{hashlib.sha256(data).hexdigest()}"'),))
        if name == "altered":
            data = data[::-1]
        for start in range(0, len(data), 100):
            yield HttpBody(data=data[start : start + 100])

    async def _submit(self, request: Any, context: Any) -> Job:
        method = request.DESCRIPTOR.name
        await self._begin(method, context)
        self.requests.append(request)
        if (known := self.by_request.get(request.request_id)) is None:
            known = f"jb_{len(self.jobs):026d}"
            self.by_request[request.request_id] = known
            job = Job(id=known, kind=KINDS[method], state=job_pb2.JOB_STATE_QUEUED, request_id=request.request_id, attempt=1)
            job.display_name = request.options.display_name
            self.jobs[known] = job
        if self.failures.get(f"{method} after"):
            await context.abort_with_status(rpc_status.to_status(self.failures[f"{method} after"].pop(0)))
        return self.jobs[known]

    SubmitCase1 = SubmitCase2 = SubmitCase3 = SubmitSuperResolution = AnalyzeCase = _submit

    async def _job(self, request: Any, context: Any) -> Job:
        if request.job not in self.jobs:
            await context.abort_with_status(
                rpc_status.to_status(status(grpc.StatusCode.NOT_FOUND, f"there is no job {request.job}", "JOB_NOT_FOUND", job=request.job))
            )
        return self.jobs[request.job]

    async def GetJob(self, request: pb.GetJobRequest, context: Any) -> Job:
        await self._begin("GetJob", context)
        return await self._job(request, context)

    async def ListJobs(self, request: pb.ListJobsRequest, context: Any) -> pb.ListJobsResponse:
        await self._begin("ListJobs", context)
        self.requests.append(request)
        size, start = request.page_size or 2, int(request.page_token or 0)
        jobs = [job for job in self.jobs.values() if not request.states or job.state in request.states]
        more = str(start + size) if start + size < len(jobs) else ""
        return pb.ListJobsResponse(jobs=jobs[start : start + size], next_page_token=more)

    async def CancelJob(self, request: pb.CancelJobRequest, context: Any) -> Job:
        await self._begin("CancelJob", context)
        self.cancelled.add(request.job)
        return await self._job(request, context)

    async def RetryJob(self, request: pb.RetryJobRequest, context: Any) -> Job:
        await self._begin("RetryJob", context)
        return await self._job(request, context)

    async def PublishJob(self, request: pb.PublishJobRequest, context: Any) -> pb.PublishJobResponse:
        await self._begin("PublishJob", context)
        self.requests.append(request)
        await self._job(request, context)
        key = f"ai_image/{request.case_id or request.job}.png"
        answer = pb.PublishJobResponse(url=f"https://pictures.example.kr/{key}", key=key)
        answer.expire_time.FromSeconds(1_800_000_000)
        return answer

    async def DeleteJob(self, request: pb.DeleteJobRequest, context: Any) -> pb.DeleteJobResponse:
        await self._begin("DeleteJob", context)
        await self._job(request, context)
        del self.jobs[request.job]
        return pb.DeleteJobResponse()

    async def WatchJob(self, request: pb.WatchJobRequest, context: Any) -> AsyncIterator[pb.WatchJobResponse]:
        await self._begin("WatchJob", context)
        job = await self._job(request, context)
        first = max(1, request.after if self.repeat_last else request.after + 1)
        last = self.steps + 3
        for number in range(first, last + 1):
            await asyncio.sleep(self.pause)
            if job.id in self.cancelled:
                self._finish(job, number, job_pb2.JOB_STATE_CANCELLED)
            elif number == last:
                self._finish(job, number, self.end_state)
            yield pb.WatchJobResponse(event=self._event(job, number, last))
            if job.id in self.cancelled:
                return
            if self.cuts and number == self.cuts[0]:
                self.cuts.pop(0)
                if self.cut_code is None:
                    return
                await context.abort(self.cut_code, "the line was cut")

    def _event(self, job: Job, number: int, last: int) -> JobEvent:
        event = JobEvent(number=number, job=job.id)
        if number == 1:
            event.state_change.state = job_pb2.JOB_STATE_QUEUED
        elif number == 2:
            event.state_change.state = job_pb2.JOB_STATE_RUNNING
        elif number == last or job.id in self.cancelled:
            event.state_change.state = job.state
        else:
            step = number - 2
            event.progress.CopyFrom(
                job_pb2.JobProgress(step="describe", message="사진을 살펴보는 중", step_number=step, step_count=self.steps)
            )
            event.progress.fraction = step / self.steps
        return event

    def _finish(self, job: Job, number: int, state: job_pb2.JobState.ValueType) -> None:
        job.state, job.last_event = state, number
        if state == job_pb2.JOB_STATE_FAILED:
            job.error.CopyFrom(status(grpc.StatusCode.FAILED_PRECONDITION, "얼굴을 찾지 못했습니다", "NO_FACE"))
        if state == job_pb2.JOB_STATE_SUCCEEDED and not job.artifacts:
            job.result.summary = "요약"
            for position, (name, data) in enumerate(self.artifacts):
                file = f"fl_{position:013d}{number_of(job.id):013d}"
                self.files[file] = (name, data)
                job.artifacts.append(
                    Artifact(file=file, name=name, kind="data", title=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())
                )

    async def GetModelsStatus(self, request: pb.GetModelsStatusRequest, context: Any) -> pb.GetModelsStatusResponse:
        await self._begin("GetModelsStatus", context)
        answer = pb.GetModelsStatusResponse()
        answer.services.add(service="vqa", reachable=True).models.extend(MODELS)
        answer.services.add(service="superres", failure="connection refused")
        return answer

    async def GetHealth(self, request: pb.GetHealthRequest, context: Any) -> pb.GetHealthResponse:
        await self._begin("GetHealth", context)
        answer = pb.GetHealthResponse(state=HEALTH_STATE_DEGRADED, version="0.1.0")
        answer.components.append(ComponentHealth(name="database", state=HEALTH_STATE_HEALTHY))
        answer.components.append(ComponentHealth(name="worker", state=HEALTH_STATE_UNHEALTHY, message="no worker is running"))
        return answer


MODELS = (
    Model(name="vision", backend="vision", is_default=True, state=MODEL_STATE_UNLOADED, description="Measures colors. " * 20),
    *(Model(name=f"absent-{number}", state=MODEL_STATE_UNLOADED, failure=f"a-{number}.safetensors is missing") for number in range(20)),
    Model(name="broken", state=MODEL_STATE_FAILED, failure="the file is cut short"),
    Model(name="busy", state=MODEL_STATE_READY, device="cuda:0", calls_in_progress=3),
)


async def serve(orchestrator: Orchestrator, port: int = 0) -> tuple[grpc.aio.Server, int]:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    add_OrchestratorServiceServicer_to_server(orchestrator, server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    return server, bound
