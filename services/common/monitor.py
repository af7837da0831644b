"""The line from a worker thread back to the request that it works for.

A backend calls `report` in a worker thread. The latest progress waits here for the request's coroutine, which reads it from
`updates`; whatever it had no time to read is replaced, so a slow reader costs neither memory nor speed. The other way, the
coroutine's end or its deadline becomes `Cancelled` at the backend's next report.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.common.backend import Cancelled


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a request is."""

    stage: str  # `queued`, or a key of the backend's own
    step: int = 0  # steps of the stage that are finished
    total: int = 0  # steps in the stage; 0 when not known
    queue_position: int = 0  # requests ahead of this one; 0 once it runs
    preview: np.ndarray | None = None  # H×W×3, uint8, RGB


class ThreadMonitor:
    """The `Monitor` of one request, made on the event loop's thread.

    A servicer follows its request like this:

        monitor = ThreadMonitor(timeout=context.time_remaining())
        work = asyncio.ensure_future(batcher.submit(key, Task(..., monitor=monitor), on_position=monitor.queued))
        try:
            async for progress in monitor.updates(until=work):
                ...
            result = await work
        finally:
            work.cancel()
    """

    def __init__(self, *, timeout: float | None = None) -> None:
        """Start the clock.

        Args:
            timeout: seconds from now until the work is of no use any more; None for no deadline.
        """
        self._loop = asyncio.get_running_loop()
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._cancelled = False
        self._had_to_wait = False
        self._companions: Sequence[ThreadMonitor] = (self,)
        self._lock = threading.Lock()
        self._latest: Progress | None = None
        self._changed = asyncio.Event()

    @property
    def remaining(self) -> float | None:
        """Seconds until the deadline, 0 when it has passed; None without one."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed."""
        return self.remaining == 0.0

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for this request any more."""
        return self._cancelled or self.expired

    def cancel(self) -> None:
        """Note that the caller has left. The batcher calls this; to cancel a request, cancel its `submit`."""
        self._cancelled = True

    def share(self, companions: Sequence[ThreadMonitor]) -> None:
        """Join a batch: from now on work stops only when nobody waits for any of `companions` (this one among them)."""
        self._companions = tuple(companions)

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        """See `Monitor.report`. Any thread may call it.

        Raises:
            Cancelled: nobody waits any more for any request of the batch that this one runs in.
        """
        if all(monitor.cancelled for monitor in self._companions):
            raise Cancelled("the deadline has passed" if self.expired else "the caller has left")
        self._publish(Progress(stage=stage, step=step, total=total, preview=preview))

    def queued(self, position: int) -> None:
        """Tell that `position` requests are ahead in the queue. Made to be the batcher's `on_position`.

        That nobody is ahead is news only to one who had to wait.
        """
        if position == 0 and not self._had_to_wait:
            return
        self._had_to_wait = True
        self._publish(Progress(stage="queued", queue_position=position))

    async def updates(self, until: asyncio.Future[object]) -> AsyncIterator[Progress]:
        """Yield progress as it comes, the latest only, until `until` is done.

        Args:
            until: the request's work. It is only watched: neither awaited nor cancelled.
        """

        def wake(_: object) -> None:
            self._changed.set()

        until.add_done_callback(wake)
        try:
            finished = False
            while not finished:
                await self._changed.wait()
                self._changed.clear()
                finished = until.done()
                if (progress := self._take()) is not None:
                    yield progress
        finally:
            until.remove_done_callback(wake)

    def _take(self) -> Progress | None:
        with self._lock:
            progress, self._latest = self._latest, None
            return progress

    def _publish(self, progress: Progress) -> None:
        with self._lock:
            unread, self._latest = self._latest, progress
            if unread is not None and unread.stage == progress.stage and progress.preview is None:
                self._latest = replace(progress, preview=unread.preview)  # a preview comes rarely; do not lose it to a plain step
        if unread is None:
            try:
                self._loop.call_soon_threadsafe(self._changed.set)
            except RuntimeError:  # the event loop is closed: the server has gone, and every caller with it
                raise Cancelled("the server has stopped") from None
