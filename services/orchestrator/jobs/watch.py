"""Watching a job: its events from any number on, ending with the terminal one, whatever happens to Redis meanwhile."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

from dasibom.orchestrator.v1.job_pb2 import JobEvent, StateChange
from services.orchestrator.history import History, JobRecord
from services.orchestrator.jobs.events import EventLog
from services.orchestrator.jobs.feed import Feeds

logger = logging.getLogger(__name__)

_CHECK_SECONDS = 2.0  # silence after which the database is asked whether the job has ended meanwhile
_TERMINAL = {3, 4, 5}  # JOB_STATE_SUCCEEDED, _FAILED, _CANCELLED


class Watcher:
    """Follows jobs."""

    def __init__(self, history: History, events: EventLog) -> None:
        self._history = history
        self._feeds = Feeds(events)

    async def watch(self, job: str, after: int) -> AsyncIterator[JobEvent | None]:
        """Events of a job after number `after`, as they come; None whenever nothing happened for about two seconds.

        Ends after the terminal event of the job's latest attempt. If the event log has lost it, an equal one is made from the database,
        which alone is the truth.

        Raises:
            JobNotFound: there is no such job.
        """
        record = await self._history.jobs.get(job)
        if record.state.terminal and after >= record.last_event > 0:
            yield _terminal_event(record)
            return
        async with contextlib.aclosing(self._feeds.follow(job, after, pause_seconds=_CHECK_SECONDS)) as events:
            async for event in events:
                if event is not None:
                    yield event
                    if not _is_terminal(event):
                        continue
                record = await self._history.jobs.get(job)
                if not record.state.terminal:
                    if event is None:
                        yield None
                    continue
                if event is not None and event.state_change.attempt == record.attempt:
                    return
                if event is None:
                    # Silence after the end: the log has lost its tail.
                    yield _terminal_event(record)
                    return


def _is_terminal(event: JobEvent) -> bool:
    return event.WhichOneof("event") == "state_change" and event.state_change.state in _TERMINAL


def _terminal_event(record: JobRecord) -> JobEvent:
    event = JobEvent(
        number=record.last_event,
        job=record.id,
        state_change=StateChange(state=int(record.state), attempt=record.attempt),  # type: ignore[arg-type]
    )
    if record.error is not None:
        event.state_change.error.ParseFromString(record.error)
    if record.end_time is not None:
        event.time.FromDatetime(record.end_time)
    return event
