"""A case is submitted: checked, its pictures stored, its seed and models fixed, its row written, a worker woken."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.message import Message

from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.job_pb2 import JobEvent, StateChange
from dasibom.orchestrator.v1.orchestrator_service_pb2 import AnalyzeCaseRequest, SubmitCase2Request, SubmitSuperResolutionRequest
from services.common.errors import InvalidRequest
from services.orchestrator.history import History, JobRecord, NewJob
from services.orchestrator.jobs.events import EventLog
from services.orchestrator.jobs.folders import FolderIntake
from services.orchestrator.jobs.models import ModelDirectory
from services.orchestrator.jobs.pictures import PictureIntake
from services.orchestrator.jobs.queue import Wakeups
from services.orchestrator.workflows.records import photo_of
from services.orchestrator.workflows.super_resolution import BICUBIC
from services.orchestrator.workflows.table import WORKFLOWS

_PHOTO = "missing_case.fileUrl"


class Submitter:
    """Accepts cases."""

    def __init__(self, *, history: History, intake: PictureIntake, models: ModelDirectory, events: EventLog, wakeups: Wakeups) -> None:
        """Make a submitter.

        Args:
            history: where jobs are written.
            intake: where their pictures go.
            models: which models there are.
            events: where watchers hear of them.
            wakeups: tells the workers.
        """
        self._history = history
        self._intake = intake
        self._folders = FolderIntake(intake)
        self._models = models
        self._events = events
        self._wakeups = wakeups

    async def submit(self, request: Any) -> tuple[JobRecord, bool]:
        """Write a job for a submit message, and say whether it is new.

        Raises:
            InvalidRequest: a picture or a model is none.
            RequestIdReused: the request id belongs to a job with other content.
        """
        content = _content_hash(request)
        request_id = request.request_id.lower()
        # Looked up before the pictures are stored, so that a repeated submission leaves no second copies.
        if request_id and (known := await self._history.jobs.submitted(request_id, content)) is not None:
            return known, False
        models = await self._fixed_models(request)
        stored = type(request)()
        stored.CopyFrom(request)
        inputs = await self._intake.resolve(list(_image_sources(stored)))
        inputs += await self._folders.open(stored)
        # Last of all pictures: so automatic detection knows which one is the record's.
        inputs += await self._intake.resolve(list(_photo_of_record(stored)))
        options = request.options
        new = NewJob(
            kind=WORKFLOWS[request.DESCRIPTOR.full_name].kind,
            request_type=request.DESCRIPTOR.full_name,
            request=stored.SerializeToString(),
            request_id=request_id or None,
            request_sha256=content,
            display_name=options.display_name,
            labels=dict(options.labels),
            language=options.language or "ko",
            seed=options.seed if options.HasField("seed") else random.getrandbits(31),
            models=models,
            inputs=tuple(dict.fromkeys(inputs)),
        )
        job, created = await self._history.jobs.create(new)
        if created:
            await self.announce(job)
        return job, created

    async def announce(self, job: JobRecord) -> None:
        """Tell watchers, and then workers, that a job is QUEUED."""
        number = await self._append_state(job)
        await asyncio.gather(self._wakeups.send(job.id), self._history.jobs.set_last_event(job.id, number))

    async def announce_state(self, job: JobRecord) -> None:
        """Tell watchers the state of a job that no worker has."""
        number = await self._append_state(job)
        await self._history.jobs.set_last_event(job.id, number)

    async def _append_state(self, job: JobRecord) -> int:
        change = StateChange(state=int(job.state), attempt=job.attempt)  # type: ignore[arg-type]
        return await self._events.append(JobEvent(job=job.id, state_change=change), floor=job.last_event)

    async def _fixed_models(self, request: Any) -> dict[str, str]:
        """The model of each service, so that a later change of defaults does not change this job.

        A service that does not answer keeps its own default: the job will wait for it anyway.
        """
        fixed = {}
        for service, names in (await self._models.names()).items():
            wanted = request.options.models.get(service, "")
            if wanted and names and wanted not in names:
                field = f'options.models["{service}"]'
                message = f"there is no model {wanted!r}; there are: {', '.join(names)}"
                raise InvalidRequest(f"{field}: {message}", reason="UNKNOWN_MODEL", field_violations=[(field, message)])
            if service == "superres" and names and isinstance(request, SubmitSuperResolutionRequest):
                _check_methods(request.methods, [*names, BICUBIC])
            fixed[service] = wanted or (names[0] if names else "")
        return fixed


def _check_methods(methods: Sequence[str], there_are: Sequence[str]) -> None:
    """Refuse a method that is none. Raises InvalidRequest."""
    for index, method in enumerate(methods):
        if method not in there_are:
            field, message = f"methods[{index}]", f"there is no method {method!r}; there are: {', '.join(there_are)}"
            raise InvalidRequest(f"{field}: {message}", reason="UNKNOWN_MODEL", field_violations=[(field, message)])


def _content_hash(request: Message) -> str:
    """Hash of what was asked, without the id it was asked under."""
    content = type(request)()
    content.CopyFrom(request)
    content.ClearField("request_id")
    return hashlib.sha256(content.SerializeToString(deterministic=True)).hexdigest()


def _photo_of_record(request: Any) -> Iterator[tuple[str, ImageSource]]:
    """The face photo that a record names, now a source of the request, where the request needs one.

    Raises:
        InvalidRequest: case 2 has no other face, and the record names none.
    """
    match request:
        case SubmitCase2Request() if not request.HasField("face"):
            photo = photo_of(request.missing_case)
            if not photo:
                message = "must be an address of a picture, https://… or s3://…, when there is no face"
                raise InvalidRequest(f"{_PHOTO}: {message}", reason="NO_FACE", field_violations=[(_PHOTO, message)])
            request.face.uri = photo
            yield _PHOTO, request.face
        case AnalyzeCaseRequest() if photo := photo_of(request.missing_case):
            yield _PHOTO, request.images.add(uri=photo)
        case _:
            return


def _image_sources(message: Message, path: str = "") -> Iterator[tuple[str, ImageSource]]:
    """Every image source inside a message, with its field path."""
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        repeated = field.is_repeated
        for index, item in enumerate(value if repeated else [value]):
            where = f"{path}{field.name}" + (f"[{index}]" if repeated else "")
            if isinstance(item, ImageSource):
                yield f"{where}.{item.WhichOneof('source')}", item
            else:
                yield from _image_sources(item, f"{where}.")
