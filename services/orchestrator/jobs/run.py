"""One run of one job: its lease taken and kept, its workflow run, its end written."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from google.rpc import status_pb2
from prometheus_client import Counter, Gauge
from redis.asyncio import Redis

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.common.errors import ServiceError
from services.common.logs import JOB
from services.common.status import to_status
from services.orchestrator.history import DatabaseUnavailable, History, JobRecord, JobState, Lease, LeaseLost
from services.orchestrator.jobs.context import JobContext
from services.orchestrator.jobs.door import CallGivenUp, Door
from services.orchestrator.jobs.erase import Eraser
from services.orchestrator.jobs.events import EventLog, Fenced
from services.orchestrator.jobs.memo import Memo
from services.orchestrator.jobs.messages import abandoned_status, given_up_status, refusal_status, unexpected_status
from services.orchestrator.jobs.retry import RetryPolicy
from services.orchestrator.mesh import Mesh
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.storage import Storage
from services.orchestrator.workflows.context import ModelRefused
from services.orchestrator.workflows.table import run_workflow

logger = logging.getLogger(__name__)

ENDED = Counter("dasibom_jobs_ended_total", "Jobs that ended, by kind and state", ("kind", "state"))
RUNNING = Gauge("dasibom_jobs_running", "Jobs that this worker runs now")


@dataclass(frozen=True, kw_only=True)
class _End:
    """How a run ended."""

    state: JobState
    result: JobResult | None = None
    error: status_pb2.Status | None = None


class _Workflow:
    """A running workflow, and why it is stopped."""

    def __init__(self, work: Coroutine[Any, Any, _End]) -> None:
        self.task = asyncio.create_task(work)
        self.stopped_for: Literal["", "cancel", "drain", "lost"] = ""  # the first reason counts

    def stop(self, reason: Literal["cancel", "drain", "lost"]) -> None:
        # Not told by the cancellation itself: gRPC puts another in its place.
        self.stopped_for = self.stopped_for or reason
        self.task.cancel()


class JobRunner:
    """Runs jobs on one worker."""

    def __init__(self, owner: str, settings: OrchestratorSettings, *, history: History, storage: Storage, redis: Redis, mesh: Mesh) -> None:
        """Make a runner.

        Args:
            owner: the worker's name, which no other worker has.
            settings: leases and deadlines.
            history: the database.
            storage: the files.
            redis: events and cache.
            mesh: the model services.
        """
        self._owner = owner
        self._settings = settings
        self._history = history
        self._storage = storage
        self._redis = redis
        self._mesh = mesh
        self._events = EventLog(redis, keep_seconds=settings.event_seconds)
        self._eraser = Eraser(history, storage, redis, self._events)
        self._policy = RetryPolicy()
        self._draining = False
        self._jobs: set[asyncio.Task[Any]] = set()  # from taking the lease to giving it back
        self._workflows: set[_Workflow] = set()

    async def run(self, job: str) -> None:
        """Run a job, unless another worker has it or it has ended."""
        if self._draining:
            return
        task = asyncio.current_task()
        assert task is not None
        self._jobs.add(task)
        try:
            lease = await self._history.leases.take(job, owner=self._owner, ttl=self._settings.lease_seconds)
            if lease is None:
                return
            JOB.set(job)
            with RUNNING.track_inprogress():
                await self._run_leased(await self._history.jobs.get(job), lease)
        except (LeaseLost, Fenced):
            logger.warning("the job has been taken over, ended or deleted meanwhile")
            await self._eraser.erase_leavings(job)
        except DatabaseUnavailable:
            logger.warning("the database is away; a worker goes on with the job when it is back", exc_info=True)
        finally:
            self._jobs.discard(task)

    async def drain(self) -> None:
        """Take no more jobs, and give the running ones back: another worker goes on where they are."""
        self._draining = True
        for workflow in self._workflows:
            workflow.stop("drain")
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=self._settings.drain_seconds)

    async def _run_leased(self, record: JobRecord, lease: Lease) -> None:
        memo = Memo(self._storage, self._redis, record.id, cache_seconds=self._settings.cache_seconds)
        door = Door(self._mesh, memo, self._settings, job=record.id, attempt=record.attempt, policy=self._policy)
        context = JobContext(record, lease, door=door, history=self._history, storage=self._storage, events=self._events)
        if lease.recoveries > self._settings.max_recoveries:
            await self._end(record, lease, context, _End(state=JobState.FAILED, error=abandoned_status(lease.recoveries, record.language)))
            return
        workflow = _Workflow(self._work(record, context))
        self._workflows.add(workflow)
        if self._draining:  # since the lease was asked for
            workflow.stop("drain")
        try:
            async with self._kept(lease, context, workflow):
                end = await workflow.task
        except asyncio.CancelledError:
            if workflow.stopped_for == "drain":
                logger.info("given back for another worker to go on")
                await self._give_back(record, lease, context)
                return
            if workflow.stopped_for == "lost":
                raise LeaseLost(record.id, lease.fencing_token) from None
            if workflow.stopped_for != "cancel":
                raise  # this call itself is cancelled, and the workflow with it
            end = _End(state=JobState.CANCELLED)
        finally:
            self._workflows.discard(workflow)
        await self._end(record, lease, context, end)

    async def _work(self, record: JobRecord, context: JobContext) -> _End:
        try:
            await context.tell_state(job_pb2.JOB_STATE_RUNNING)
            return _End(state=JobState.SUCCEEDED, result=await run_workflow(context, record.request_type, record.request))
        except ModelRefused as error:
            return _End(state=JobState.FAILED, error=refusal_status(error, record.language))
        except CallGivenUp as error:
            return _End(state=JobState.FAILED, error=given_up_status(error, record.language))
        except (LeaseLost, Fenced, DatabaseUnavailable):
            raise
        except ServiceError as error:
            return _End(state=JobState.FAILED, error=to_status(error))
        except Exception:
            reference = uuid.uuid4().hex[:12]
            logger.exception("the workflow failed, reference %s", reference)
            return _End(state=JobState.FAILED, error=unexpected_status(reference, record.language))

    @contextlib.asynccontextmanager
    async def _kept(self, lease: Lease, context: JobContext, workflow: _Workflow) -> AsyncIterator[None]:
        """Within: heartbeats keep the lease; `workflow` is stopped when it is lost, or when that was asked for."""
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        # Work goes on while the lease surely lasts and no longer, for another worker may have it then; also when a heartbeat hangs.
        expiry = loop.call_later(self._settings.lease_seconds, workflow.stop, "lost")

        async def keep() -> None:
            nonlocal expiry
            while not await _set_within(done, self._settings.heartbeat_seconds):
                asked = loop.time()
                try:
                    answer = await self._history.leases.heartbeat(
                        lease,
                        ttl=self._settings.lease_seconds,
                        progress=context.progress.SerializeToString(),
                        last_event=context.last_event,
                    )
                except LeaseLost:
                    workflow.stop("lost")
                    return
                except DatabaseUnavailable:
                    logger.warning("no heartbeat could be written", exc_info=True)
                    continue
                expiry.cancel()
                expiry = loop.call_at(asked + self._settings.lease_seconds, workflow.stop, "lost")
                if answer.cancel_requested:
                    workflow.stop("cancel")
                    return

        keeper = asyncio.create_task(keep())
        try:
            yield
        finally:
            # Not cancelled: a heartbeat cut in the middle would cost the database connection that it runs on.
            done.set()
            await keeper
            expiry.cancel()

    async def _end(self, record: JobRecord, lease: Lease, context: JobContext, end: _End) -> None:
        # The last heartbeat may be a second old; the row keeps how far the job really came.
        await self._history.leases.heartbeat(lease, ttl=self._settings.lease_seconds, progress=context.progress.SerializeToString())
        await self._history.leases.finish(
            lease,
            end.state,
            result=end.result.SerializeToString() if end.result is not None else None,
            error=end.error.SerializeToString() if end.error is not None else None,
            last_event=context.last_event + 1,
        )
        await context.tell_state(int(end.state), end.error)
        ENDED.labels(job_pb2.JobKind.Name(record.kind), end.state.name).inc()  # type: ignore[arg-type]
        logger.info("job ended %s", end.state.name)

    async def _give_back(self, record: JobRecord, lease: Lease, context: JobContext) -> None:
        released = await self._history.leases.release(lease)
        await context.tell_state(int(released.state))
        await self._history.jobs.set_last_event(record.id, context.last_event)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event for so long; whether it came."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
