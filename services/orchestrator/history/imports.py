"""Imports: jobs that ended elsewhere, such as in the toolkit before this one, and that come in whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from services.orchestrator.history.columns import from_now
from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.errors import RequestIdReused
from services.orchestrator.history.files import insert_file
from services.orchestrator.history.records import NewFile
from services.orchestrator.history.states import JobState
from services.orchestrator.history.tables import artifacts, audit_log, job_labels, jobs
from services.orchestrator.ids import new_job_id

NO_REQUEST = ""
"""Request type of an imported job: there is no request, so it cannot be run again."""


@dataclass(frozen=True, kw_only=True)
class ImportedArtifact:
    """A file that the job had made. Its bytes are in storage."""

    file: NewFile  # its name is unique in the job
    record: bytes  # dasibom.orchestrator.v1.Artifact, serialized


@dataclass(frozen=True, kw_only=True)
class ImportedJob:
    """A job as it ended elsewhere."""

    id: str = field(default_factory=new_job_id)
    kind: int  # dasibom.orchestrator.v1.JobKind
    state: JobState  # one that a job ends in
    request_id: str  # the same for the same job, so that it comes in once
    content_sha256: str  # of what was found at the source, hex: tells when that has changed
    display_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    language: str
    result: bytes | None  # dasibom.orchestrator.v1.JobResult, serialized
    error: bytes | None  # google.rpc.Status, serialized
    create_time: datetime
    end_time: datetime
    artifacts: Sequence[ImportedArtifact]


class ImportStore:
    """The imports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, request_id: str) -> tuple[str, str] | None:
        """Return id and content hash of the job that came in under a request id, if any."""
        query = select(jobs.c.id, jobs.c.request_sha256).where(jobs.c.request_id == request_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (row.id, row.request_sha256) if row else None

    @uncut
    async def add(self, job: ImportedJob, *, actor: str) -> None:
        """Write an ended job with its artifacts and an entry of the audit log, in one transaction.

        Args:
            job: the job; the bytes of its artifacts are in storage.
            actor: who imports it.

        Raises:
            ValueError: its state is not one that a job ends in.
            RequestIdReused: it is there already; the bytes are the caller's to erase.
        """
        if not job.state.terminal:
            raise ValueError(f"an imported job cannot be {job.state.name}")
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(jobs).values(**_row(job)))
                if job.labels:
                    labels = [{"job": job.id, "name": name, "value": value} for name, value in job.labels.items()]
                    await connection.execute(insert(job_labels), labels)
                for position, made in enumerate(job.artifacts, start=1):
                    await insert_file(connection, made.file)
                    values = {"job": job.id, "name": made.file.name, "position": position, "file": made.file.id, "record": made.record}
                    await connection.execute(insert(artifacts).values(**values))
                detail = {"artifacts": len(job.artifacts)}
                entry = {"actor": actor, "action": "job.import", "subject": job.id, "detail": detail}
                await connection.execute(insert(audit_log).values(time=from_now(), **entry))
        except IntegrityError:
            if known := await self.known(job.request_id):  # another import of the same came in between
                raise RequestIdReused(job.request_id, known[0]) from None
            raise


def _row(job: ImportedJob) -> dict[str, object]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "display_name": job.display_name,
        "labels": dict(job.labels),
        "request_type": NO_REQUEST,
        "request": b"",
        "request_id": job.request_id,
        "request_sha256": job.content_sha256,
        "language": job.language,
        "seed": 0,
        "models": {},
        "attempt": 1,
        "result": job.result,
        "error": job.error,
        "cancel_requested": False,
        "create_time": job.create_time,
        "start_time": job.create_time,
        "end_time": job.end_time,
        "update_time": from_now(),
        "fencing_token": 0,
        "recoveries": 0,
        "last_event": 1,  # its end, which watchers are told from the row
    }
