"""Deletion that is complete: rows first, then files, cache and events; what a crash leaves behind is found by the sweeper."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from redis.asyncio import Redis

from services.orchestrator.history import History
from services.orchestrator.jobs.events import EventLog
from services.orchestrator.jobs.memo import Memo, job_prefix
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
        """Erase a job with everything that only it has.

        Raises:
            JobNotFound: there is none.
            WrongState: it has not ended.
        """
        keys = await self._history.jobs.delete(job, actor=actor, prefixes=[job_prefix(job)])
        await Memo(self._storage, self._redis, job, cache_seconds=0).forget()
        await self._events.delete(job)
        await self._erase(keys)

    async def erase_pending(self) -> int:
        """Erase from storage what the database has let go of already; gives how many keys."""
        keys = await self._history.erasures.pending()
        await self._erase(keys)
        return len(keys)

    async def _erase(self, keys: Sequence[str]) -> None:
        done = []
        for key in keys:
            if key.endswith("/"):
                await self._storage.delete_prefix(key)
            else:
                await self._storage.delete(key)
            done.append(key)
        if done:
            await self._history.erasures.done(done)
