"""What a workflow can do, done: the `Context` of one leased job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from google.protobuf.message import Message
from google.rpc import status_pb2

from dasibom.common.v1.image_pb2 import Image
from dasibom.common.v1.progress_pb2 import Progress
from dasibom.orchestrator.v1.file_pb2 import Artifact, Origin, Provenance
from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.job_pb2 import JobEvent, JobProgress, Notice, StateChange
from services.common import imaging
from services.common.settings import software_version
from services.orchestrator.history import History, JobRecord, Lease, LeaseLost, NewFile
from services.orchestrator.history.records import FileOrigin
from services.orchestrator.ids import new_file_id
from services.orchestrator.jobs.door import Door, Watcher
from services.orchestrator.jobs.events import EventLog
from services.orchestrator.jobs.memo import job_prefix
from services.orchestrator.jobs.messages import waiting_message
from services.orchestrator.jobs.retry import CallFailure
from services.orchestrator.storage import Storage
from services.orchestrator.workflows.context import InputImage, Language, Making, Service

# Watchers see a smooth bar with ten a second; more would only fill the stream.
_PROGRESS_SECONDS = 0.1


class JobContext:
    """Implements `workflows.context.Context` for one run of one job."""

    def __init__(self, record: JobRecord, lease: Lease, *, door: Door, history: History, storage: Storage, events: EventLog) -> None:
        """Make the world of a job.

        Args:
            record: the job's row.
            lease: the lease that this worker has on it.
            door: the way to the models.
            history: the database.
            storage: the files.
            events: where to tell what happens.
        """
        self._record = record
        self._lease = lease
        self._door = door
        self._history = history
        self._storage = storage
        self._events = events
        self._steps: Sequence[str] = ()
        self._step_number = 0
        self._told = 0.0  # when progress was last told, monotonic seconds
        self._artifacts: dict[str, Artifact] = {}
        # Where the worker before has come to: the share that is finished never falls within an attempt.
        self.progress = JobProgress.FromString(record.progress or b"")
        self.last_event = record.last_event

    @property
    def job(self) -> str:
        """See `Context`."""
        return self._record.id

    @property
    def language(self) -> Language:
        """See `Context`."""
        return "en" if self._record.language == "en" else "ko"

    @property
    def seed(self) -> int:
        """See `Context`."""
        return self._record.seed

    @property
    def submitted(self) -> datetime:
        """See `Context`."""
        return self._record.create_time

    def model(self, service: Service) -> str:
        """See `Context`."""
        return self._record.models.get(service, "")

    def plan(self, steps: Sequence[str]) -> None:
        """See `Context`."""
        # A case that another workflow has chosen adds its own steps to what is left.
        self._steps = (*self._steps[: self._step_number], *steps)

    async def begin(self, step: str, message: str) -> None:
        """See `Context`."""
        self._step_number = self._steps.index(step, self._step_number) + 1
        fraction = max(self.progress.fraction, (self._step_number - 1) / len(self._steps))
        self.progress = JobProgress(
            step=step, message=message, step_number=self._step_number - 1, step_count=len(self._steps), fraction=fraction
        )
        await self._tell_progress(force=True)

    async def open(self, source: ImageSource) -> InputImage:
        """See `Context`."""
        file = await self._history.files.get(source.file)
        return InputImage(
            data=await self._storage.read(file.storage_key),
            media_type=file.media_type,
            sha256=file.sha256,
            name=file.name or file.id,
            width=file.width,
            height=file.height,
        )

    async def ask(self, request: Message) -> Any:
        """See `Context`."""
        return await self._door.ask(request, Watcher(progress=self._model_progress, waiting=self._waiting))

    async def save(self, name: str, data: bytes, *, kind: str, title: str, media_type: str, making: Making | None = None) -> Artifact:
        """See `Context`."""
        return await self._save(name, data, kind=kind, title=title, media_type=media_type, making=making or Making(), synthetic=False)

    async def save_synthetic(self, name: str, data: bytes, *, kind: str, title: str, media_type: str, making: Making) -> Artifact:
        """See `Context`."""
        if media_type in imaging.MEDIA_TYPES:
            picture = await imaging.decode_async(data)
            labelled = imaging.label(picture.pixels)
            data = await imaging.encode_async(labelled, media_type, alpha=picture.alpha)
        return await self._save(name, data, kind=kind, title=title, media_type=media_type, making=making, synthetic=True)

    async def tell_state(self, state: int, error: status_pb2.Status | None = None) -> None:
        """Tell watchers that the job's state has changed; with `error` when it FAILED."""
        change = StateChange(state=state, error=error, attempt=self._record.attempt)  # type: ignore[arg-type]
        await self._append(JobEvent(job=self.job, state_change=change))

    async def notify(self, reason: str, message: str) -> None:
        """See `Context`."""
        await self._append(JobEvent(job=self.job, notice=Notice(reason=reason, message=message)))

    async def pixels(self, image: Image) -> np.ndarray:
        """See `Context`."""
        return (await imaging.decode_async(image.data)).pixels

    async def _save(self, name: str, data: bytes, *, kind: str, title: str, media_type: str, making: Making, synthetic: bool) -> Artifact:
        file = new_file_id()
        key = f"{job_prefix(self.job)}artifacts/{file}"
        stored = await self._storage.put(key, data, media_type=media_type)
        artifact = Artifact(
            file=file,
            name=name,
            kind=kind,
            title=title,
            media_type=media_type,
            size=stored.size,
            sha256=stored.sha256,
            synthetic=synthetic,
            provenance=Provenance(
                origins=[Origin(name=origin, sha256=sha256) for origin, sha256 in making.origins],
                models=making.models,
                parameters=making.parameters,
                seed=making.seed,
                software_version=software_version(),
            ),
        )
        artifact.provenance.create_time.GetCurrentTime()
        new = NewFile(
            id=file,
            name=name,
            media_type=media_type,
            size=stored.size,
            sha256=stored.sha256,
            storage_key=key,
            origin=FileOrigin.ARTIFACT,
        )
        try:
            kept = Artifact.FromString((await self._history.artifacts.put(self._lease, new, artifact.SerializeToString())).record)
        except LeaseLost:
            await self._storage.delete(key)
            raise
        # A job taken over makes its artifacts again; watchers have heard of those that came out the same.
        if kept.file == file:
            await self._append(JobEvent(job=self.job, artifact=kept))
        return kept

    async def _model_progress(self, progress: Progress) -> None:
        inner = progress.step / progress.total if progress.total else 0.0
        # Calls of one step come one after another, each from 0 to 1: the bar never goes back, and the next step begins at its end.
        fraction = (self._step_number - 1 + 0.9 * min(1.0, inner)) / max(1, len(self._steps))
        self.progress.fraction = max(self.progress.fraction, fraction)
        self.progress.queue_position = progress.queue_position
        await self._tell_progress(force=False)

    async def _waiting(self, service: str, failure: CallFailure) -> None:
        await self.notify("SERVICE_UNAVAILABLE", waiting_message(service, failure, self.language))

    async def _tell_progress(self, *, force: bool) -> None:
        now = time.monotonic()
        if force or now - self._told >= _PROGRESS_SECONDS:
            self._told = now
            await self._append(JobEvent(job=self.job, progress=self.progress))

    async def _append(self, event: JobEvent) -> None:
        self.last_event = await self._events.append(event, fence=self._lease.fencing_token, floor=self.last_event)
