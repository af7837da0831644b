"""Which workers are alive: each says so in Redis every few seconds, so that health can tell of a system that nobody works in."""

from __future__ import annotations

from redis.asyncio import Redis

_PREFIX = "dasibom:worker:"
SECONDS = 10
"""A worker silent for so long is gone."""


async def announce(redis: Redis, worker: str) -> None:
    """Say that a worker is alive."""
    await redis.set(_PREFIX + worker, b"1", ex=SECONDS)


async def leave(redis: Redis, worker: str) -> None:
    """Say that it has gone."""
    await redis.delete(_PREFIX + worker)


async def count(redis: Redis) -> int:
    """How many workers are alive."""
    return len([key async for key in redis.scan_iter(match=_PREFIX + "*", count=1000)])
