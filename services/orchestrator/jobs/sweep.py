"""Nothing is lost: the sweeper finds jobs that nobody works on and wakes a worker; it also tidies up.

Every worker runs one. That two find the same job is harmless: the lease goes to one worker only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from services.orchestrator.history import History, JobNotFound
from services.orchestrator.jobs import presence
from services.orchestrator.jobs.erase import Eraser
from services.orchestrator.jobs.queue import QUEUE, Wakeups
from services.orchestrator.settings import OrchestratorSettings

logger = logging.getLogger(__name__)

_TIDY_SECONDS = 60.0
_MOST_WAITING = 100  # wake-ups in the queue, beyond which the sweeper adds none


class Sweeper:
    """Looks after what others forgot."""

    def __init__(
        self, worker: str, settings: OrchestratorSettings, *, history: History, wakeups: Wakeups, eraser: Eraser, redis: Redis
    ) -> None:
        """Make a sweeper.

        Args:
            worker: name of the worker that it runs in.
            settings: how often, and what counts as forgotten.
            history: the database.
            wakeups: tells the workers.
            eraser: takes away what is of no use any more.
            redis: where the worker says that it is alive.
        """
        self._worker = worker
        self._settings = settings
        self._history = history
        self._wakeups = wakeups
        self._eraser = eraser
        self._redis = redis

    async def run(self) -> None:
        """Sweep until cancelled. What fails, such as a database or Redis that is away, is tried again."""
        loop = asyncio.get_running_loop()
        tidy_at = loop.time()
        while True:
            try:
                await presence.announce(self._redis, self._worker)
                await self.wake_forgotten()
                if loop.time() >= tidy_at:
                    tidy_at = loop.time() + _TIDY_SECONDS
                    await self.tidy()
            except Exception:  # whatever it is: without a sweeper, jobs whose worker dies would wait for ever
                logger.warning("cannot sweep now", exc_info=True)
            await asyncio.sleep(self._settings.sweep_seconds)

    async def wake_forgotten(self) -> int:
        """Wake workers for jobs whose wake-up was lost or whose worker has died; gives how many."""
        # Wake-ups that nobody has had time for are not lost, and need no second ones: those would pile up as long as all are busy.
        room = _MOST_WAITING - await self._redis.llen(QUEUE)
        if room <= 0:
            return 0
        jobs = await self._history.wakeups.due(queued_after=self._settings.requeue_seconds, limit=room)
        for job in jobs:
            logger.info("waking a worker for %s", job, extra={"job": job})
            await self._wakeups.send(job)
        return len(jobs)

    async def tidy(self) -> None:
        """Erase jobs past their retention, uploads that no job used in time, and files whose rows are gone."""
        if self._settings.retention_days:
            for job in await self._history.jobs.expired(datetime.now(UTC) - timedelta(days=self._settings.retention_days)):
                with contextlib.suppress(JobNotFound):  # another worker was quicker
                    await self._eraser.delete_job(job, actor="retention")
        await self._history.files.erase_unused_uploads(datetime.now(UTC) - timedelta(seconds=self._settings.upload_seconds))
        await self._eraser.erase_pending()
