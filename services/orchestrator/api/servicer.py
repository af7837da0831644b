"""`OrchestratorService`: each method in a few lines, over the parts that do the work."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.timestamp_pb2 import Timestamp

from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1 import orchestrator_service_pb2_grpc as pb_grpc
from dasibom.orchestrator.v1.file_pb2 import File
from dasibom.orchestrator.v1.job_pb2 import Job
from services.common.errors import InvalidRequest
from services.common.settings import software_version
from services.orchestrator.api import sse
from services.orchestrator.api.callers import Context, caller_of, metadata_of
from services.orchestrator.api.health import HealthChecker, overall
from services.orchestrator.api.upload import receive
from services.orchestrator.history import FileOrigin, History, JobFilter, JobRecord, JobState
from services.orchestrator.jobs.erase import Eraser
from services.orchestrator.jobs.models import ModelDirectory
from services.orchestrator.jobs.pictures import PictureIntake
from services.orchestrator.jobs.publish import Publisher
from services.orchestrator.jobs.submit import Submitter
from services.orchestrator.jobs.views import file_message, job_message
from services.orchestrator.jobs.watch import Watcher
from services.orchestrator.storage import Storage

_DEFAULT_PAGE = 50
_EVENT_NUMBER = re.compile(r"[0-9]{1,18}")  # below 2^63


class OrchestratorServicer(pb_grpc.OrchestratorServiceServicer):
    """Answers callers."""

    def __init__(
        self,
        *,
        history: History,
        storage: Storage,
        submitter: Submitter,
        intake: PictureIntake,
        watcher: Watcher,
        eraser: Eraser,
        publisher: Publisher,
        models: ModelDirectory,
        health: HealthChecker,
        keepalive_seconds: float,
    ) -> None:
        """Make a servicer of its parts; `keepalive_seconds` is the silence after which an event stream carries a comment."""
        self._history = history
        self._storage = storage
        self._submitter = submitter
        self._intake = intake
        self._watcher = watcher
        self._eraser = eraser
        self._publisher = publisher
        self._models = models
        self._health = health
        self._keepalive_seconds = keepalive_seconds
        self._started = time.monotonic()

    async def AnalyzeCase(self, request: pb.AnalyzeCaseRequest, context: Context) -> Job:  # noqa: N802
        """See the proto."""
        return await self._submit(request, context)

    async def SubmitCase1(self, request: pb.SubmitCase1Request, context: Context) -> Job:  # noqa: N802
        """See the proto."""
        return await self._submit(request, context)

    async def SubmitCase2(self, request: pb.SubmitCase2Request, context: Context) -> Job:  # noqa: N802
        """See the proto."""
        return await self._submit(request, context)

    async def SubmitCase3(self, request: pb.SubmitCase3Request, context: Context) -> Job:  # noqa: N802
        """See the proto."""
        return await self._submit(request, context)

    async def SubmitSuperResolution(self, request: pb.SubmitSuperResolutionRequest, context: Context) -> Job:  # noqa: N802
        """See the proto."""
        return await self._submit(request, context)

    async def RunCase(self, request: pb.RunCaseRequest, context: Context) -> AsyncIterator[pb.RunCaseResponse]:  # noqa: N802
        """See the proto."""
        job = await self._submit(getattr(request, request.WhichOneof("case") or "case1"), context)
        async for event in self._watcher.watch(job.id, 0):
            if event is not None:
                yield pb.RunCaseResponse(event=event)

    async def GetJob(self, request: pb.GetJobRequest, context: Context) -> Job:  # noqa: N802
        """See the proto."""
        return await self._whole(await self._history.jobs.get(request.job))

    async def ListJobs(self, request: pb.ListJobsRequest, context: Context) -> pb.ListJobsResponse:  # noqa: N802
        """See the proto."""
        name, _, value = request.label.partition("=")
        filters = JobFilter(
            states=frozenset(JobState(state) for state in request.states if state),
            kinds=frozenset(kind for kind in request.kinds if kind),
            label=(name, value) if request.label else None,
            created_after=_time(request.created_after, "created_after") if request.HasField("created_after") else None,
            created_before=_time(request.created_before, "created_before") if request.HasField("created_before") else None,
        )
        jobs, token = await self._history.jobs.list(filters, page_size=request.page_size or _DEFAULT_PAGE, page_token=request.page_token)
        return pb.ListJobsResponse(jobs=map(job_message, jobs), next_page_token=token)

    async def StreamJobEvents(self, request: pb.StreamJobEventsRequest, context: Context) -> AsyncIterator[HttpBody]:  # noqa: N802
        """See the proto."""
        resumed = metadata_of(context).get("last-event-id", "")
        after = int(resumed) if _EVENT_NUMBER.fullmatch(resumed) else request.after
        events = self._watcher.watch(request.job, after)
        silent_since = time.monotonic()
        opened = False
        async for event in events:
            # Nothing is sent before the job is known to exist: an error after the first byte could not be told any more.
            if not opened:
                opened = True
                yield sse.opening()
            if event is not None:
                silent_since = time.monotonic()
                yield sse.frame(event)
            elif time.monotonic() - silent_since >= self._keepalive_seconds:
                silent_since = time.monotonic()
                yield sse.keepalive()

    async def WatchJob(self, request: pb.WatchJobRequest, context: Context) -> AsyncIterator[pb.WatchJobResponse]:  # noqa: N802
        """See the proto."""
        async for event in self._watcher.watch(request.job, request.after):
            if event is not None:
                yield pb.WatchJobResponse(event=event)

    async def CancelJob(self, request: pb.CancelJobRequest, context: Context) -> Job:  # noqa: N802
        """See the proto."""
        job, ended = await self._history.jobs.request_cancel(request.job)
        if ended:
            await self._submitter.announce_state(job)
        await self._audit(context, "cancel", job.id)
        return await self._whole(job)

    async def RetryJob(self, request: pb.RetryJobRequest, context: Context) -> Job:  # noqa: N802
        """See the proto."""
        job = await self._history.jobs.retry(request.job)
        await self._submitter.announce(job)
        await self._audit(context, "retry", job.id)
        return await self._whole(job)

    async def PublishJob(self, request: pb.PublishJobRequest, context: Context) -> pb.PublishJobResponse:  # noqa: N802
        """See the proto."""
        published = await self._publisher.publish(request.job, case_id=request.case_id, artifact=request.artifact)
        await self._audit(context, "publish", request.job, key=published.key)
        answer = pb.PublishJobResponse(url=published.url, key=published.key)
        if published.expires is not None:
            answer.expire_time.FromDatetime(published.expires)
        return answer

    async def DeleteJob(self, request: pb.DeleteJobRequest, context: Context) -> pb.DeleteJobResponse:  # noqa: N802
        """See the proto."""
        await self._eraser.delete_job(request.job, actor=caller_of(context))
        await self._audit(context, "delete", request.job)
        return pb.DeleteJobResponse()

    async def Upload(self, request_iterator: AsyncIterator[pb.UploadRequest], context: Context) -> File:  # noqa: N802
        """See the proto."""
        received = await receive(request_iterator, metadata_of(context))
        file = await self._intake.store(received.data, name=received.name, origin=FileOrigin.UPLOAD, field="body")
        await self._audit(context, "upload", file.id, sha256=file.sha256)
        return file_message(file)

    async def Download(self, request: pb.DownloadRequest, context: Context) -> AsyncIterator[HttpBody]:  # noqa: N802
        """See the proto."""
        file = await self._history.files.get(request.file)
        chunks = self._storage.get(file.storage_key)
        # Nothing is sent before the bytes are there: an error after the headers could not be told any more.
        first = await anext(chunks, b"")
        await self._audit(context, "download", file.id)
        # RFC 6266: the name as UTF-8 for every browser of today.
        disposition = f"inline; filename*=UTF-8''{quote(file.name or file.id)}"
        # What an SVG or HTML file may hold must not run with the rights of this origin.
        policy = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; sandbox"
        await context.send_initial_metadata(
            (
                ("content-disposition", disposition),
                ("etag", f'"{file.sha256}"'),
                ("x-content-type-options", "nosniff"),
                ("content-security-policy", policy),
                ("cache-control", "private, no-cache"),
            )
        )
        yield HttpBody(content_type=file.media_type, data=first)
        async for chunk in chunks:
            yield HttpBody(content_type=file.media_type, data=chunk)

    async def GetModelsStatus(self, request: pb.GetModelsStatusRequest, context: Context) -> pb.GetModelsStatusResponse:  # noqa: N802
        """See the proto."""
        return pb.GetModelsStatusResponse(services=await self._models.status())

    async def GetHealth(self, request: pb.GetHealthRequest, context: Context) -> pb.GetHealthResponse:  # noqa: N802
        """See the proto."""
        components = await self._health.check()
        answer = pb.GetHealthResponse(state=overall(components), components=components, version=software_version())
        answer.uptime.FromSeconds(int(time.monotonic() - self._started))
        return answer

    async def _submit(self, request: Any, context: Context) -> Job:
        job, created = await self._submitter.submit(request)
        if not created:
            return await self._whole(job)
        await self._audit(context, "submit", job.id, kind=job.kind)
        return job_message(job, ())  # it has made nothing yet

    async def _whole(self, job: JobRecord) -> Job:
        return job_message(job, await self._history.artifacts.list(job.id))

    async def _audit(self, context: Context, action: str, subject: str, **detail: object) -> None:
        await self._history.audit.append(actor=caller_of(context), action=action, subject=subject, detail=detail)


def _time(timestamp: Timestamp, field: str) -> datetime:
    try:
        return timestamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        message = "is not a time between the years 1 and 9999"
        raise InvalidRequest(f"{field}: {message}", field_violations=[(field, message)]) from None
