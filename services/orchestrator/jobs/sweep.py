"""Nothing is lost: the sweeper finds jobs that nobody works on and wakes a worker; it also tidies up.

Every worker runs one. That two find the same job is harmless: the lease goes to one worker only.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.common.errors import ServiceError
from services.orchestrator.history import History
from services.orchestrator.jobs import presence
from services.orchestrator.jobs.erase import Eraser
from services.orchestrator.jobs.queue import Wakeups
from services.orchestrator.settings import OrchestratorSettings

logger = logging.getLogger(__name__)

_TIDY_SECONDS = 60.0


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
        """Sweep until cancelled. A database or Redis that is away is waited for."""
        loop = asyncio.get_running_loop()
        tidy_at = loop.time()
        while True:
            try:
                await presence.announce(self._redis, self._worker)
                await self.wake_forgotten()
                if loop.time() >= tidy_at:
                    tidy_at = loop.time() + _TIDY_SECONDS
                    await self.tidy()
            except (ServiceError, RedisError, OSError):
                logger.warning("cannot sweep now", exc_info=True)
            await asyncio.sleep(self._settings.sweep_seconds)

    async def wake_forgotten(self) -> int:
        """Wake workers for jobs whose wake-up was lost or whose worker has died; gives how many."""
        jobs = await self._history.wakeups.due(queued_after=self._settings.requeue_seconds)
        for job in jobs:
            logger.info("waking a worker for %s", job, extra={"job": job})
            await self._wakeups.send(job)
        return len(jobs)

    async def tidy(self) -> None:
        """Erase jobs past their retention, uploads that no job used in time, and files whose rows are gone."""
        if self._settings.retention_days:
            for job in await self._history.jobs.expired(datetime.now(UTC) - timedelta(days=self._settings.retention_days)):
                await self._eraser.delete_job(job, actor="retention")
        await self._history.files.erase_unused_uploads(datetime.now(UTC) - timedelta(seconds=self._settings.upload_seconds))
        await self._eraser.erase_pending()
