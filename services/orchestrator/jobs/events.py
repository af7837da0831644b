"""What happened to a job, numbered from 1 without a gap, in a Redis stream: anyone may watch, leave and resume.

A stream entry's id is the event's number, so resuming after N is reading from N. Numbers are given and fenced in one step inside
Redis: a worker that has lost its lease cannot add to the story.
"""

from __future__ import annotations

import logging
import math
import time
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from dasibom.orchestrator.v1.job_pb2 import JobEvent

logger = logging.getLogger(__name__)

# KEYS: stream, head. ARGV: event, fencing token, least number already given, seconds to keep.
_APPEND = """
local head = redis.call('HMGET', KEYS[2], 'number', 'fence')
local fence = tonumber(ARGV[2])
local latest = tonumber(head[2] or '0')
if fence > 0 and fence < latest then return 0 end
local number = math.max(tonumber(head[1] or '0'), tonumber(ARGV[3])) + 1
redis.call('HSET', KEYS[2], 'number', number, 'fence', math.max(fence, latest))
redis.call('XADD', KEYS[1], number .. '-0', 'event', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return number
"""

_MOST_AT_ONCE = 200


class Fenced(Exception):
    """Another worker has taken the job over; what this one has to tell does not count any more."""


class EventLog:
    """The events of all jobs."""

    def __init__(self, redis: Redis, *, keep_seconds: float) -> None:
        """Use `redis`, which must give bytes (`decode_responses=False`).

        Args:
            redis: the client.
            keep_seconds: how long a job's events are kept after its last one.
        """
        self._redis = redis
        self._keep_seconds = math.ceil(keep_seconds)
        self._append = redis.register_script(_APPEND)

    async def append(self, event: JobEvent, *, fence: int = 0, floor: int = 0) -> int:
        """Add an event, and give its number. While Redis is away it is not told, and `floor` is given: no job fails for want of a listener.

        Args:
            event: what happened; its number and time are filled in here.
            fence: the worker's fencing token; 0 for the API, which holds no lease.
            floor: number of the last event that the database knows of, in case Redis has lost it.

        Raises:
            Fenced: a later lease has already written.
        """
        event.time.FromNanoseconds(time.time_ns())
        keys = [_stream(event.job), _head(event.job)]
        try:
            number = int(await self._append(keys=keys, args=[event.SerializeToString(), fence, floor, self._keep_seconds]))
        except RedisError:
            logger.warning("an event of %s cannot be told", event.job, exc_info=True)
            return floor
        if number == 0:
            raise Fenced(event.job)
        event.number = number
        return number

    async def latest(self, job: str) -> int:
        """Number of a job's latest event; 0 when none is known."""
        return int(await self._redis.hget(_head(job), "number") or 0)

    async def read(self, job: str, after: int, *, wait_seconds: float = 0.0) -> list[JobEvent]:
        """The events after number `after`, in order; waits for the first one when there is none yet."""
        block = max(1, int(wait_seconds * 1000)) if wait_seconds else None
        streams: Any = {_stream(job): f"{after}-0"}
        answer = await self._redis.xread(streams, count=_MOST_AT_ONCE, block=block)
        entries = _entries(answer)
        return [_event(entry_id, fields) for entry_id, fields in entries]

    async def delete(self, job: str) -> None:
        """Forget a job's events."""
        await self._redis.delete(_stream(job), _head(job))


def _entries(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of the one stream that was read; RESP3 answers a mapping, RESP2 a list."""
    if not answer:
        return []
    found = next(iter(answer.values())) if isinstance(answer, dict) else answer[0][1]
    # RESP3 wraps the entries of a stream in one more list.
    return found[0] if found and isinstance(found[0], list) and isinstance(found[0][0], list | tuple) else found


def _event(entry_id: bytes, fields: dict[bytes, bytes]) -> JobEvent:
    event = JobEvent.FromString(fields[b"event"])
    event.number = int(entry_id.partition(b"-")[0])
    return event


def _stream(job: str) -> str:
    return f"dasibom:{{{job}}}:events"


def _head(job: str) -> str:
    return f"dasibom:{{{job}}}:head"
