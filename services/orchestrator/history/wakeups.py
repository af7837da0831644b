"""Wake-ups: which jobs a worker has to be told of.

A queue message is only a hint that carries a job's id. Should one get lost, the job's row shows it: it is still QUEUED some time after
the message was sent, or RUNNING under a lease that has expired.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select, update

from services.orchestrator.history.columns import from_now
from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.leases import lease_expired
from services.orchestrator.history.states import JobState
from services.orchestrator.history.tables import jobs


class WakeupStore:
    """The wake-ups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uncut
    async def due(self, *, queued_after: float, limit: int = 100) -> Sequence[str]:
        """Return ids of jobs that wait for a worker and for which no wake-up was sent lately, and note that one is sent now.

        Several sweepers may ask at once: each job is given to one of them.

        Args:
            queued_after: seconds that a wake-up may take until another is sent.
            limit: most ids.
        """
        silent = or_(jobs.c.enqueued_time.is_(None), jobs.c.enqueued_time < from_now(-queued_after))
        waiting = or_(jobs.c.state == JobState.QUEUED, lease_expired())
        overdue = select(jobs.c.id).where(silent, waiting).order_by(jobs.c.create_time).limit(limit).with_for_update(skip_locked=True)
        async with self._database.write() as connection:
            ids = (await connection.scalars(overdue)).all()
            await connection.execute(update(jobs).where(jobs.c.id.in_(ids)).values(enqueued_time=from_now()))
        return ids
