"""Finished model calls, remembered: with the job, so that a worker that takes it over makes none again; and across jobs, as a cache.

The key is the hash of method, request bytes and model revision. With the job an answer is kept in storage, so it survives Redis; across
jobs in Redis, for a while.
"""

from __future__ import annotations

import hashlib
import logging

from google.protobuf.message import Message
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.orchestrator.mesh import Method
from services.orchestrator.storage import ObjectNotFound, Storage

logger = logging.getLogger(__name__)

# Redis holds the cache in memory; a large answer is cheaper to make again than to keep there.
_LARGEST_CACHED = 8 * 1024 * 1024


def memo_key(method: Method, request: Message, revision: str) -> str:
    """The hash that stands for one call."""
    digest = hashlib.sha256()
    for part in (method.path.encode(), revision.encode(), request.SerializeToString(deterministic=True)):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


class Memo:
    """The remembered calls of one job."""

    def __init__(self, storage: Storage, redis: Redis, job: str, *, cache_seconds: float) -> None:
        """Remember for `job`.

        Args:
            storage: keeps the answers with the job.
            redis: keeps them for other jobs.
            job: the job's id.
            cache_seconds: how long for other jobs; 0 for not at all.
        """
        self._storage = storage
        self._redis = redis
        self._job = job
        self._cache_seconds = int(cache_seconds)

    async def get(self, method: Method, key: str) -> Message | None:
        """The answer of an earlier call, if there was one."""
        try:
            return method.result.FromString(await self._storage.read(_stored(self._job, key)))
        except ObjectNotFound:
            pass
        if not self._cache_seconds:
            return None
        try:
            cached: bytes | None = await self._redis.get(_cached(key))  # type: ignore[assignment]  # the client gives bytes
        except RedisError:
            logger.warning("the cache cannot be read", exc_info=True)
            return None
        if cached is None:
            return None
        # With the job as well: the cache may forget before the job is done.
        await self._storage.put(_stored(self._job, key), cached, media_type="application/x-protobuf")
        return method.result.FromString(cached)

    async def put(self, key: str, result: Message) -> None:
        """Remember an answer."""
        data = result.SerializeToString()
        await self._storage.put(_stored(self._job, key), data, media_type="application/x-protobuf")
        if self._cache_seconds and len(data) <= _LARGEST_CACHED:
            try:
                await self._redis.set(_cached(key), data, ex=self._cache_seconds)
            except RedisError:
                logger.warning("the cache cannot be written", exc_info=True)

    async def revision(self, model: str, attempt: int) -> str | None:
        """The revision of a model that this attempt began with, if it has asked that model before."""
        try:
            return (await self._storage.read(_revision(self._job, model, attempt))).decode()
        except ObjectNotFound:
            return None

    async def set_revision(self, model: str, attempt: int, revision: str) -> None:
        """Fix a model's revision for this attempt."""
        await self._storage.put(_revision(self._job, model, attempt), revision.encode(), media_type="text/plain")

    async def forget(self) -> None:
        """Take this job's answers out of the cache; those in storage go with the job's files."""
        keys = [_cached(item.rpartition("/")[2]) async for item in self._storage.list(_stored(self._job, ""))]
        if keys:
            await self._redis.delete(*keys)


def job_prefix(job: str) -> str:
    """Where everything of a job is stored."""
    return f"jobs/{job}/"


def job_of(prefix: str) -> str:
    """The job that a prefix made by `job_prefix` belongs to."""
    return prefix.split("/")[1]


def _stored(job: str, key: str) -> str:
    return f"{job_prefix(job)}memo/{key}"


def _revision(job: str, model: str, attempt: int) -> str:
    # A model's name comes from a request; hashed, it is safe in a storage key whatever it holds.
    return f"{job_prefix(job)}revisions/{attempt}/{hashlib.sha256(model.encode()).hexdigest()}"


def _cached(key: str) -> str:
    return f"dasibom:cache:{key}"
