"""Jobs as their submitters deal with them: submitted, read, listed, cancelled, retried, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orchestrator.history.columns import from_now
from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.erasures import note_erasures
from services.orchestrator.history.errors import JobNotFound, RequestIdReused, WrongState
from services.orchestrator.history.files import attach_inputs, discard_files
from services.orchestrator.history.imports import NO_REQUEST
from services.orchestrator.history.paging import JobFilter, rows_after, token_after
from services.orchestrator.history.records import (
    JOB_COLUMNS,
    SUMMARY_COLUMNS,
    JobRecord,
    JobSummary,
    NewJob,
    job_record,
    job_summary,
)
from services.orchestrator.history.states import RETRYABLE, TERMINAL, JobState
from services.orchestrator.history.tables import artifacts, deletions, job_inputs, job_labels, jobs, publications


class JobStore:
    """The jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, new: NewJob) -> tuple[JobRecord, bool]:
        """Write a submitted job, QUEUED, with its inputs attached. A wake-up counts as sent: the caller does that next.

        Returns:
            The job, and whether it is new: the same `request_id` with the same `request_sha256` returns the job that exists (AIP-155).

        Raises:
            RequestIdReused: the request id belongs to a job with other content.
            FileNotFound: one of the inputs is not known.
        """
        try:
            return await self._create(new)
        except IntegrityError:  # a submission with the same request id came in between; now it is found
            return await self._create(new)

    async def submitted(self, request_id: str, request_sha256: str) -> JobRecord | None:
        """Return the job that was submitted with a request id, if any.

        Raises:
            RequestIdReused: it was submitted with other content.
        """
        async with self._database.read() as connection:
            row = (await connection.execute(select(*JOB_COLUMNS).where(jobs.c.request_id == request_id))).mappings().one_or_none()
        if row and row["request_sha256"] != request_sha256:
            raise RequestIdReused(request_id, row["id"])
        return job_record(row) if row else None

    async def get(self, job: str) -> JobRecord:
        """Return a job.

        Raises:
            JobNotFound: there is none with this id.
        """
        async with self._database.read() as connection:
            return await _get(connection, job)

    async def list(self, filters: JobFilter, *, page_size: int, page_token: str = "") -> tuple[Sequence[JobSummary], str]:
        """Return a page of jobs, newest first, and the token of the next page; an empty one on the last page.

        Args:
            filters: which jobs; the same from page to page.
            page_size: most jobs in a page, 1 or more.
            page_token: the token that came with the page before; empty for the first.

        Raises:
            BadPageToken: the token is not one of this list.
        """
        query = select(*SUMMARY_COLUMNS).where(*filters.conditions())
        if page_token:
            query = query.where(rows_after(page_token, filters))
        query = query.order_by(jobs.c.create_time.desc(), jobs.c.id.desc()).limit(page_size + 1)
        async with self._database.read() as connection:
            found = [job_summary(row) for row in (await connection.execute(query)).mappings()]
        page = found[:page_size]
        return page, token_after(page[-1], filters) if len(found) > page_size else ""

    @uncut
    async def request_cancel(self, job: str) -> tuple[JobRecord, bool]:
        """Ask a job to stop.

        A job that nobody works on is CANCELLED at once; a worker learns of it with its next heartbeat. An ended job stays as it is.

        Returns:
            The job, and whether this has ended it: then its end is the caller's to announce.

        Raises:
            JobNotFound: there is none with this id.
        """
        async with self._database.write() as connection:
            row = await _lock(connection, job)
            idle = row.state == JobState.QUEUED or (row.state == JobState.RUNNING and bool(row.lease_expired))
            if idle:
                changes = {"state": JobState.CANCELLED, "end_time": from_now(), "lease_owner": None, "lease_expires": None}
                await connection.execute(update(jobs).where(jobs.c.id == job).values(**changes, update_time=from_now()))
            elif row.state == JobState.RUNNING:
                await connection.execute(update(jobs).where(jobs.c.id == job).values(cancel_requested=True, update_time=from_now()))
            return await _get(connection, job), idle

    @uncut
    async def retry(self, job: str) -> JobRecord:
        """Put a FAILED or CANCELLED job back to QUEUED as a new attempt, and return it. A wake-up counts as sent, as by `create`.

        Its artifacts are dropped, for the new attempt makes them again; their files are left to the erasures.

        Raises:
            JobNotFound: there is none with this id.
            WrongState: it is not FAILED or CANCELLED, or it was imported.
        """
        async with self._database.write() as connection:
            row = await _lock(connection, job)
            if row.state not in RETRYABLE:
                raise _wrong_state(job, row.state, "only a FAILED or CANCELLED job can be retried")
            if row.request_type == NO_REQUEST:
                raise _wrong_state(job, row.state, "it was imported, and what it was asked is not known; submit the case anew")
            await connection.execute(
                update(jobs)
                .where(jobs.c.id == job)
                .values(
                    state=JobState.QUEUED,
                    attempt=jobs.c.attempt + 1,
                    progress=None,
                    result=None,
                    error=None,
                    end_time=None,
                    enqueued_time=from_now(),
                    recoveries=0,
                    update_time=from_now(),
                )
            )
            dropped = await connection.scalars(delete(artifacts).where(artifacts.c.job == job).returning(artifacts.c.file))
            await discard_files(connection, dropped.all())
            return await _get(connection, job)

    @uncut
    async def delete(self, job: str, *, actor: str, prefixes: Sequence[str] = ()) -> Sequence[str]:
        """Delete an ended job with its artifacts and those of its inputs that no other job uses. A deletion record stays.

        Args:
            job: the job's id.
            actor: who deletes it.
            prefixes: what else storage keeps of the job, such as its stored answers; each ends with `/`.

        Returns:
            Storage keys to erase, the prefixes among them. They stay in the erasures until marked as done.

        Raises:
            JobNotFound: there is none with this id.
            WrongState: it has not ended.
        """
        async with self._database.write() as connection:
            row = await _lock(connection, job)
            if row.state not in TERMINAL:
                raise _wrong_state(job, row.state, "cancel it first, and delete it when it has ended")
            made = (await connection.scalars(select(artifacts.c.file).where(artifacts.c.job == job))).all()
            given = (await connection.scalars(select(job_inputs.c.file).where(job_inputs.c.job == job))).all()
            public = (await connection.scalars(select(publications.c.storage_key).where(publications.c.job == job))).all()
            await connection.execute(delete(jobs).where(jobs.c.id == job))  # labels, inputs and artifacts go with it
            keys = await discard_files(connection, [*made, *given])
            await note_erasures(connection, [*public, *prefixes])
            counts = {"artifacts": len(made), "inputs": len(given), "files_erased": len(keys)}
            await connection.execute(insert(deletions).values(job=job, time=from_now(), actor=actor, counts=counts))
        return [*keys, *public, *prefixes]

    async def expired(self, before: datetime, *, limit: int = 100) -> Sequence[str]:
        """Return ids of jobs that ended before a time, oldest first: those that retention no longer allows."""
        query = select(jobs.c.id).where(jobs.c.state.in_(TERMINAL), jobs.c.end_time < before).order_by(jobs.c.end_time).limit(limit)
        async with self._database.read() as connection:
            return (await connection.scalars(query)).all()

    @uncut
    async def set_last_event(self, job: str, number: int) -> None:
        """Note the number of a job's last event. It never falls."""
        async with self._database.write() as connection:
            await connection.execute(update(jobs).where(jobs.c.id == job, jobs.c.last_event < number).values(last_event=number))

    async def count_by_state(self) -> dict[JobState, int]:
        """Return how many jobs are in each state."""
        query = select(jobs.c.state, func.count()).group_by(jobs.c.state)
        async with self._database.read() as connection:
            counts: dict[int, int] = dict((await connection.execute(query)).all())
        return {state: counts.get(state, 0) for state in JobState}

    @uncut
    async def _create(self, new: NewJob) -> tuple[JobRecord, bool]:
        if new.request_id and (existing := await self.submitted(new.request_id, new.request_sha256)):
            return existing, False
        async with self._database.write() as connection:
            return await _insert(connection, new), True


async def _insert(connection: AsyncConnection, new: NewJob) -> JobRecord:
    await connection.execute(
        insert(jobs).values(
            id=new.id,
            kind=new.kind,
            state=JobState.QUEUED,
            display_name=new.display_name,
            labels=dict(new.labels),
            request_type=new.request_type,
            request=new.request,
            request_id=new.request_id,
            request_sha256=new.request_sha256,
            language=new.language,
            seed=new.seed,
            models=dict(new.models),
            attempt=1,
            cancel_requested=False,
            create_time=from_now(),
            update_time=from_now(),
            fencing_token=0,
            recoveries=0,
            last_event=0,
            enqueued_time=from_now(),
        )
    )
    if new.labels:
        await connection.execute(insert(job_labels), [{"job": new.id, "name": name, "value": value} for name, value in new.labels.items()])
    await attach_inputs(connection, new.id, new.inputs)
    return await _get(connection, new.id)


async def _get(connection: AsyncConnection, job: str) -> JobRecord:
    row = (await connection.execute(select(*JOB_COLUMNS).where(jobs.c.id == job))).mappings().one_or_none()
    if row is None:
        raise JobNotFound(job)
    return job_record(row)


async def _lock(connection: AsyncConnection, job: str) -> Row[tuple[int, str, bool | None]]:
    """Keep a job's row from others until the transaction ends."""
    lease_expired = (jobs.c.lease_expires < from_now()).label("lease_expired")
    query = select(jobs.c.state, jobs.c.request_type, lease_expired).where(jobs.c.id == job).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise JobNotFound(job)
    return row


def _wrong_state(job: str, state: int, remedy: str) -> WrongState:
    name = JobState(state).name
    return WrongState(f"Job {job!r} is {name}; {remedy}.", metadata={"job": job, "state": name})
