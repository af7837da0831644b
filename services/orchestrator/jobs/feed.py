"""New events for those who watch: read from Redis once a job, however many watch it here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import takewhile

from redis.exceptions import RedisError

from dasibom.orchestrator.v1.job_pb2 import JobEvent
from services.orchestrator.jobs.events import EventLog

logger = logging.getLogger(__name__)

_KEPT = 200  # events that a feed remembers; a follower who is further behind reads the log itself
_READ_SECONDS = 2.0  # longest single wait for Redis
_RETRY_SECONDS = 0.5


class Feeds:
    """The feeds of all jobs that are watched in this process."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._feeds: dict[str, _Feed] = {}

    async def follow(self, job: str, after: int, *, pause_seconds: float) -> AsyncGenerator[JobEvent | None]:
        """Events of a job after number `after` as they come, for ever; None whenever there was none for `pause_seconds`.

        While Redis is away there are none.
        """
        with self._followed(job, after) as feed:
            while True:
                news = feed.since(after)
                if news is None:
                    news = await self._read(job, after)
                for event in news:
                    after = event.number
                    yield event
                if not news and not await feed.wait(pause_seconds):
                    yield None

    async def _read(self, job: str, after: int) -> Sequence[JobEvent]:
        with contextlib.suppress(RedisError):
            return await self._events.read(job, after)
        return ()

    @contextlib.contextmanager
    def _followed(self, job: str, after: int) -> Iterator[_Feed]:
        """Within: the job's feed reads on. It begins with the first follower and ends with the last."""
        feed = self._feeds.get(job)
        if feed is None:
            feed = self._feeds[job] = _Feed(self._events, job, after)
        feed.followers += 1
        try:
            yield feed
        finally:
            feed.followers -= 1
            if feed.followers == 0:
                feed.end()
                del self._feeds[job]


class _Feed:
    """The latest events of one job."""

    def __init__(self, events: EventLog, job: str, after: int) -> None:
        self.followers = 0
        self._events = events
        self._position = after  # number of the latest event
        self._recent: deque[JobEvent] = deque(maxlen=_KEPT)
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read(job))

    def since(self, after: int) -> Sequence[JobEvent] | None:
        """The events after a number; None when they are not remembered here any more."""
        if after >= self._position:
            return ()
        if not self._recent or self._recent[0].number > after + 1:
            return None
        return tuple(takewhile(lambda event: event.number > after, reversed(self._recent)))[::-1]

    async def wait(self, seconds: float) -> bool:
        """Whether there is news, waiting for it."""
        news = self._news
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await news.wait()
        return news.is_set()

    def end(self) -> None:
        """Read no more."""
        self._reader.cancel()

    async def _read(self, job: str) -> None:
        while True:
            try:
                if not self._recent:
                    # A first follower who asks for what has yet to happen must not keep what happens from the others.
                    self._position = min(self._position, await self._events.latest(job))
                events = await self._events.read(job, self._position, wait_seconds=_READ_SECONDS)
            except RedisError as error:
                logger.warning("the events of %s cannot be read now: %s", job, error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if events:
                self._recent.extend(events)
                self._position = events[-1].number
                news, self._news = self._news, asyncio.Event()
                news.set()
