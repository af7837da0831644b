"""What the history keeps of a job and of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, RowMapping, Table

from services.orchestrator.history.states import JobState
from services.orchestrator.history.tables import files, jobs
from services.orchestrator.ids import new_file_id, new_job_id


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job as it is submitted."""

    id: str = field(default_factory=new_job_id)
    kind: int  # dasibom.orchestrator.v1.JobKind
    request_type: str  # full name of the submit message
    request: bytes  # the submit message, serialized
    request_id: str | None = None  # the submitter's id for this submission; None when there is none
    request_sha256: str  # of the request as it came, hex
    display_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    language: str
    seed: int  # 0..2**32-1
    models: Mapping[str, str] = field(default_factory=dict)  # model by service
    inputs: tuple[str, ...] = ()  # ids of the files that it works on


@dataclass(frozen=True, kw_only=True)
class JobSummary:
    """A job without what it was given and what it found."""

    id: str
    kind: int  # dasibom.orchestrator.v1.JobKind
    state: JobState
    display_name: str
    labels: Mapping[str, str]
    request_id: str | None
    language: str
    seed: int
    models: Mapping[str, str]
    attempt: int  # from 1; one more for each retry
    progress: bytes | None  # dasibom.orchestrator.v1.JobProgress, serialized
    error: bytes | None  # google.rpc.Status, serialized
    cancel_requested: bool  # cancellation was asked for and is under way
    create_time: datetime
    start_time: datetime | None  # when a worker first took it
    end_time: datetime | None
    update_time: datetime
    lease_owner: str | None
    lease_expires: datetime | None
    recoveries: int  # takeovers of an expired lease in this attempt
    last_event: int


@dataclass(frozen=True, kw_only=True)
class JobRecord(JobSummary):
    """A job, whole."""

    request_type: str
    request: bytes
    request_sha256: str
    result: bytes | None  # dasibom.orchestrator.v1.JobResult, serialized


class FileOrigin(StrEnum):
    """How a file came in."""

    UPLOAD = "upload"  # by Upload
    INLINE = "inline"  # as bytes in a request
    REMOTE = "remote"  # fetched from the address in a request
    ARTIFACT = "artifact"  # made by a job


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file whose bytes are in storage already."""

    id: str = field(default_factory=new_file_id)
    name: str  # as the uploader or the workflow gave it; may be empty
    media_type: str
    size: int  # bytes
    sha256: str  # of the bytes, hex
    width: int = 0  # pixels, upright; 0 when it is no picture
    height: int = 0
    storage_key: str  # never used for another file, also not after this one is gone: erasing may come late
    origin: FileOrigin


@dataclass(frozen=True, kw_only=True)
class FileRecord(NewFile):
    """A file that is known."""

    create_time: datetime


def columns_of(record: type, table: Table) -> list[Column[object]]:
    """Return the columns that make up a record."""
    return [table.c[each.name] for each in fields(record)]


SUMMARY_COLUMNS = columns_of(JobSummary, jobs)
JOB_COLUMNS = columns_of(JobRecord, jobs)
FILE_COLUMNS = columns_of(FileRecord, files)


def job_summary(row: RowMapping) -> JobSummary:
    """Make a summary of a row of `SUMMARY_COLUMNS`."""
    return JobSummary(**{**row, "state": JobState(row["state"])})


def job_record(row: RowMapping) -> JobRecord:
    """Make a record of a row of `JOB_COLUMNS`."""
    return JobRecord(**{**row, "state": JobState(row["state"])})


def file_record(row: RowMapping) -> FileRecord:
    """Make a record of a row of `FILE_COLUMNS`."""
    return FileRecord(**{**row, "origin": FileOrigin(row["origin"])})
