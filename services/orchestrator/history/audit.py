"""The audit log: who submitted, viewed, exported or deleted what. Rows are only ever added; the database refuses all else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from services.orchestrator.history.columns import from_now
from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.tables import audit_log, deletions


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One thing that somebody did."""

    id: int  # counts up
    time: datetime
    actor: str  # who
    action: str  # what, such as `job.submit`
    subject: str  # to which job or file
    detail: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class DeletionRecord:
    """What stays of a deleted job."""

    job: str
    time: datetime
    actor: str
    counts: Mapping[str, int]  # what was erased, by kind


class AuditLog:
    """The audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uncut
    async def append(self, *, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> None:
        """Add an entry, with the database's time.

        Args:
            actor: who did it.
            action: what was done, such as `job.submit`.
            subject: id of the job or file.
            detail: more, as JSON can hold it; nothing personal, for entries outlive the job.
        """
        statement = insert(audit_log).values(time=from_now(), actor=actor, action=action, subject=subject, detail=dict(detail or {}))
        async with self._database.write() as connection:
            await connection.execute(statement)

    async def list(self, *, subject: str = "", before: int | None = None, limit: int = 100) -> Sequence[AuditEntry]:
        """Return entries, newest first.

        Args:
            subject: only those about this job or file; empty for all.
            before: only those with a lower id: the last one of the page before.
            limit: most entries.
        """
        query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
        if subject:
            query = query.where(audit_log.c.subject == subject)
        if before is not None:
            query = query.where(audit_log.c.id < before)
        async with self._database.read() as connection:
            return [AuditEntry(**row) for row in (await connection.execute(query)).mappings()]

    async def deletion(self, job: str) -> DeletionRecord | None:
        """Return the record of a job's deletion, if it was deleted."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(deletions).where(deletions.c.job == job))).mappings().one_or_none()
        return DeletionRecord(**row) if row else None
