"""Rows of the history as the contract's messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from dasibom.orchestrator.v1.file_pb2 import Artifact, File
from dasibom.orchestrator.v1.job_pb2 import Job
from services.orchestrator.history import ArtifactRecord, FileRecord, JobRecord, JobState, JobSummary


def job_message(job: JobSummary, artifacts: Iterable[ArtifactRecord] = ()) -> Job:
    """A job; whole when `job` is a `JobRecord`, else as lists show it."""
    message = Job(
        id=job.id,
        kind=job.kind,  # type: ignore[arg-type]
        state=int(job.state),  # type: ignore[arg-type]
        display_name=job.display_name,
        labels=job.labels,
        artifacts=[artifact_message(artifact) for artifact in artifacts],
        language=job.language,
        seed=job.seed,
        models=job.models,
        request_id=job.request_id or "",
        attempt=job.attempt,
        last_event=job.last_event,
        cancel_requested=job.cancel_requested,
        create_time=_timestamp(job.create_time),
        start_time=_timestamp(job.start_time),
        end_time=_timestamp(job.end_time),
    )
    if job.progress is not None:
        message.progress.ParseFromString(job.progress)
    if job.state is JobState.SUCCEEDED:
        message.progress.fraction = 1.0
        message.progress.step_number = message.progress.step_count
    if job.error is not None:
        message.error.ParseFromString(job.error)
    if isinstance(job, JobRecord) and job.result is not None:
        message.result.ParseFromString(job.result)
    return message


def artifact_message(artifact: ArtifactRecord) -> Artifact:
    """A file that a job made."""
    message = Artifact.FromString(artifact.record)
    message.file = artifact.file
    return message


def file_message(file: FileRecord) -> File:
    """An uploaded file."""
    return File(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        width=file.width,
        height=file.height,
        create_time=_timestamp(file.create_time),
    )


def _timestamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    message = Timestamp()
    message.FromDatetime(time)
    return message
