"""Deletion that is complete: rows first, then files, cache and events; what an outage or a crash leaves behind, the sweeper erases."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.common.errors import ServiceError
from services.orchestrator.history import History, JobNotFound
from services.orchestrator.jobs.events import EventLog
from services.orchestrator.jobs.memo import Memo, job_of, job_prefix
from services.orchestrator.storage import Storage

logger = logging.getLogger(__name__)


class Eraser:
    """Erases jobs and what is left of them."""

    def __init__(self, history: History, storage: Storage, redis: Redis, events: EventLog) -> None:
        self._history = history
        self._storage = storage
        self._redis = redis
        self._events = events

    async def delete_job(self, job: str, *, actor: str) -> None:
        """Erase a job with everything that only it has; what storage or Redis cannot erase now, it will later.

        Raises:
            JobNotFound: there is none.
            WrongState: it has not ended.
        """
        keys = await self._history.jobs.delete(job, actor=actor, prefixes=[job_prefix(job)])
        try:
            await self._erase(keys)
        except (ServiceError, RedisError):
            logger.warning("not all of %s could be erased now; a sweeper will", job, exc_info=True)

    async def erase_leavings(self, job: str) -> None:
        """Erase what a worker has written for a job that was deleted while it still worked; nothing when the job exists."""
        try:
            await self._history.jobs.get(job)
        except JobNotFound:
            await self._erase([job_prefix(job)])

    async def erase_pending(self) -> int:
        """Erase what the database has let go of already; gives how many storage keys."""
        keys = await self._history.erasures.pending()
        await self._erase(keys)
        return len(keys)

    async def _erase(self, keys: Sequence[str]) -> None:
        for key in keys:
            if key.endswith("/"):
                job = job_of(key)
                await Memo(self._storage, self._redis, job, cache_seconds=0).forget()
                await self._events.delete(job)
                await self._storage.delete_prefix(key)
            else:
                await self._storage.delete(key)
        if keys:
            await self._history.erasures.done(keys)
