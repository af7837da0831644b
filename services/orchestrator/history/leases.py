"""Leases: the right of one worker to work on a job, until it ends, is given back, or expires.

Every lease has a fencing token, one higher than the lease before. Each write of a worker names its token, so a worker that was thought
dead and wakes up again cannot spoil what its successor does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, func, literal, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orchestrator.history.columns import from_now
from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.errors import LeaseLost
from services.orchestrator.history.records import JOB_COLUMNS, JobRecord, job_record
from services.orchestrator.history.states import JobState
from services.orchestrator.history.tables import jobs


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to work on a job."""

    job: str
    owner: str  # the worker
    fencing_token: int
    recoveries: int  # how often a worker has vanished in this attempt; the taker decides how many are too many


@dataclass(frozen=True, kw_only=True)
class HeartbeatResult:
    """What a worker learns from a heartbeat."""

    cancel_requested: bool


class LeaseStore:
    """The leases. Times are the database's, so workers' clocks do not matter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uncut
    async def take(self, job: str, *, owner: str, ttl: float) -> Lease | None:
        """Take a job: one that is QUEUED, or RUNNING with an expired lease. It is RUNNING then.

        Args:
            job: the job's id.
            owner: a name of the worker that no other has.
            ttl: seconds until the lease expires, unless renewed by heartbeats.

        Returns:
            The lease; None when another holds one, or the job has ended or is gone.
        """
        statement = (
            update(jobs)
            .where(jobs.c.id == job, or_(jobs.c.state == JobState.QUEUED, lease_expired()))
            .values(
                state=JobState.RUNNING,
                lease_owner=owner,
                lease_expires=from_now(ttl),
                fencing_token=jobs.c.fencing_token + 1,
                recoveries=jobs.c.recoveries + case((jobs.c.state == JobState.RUNNING, 1), else_=0),
                start_time=func.coalesce(jobs.c.start_time, from_now()),
                enqueued_time=None,  # should this worker die, a wake-up is due as soon as the lease expires
                update_time=from_now(),
            )
            .returning(jobs.c.fencing_token, jobs.c.recoveries)
        )
        async with self._database.write() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return Lease(job=job, owner=owner, fencing_token=row.fencing_token, recoveries=row.recoveries) if row else None

    @uncut
    async def heartbeat(self, lease: Lease, *, ttl: float, progress: bytes | None = None, last_event: int | None = None) -> HeartbeatResult:
        """Renew a lease, and note how far the job is.

        Args:
            lease: the lease.
            ttl: seconds from now until it expires.
            progress: serialized JobProgress; None keeps what is there.
            last_event: number of the job's last event; None keeps what is there.

        Raises:
            LeaseLost: another has the job, or it has ended: stop the work.
        """
        changes: dict[str, Any] = {"lease_expires": from_now(ttl)}
        if progress is not None:
            changes["progress"] = progress
        async with self._database.write() as connection:
            job = await _change(connection, lease, changes | _last_event(last_event))
        return HeartbeatResult(cancel_requested=job.cancel_requested)

    @uncut
    async def finish(
        self,
        lease: Lease,
        state: JobState,
        *,
        result: bytes | None = None,
        error: bytes | None = None,
        last_event: int | None = None,
    ) -> JobRecord:
        """End a job, and return it.

        Args:
            lease: the lease; it ends too.
            state: SUCCEEDED, FAILED or CANCELLED.
            result: serialized JobResult, if any.
            error: serialized google.rpc.Status, if any.
            last_event: number of the job's last event; None keeps what is there.

        Raises:
            LeaseLost: another has the job, or it has ended.
            ValueError: `state` is not one that a job ends in.
        """
        if not state.terminal:
            raise ValueError(f"a job cannot end as {state.name}")
        changes = {"state": state, "result": result, "error": error, "end_time": from_now(), "cancel_requested": False}
        async with self._database.write() as connection:
            return await _change(connection, lease, changes | _NO_LEASE | _last_event(last_event))

    @uncut
    async def release(self, lease: Lease) -> JobRecord:
        """Give a job back unfinished, as a worker does that shuts down, and return it: QUEUED, or CANCELLED if that was asked for.

        Raises:
            LeaseLost: another has the job, or it has ended.
        """
        changes = {
            "state": case((jobs.c.cancel_requested, literal(JobState.CANCELLED, Integer)), else_=literal(JobState.QUEUED, Integer)),
            "end_time": case((jobs.c.cancel_requested, from_now()), else_=None),
            "cancel_requested": False,
            "enqueued_time": None,
        }
        async with self._database.write() as connection:
            return await _change(connection, lease, changes | _NO_LEASE)


_NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_expires": None}


def lease_expired() -> ColumnElement[bool]:
    """Return the condition for a RUNNING job whose worker has vanished."""
    return and_(jobs.c.state == JobState.RUNNING, jobs.c.lease_expires < from_now())


async def hold(connection: AsyncConnection, lease: Lease) -> None:
    """Keep a lease from being lost until the transaction ends.

    Raises:
        LeaseLost: it is lost already.
    """
    await _change(connection, lease, {})


async def _change(connection: AsyncConnection, lease: Lease, changes: dict[str, Any]) -> JobRecord:
    """Change the job's row, if the lease still holds; the row stays locked until the transaction ends."""
    statement = (
        update(jobs)
        .where(
            jobs.c.id == lease.job,
            jobs.c.state == JobState.RUNNING,
            jobs.c.lease_owner == lease.owner,
            jobs.c.fencing_token == lease.fencing_token,
        )
        .values(**changes, update_time=from_now())
        .returning(*JOB_COLUMNS)
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None:
        raise LeaseLost(lease.job, lease.fencing_token)
    return job_record(row)


def _last_event(number: int | None) -> dict[str, Any]:
    return {} if number is None else {"last_event": case((jobs.c.last_event < number, number), else_=jobs.c.last_event)}
