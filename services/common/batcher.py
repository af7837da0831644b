"""Requests that can share a forward pass do.

A request waits in one bounded queue, in order of arrival, until a worker is free. The worker takes the oldest request and
with it the next ones of the same key, at most `max_batch`, and runs them in a thread as one batch. So no key can starve
another, and while workers are busy batches form by themselves.

A free worker waits for company too, `max_wait` seconds from the oldest request's arrival and at most a tenth of what runs take, for
company is worth nothing where the run itself costs nothing. It waits only as long as that delays nobody else: not when the batch is
full, nor when a request of another key is waiting, nor while draining.

A caller may leave at any time and returns at once. If its request was still waiting, its place is free again. If it was running
alone, its monitor stops the work at the next report. If it was running with others, the batch goes on for them, and stops only
when all have left. When a batch fails, each member still waited for is run again alone, once, so that one bad request does not
fail its neighbours.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, Protocol, TypeVar

from prometheus_client import Gauge, Histogram

from services.common.backend import Cancelled, Monitor
from services.common.errors import DeadlineExceeded, Draining, ResourceExhausted
from services.common.monitor import ThreadMonitor

logger = logging.getLogger(__name__)

_LABELS = ("service", "model")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
QUEUE_DEPTH = Gauge("dasibom_queue_depth", "Requests waiting for a batch", _LABELS)
BATCH_SIZE = Histogram("dasibom_batch_size", "Requests in a batch", _LABELS, buckets=(1, 2, 4, 8, 16, 32, 64))
BATCH_WAIT = Histogram("dasibom_batch_wait_seconds", "Time from a request's arrival to its batch's start", _LABELS, buckets=_SECONDS)
BATCH_PROCESS = Histogram("dasibom_batch_process_seconds", "Time that a batch took to run", _LABELS, buckets=_SECONDS)

_WAIT_SHARE = 0.1  # of a run's time is the most that waiting for company may add to it
_STOP_SECONDS = 5.0  # how long `close` waits for cancelled work to reach its next report


@dataclass(frozen=True, kw_only=True)
class _Meters:
    """The metrics of one model; finding them by their labels takes longer than counting."""

    queue_depth: Gauge
    size: Histogram
    wait: Histogram
    process: Histogram


@cache
def _meters(service: str, model: str) -> _Meters:
    return _Meters(
        queue_depth=QUEUE_DEPTH.labels(service, model),
        size=BATCH_SIZE.labels(service, model),
        wait=BATCH_WAIT.labels(service, model),
        process=BATCH_PROCESS.labels(service, model),
    )


class QueueFull(ResourceExhausted):
    """Too many requests are waiting; try again later."""

    reason = "QUEUE_FULL"


class MonitoredTask(Protocol):
    """Work that can be watched and stopped."""

    @property
    def monitor(self) -> Monitor:
        """The request's `ThreadMonitor`."""
        ...


Key = TypeVar("Key", bound=Hashable)
Task = TypeVar("Task", bound=MonitoredTask)
Result = TypeVar("Result")


@dataclass(kw_only=True, eq=False)
class _Request(Generic[Key, Task, Result]):
    """One caller's task on its way through the batcher."""

    key: Key
    task: Task
    monitor: ThreadMonitor
    outcome: asyncio.Future[Result]
    on_position: Callable[[int], None] | None
    position: int | None = None  # as last told to the caller
    arrived: float = field(default_factory=time.monotonic)

    def tell_position(self, position: int) -> None:
        if self.on_position is not None and self.position != position:
            self.position = position
            try:
                self.on_position(position)
            except Exception:  # one caller's mistake must not stop the others
                logger.exception("a position callback failed")

    def succeed(self, result: Result) -> None:
        if not self.outcome.done():
            self.outcome.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(DeadlineExceeded() if isinstance(error, Cancelled) and self.monitor.expired else error)


class Batcher(Generic[Key, Task, Result]):
    """A bounded queue in front of a blocking function that works on batches. Use it from one event loop."""

    def __init__(
        self,
        run: Callable[[Key, Sequence[Task]], list[Result]],
        *,
        max_batch: int = 8,
        max_wait: float = 0.01,
        max_queue: int = 64,
        workers: int = 1,
        lease: Callable[[Key], AbstractAsyncContextManager[object]] | None = None,
        service: str = "",
        model_of: Callable[[Key], str] = lambda _: "",
    ) -> None:
        """Set the bounds.

        Args:
            run: works on tasks of one key and gives one result a task, in their order. Blocks; called in a worker thread.
            max_batch: most tasks a run.
            max_wait: most seconds that a free worker waits for company for a request.
            max_queue: most requests waiting, of all keys together, those that run not counted.
            workers: most batches that run at once.
            lease: held on the event loop around each run, such as `lambda key: pool.use(key.model)`: a caller who leaves gives
                up its own hold on the model while the thread still works with it.
            service: label of the metrics.
            model_of: gives the metrics' model label of a key; keep its values few.
        """
        if min(max_batch, max_queue, workers) < 1 or max_wait < 0:
            raise ValueError("max_batch, max_queue and workers must be at least 1, and max_wait at least 0")
        self._run = run
        self._max_batch = max_batch
        self._max_wait = max_wait
        self._max_queue = max_queue
        self._workers = workers
        self._lease = lease or (lambda _: contextlib.nullcontext())
        self._service = service
        self._model_of = model_of
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix=f"{service or 'batch'}-worker")
        self._waiting: list[_Request[Key, Task, Result]] = []
        self._running: dict[asyncio.Task[None], Sequence[_Request[Key, Task, Result]]] = {}
        self._company_timer: asyncio.TimerHandle | None = None
        self._draining = False
        self._mean_seconds = 1.0  # of a run, exponentially weighted

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._waiting)

    async def submit(self, key: Key, task: Task, *, on_position: Callable[[int], None] | None = None) -> Result:
        """Have `task` done, in company of others with an equal key where there are any.

        Args:
            key: what tasks must have in common to share a run: model, size, steps.
            task: the work; its monitor is a `ThreadMonitor` that no other task has.
            on_position: called on the event loop with the number of requests ahead in the queue, whenever it changes, and
                with 0 when the run starts.

        Raises:
            QueueFull: no place is free; `retry_after` estimates when one will be.
            Draining: the batcher is closing.
            DeadlineExceeded: the monitor's deadline passed first.
            Exception: whatever `run` raised for this task alone.
        """
        if not isinstance(task.monitor, ThreadMonitor):
            raise TypeError(f"a task needs a ThreadMonitor, not {type(task.monitor).__name__}")
        if self._draining:
            raise Draining
        if len(self._waiting) >= self._max_queue:
            raise QueueFull(f"{self._max_queue} requests are waiting already; try again later", retry_after=self._seconds_until_room())
        outcome: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        request = _Request(key=key, task=task, monitor=task.monitor, outcome=outcome, on_position=on_position)
        self._waiting.append(request)
        self._meters(key).queue_depth.inc()
        try:
            self._dispatch()
            await asyncio.wait([outcome], timeout=request.monitor.remaining)
            if not outcome.done():
                raise DeadlineExceeded
            return outcome.result()
        finally:
            self._leave(request)

    async def close(self, grace: float = 30.0) -> None:
        """Take no new requests, finish the accepted ones, and after `grace` seconds give up on the rest.

        Those left over get `Draining`, and their work stops at its next report. A thread that never reports cannot be stopped:
        it is logged, and Python waits for it at exit.
        """
        self._draining = True
        self._dispatch()
        give_up_at = time.monotonic() + grace
        while self._running and (seconds := give_up_at - time.monotonic()) > 0:
            await asyncio.wait(self._running, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for request in [*self._waiting, *(request for batch in self._running.values() for request in batch)]:
            if not request.outcome.done():
                request.monitor.cancel()
                request.fail(Draining())
        self._waiting_changed([])
        if self._running:
            await asyncio.wait(self._running, timeout=_STOP_SECONDS)
        if self._running:
            logger.warning("%d batches do not stop: they have not reported for %.0f s", len(self._running), _STOP_SECONDS)
        self._executor.shutdown(wait=False)

    def _meters(self, key: Key) -> _Meters:
        return _meters(self._service, self._model_of(key))

    def _seconds_until_room(self) -> float:
        batches = math.ceil(len(self._waiting) / self._max_batch)
        return max(0.1, self._mean_seconds * batches / self._workers)

    def _leave(self, request: _Request[Key, Task, Result]) -> None:
        """Forget a caller who has its answer or does not want it any more."""
        if not request.outcome.cancel():
            if not request.outcome.cancelled():
                request.outcome.exception()  # cancelled in the moment that the answer came: mark an error as seen
            return
        request.monitor.cancel()
        if request in self._waiting:
            self._waiting_changed([other for other in self._waiting if other is not request])
            self._dispatch()

    def _waiting_changed(self, waiting: list[_Request[Key, Task, Result]]) -> None:
        """Let only `waiting`, a part of those who waited until now, wait on."""
        for request in set(self._waiting) - set(waiting):
            self._meters(request.key).queue_depth.dec()
        self._waiting = waiting

    def _dispatch(self) -> None:
        """Start every batch that is due, and tell the others their place."""
        if self._company_timer is not None:
            self._company_timer.cancel()
            self._company_timer = None
        while self._waiting and len(self._running) < self._workers:
            oldest = self._waiting[0]
            batch = [request for request in self._waiting if request.key == oldest.key][: self._max_batch]
            delays_nobody = len(batch) == len(self._waiting) and len(batch) < self._max_batch and not self._draining
            patience = min(self._max_wait, _WAIT_SHARE * self._mean_seconds)
            seconds_left = oldest.arrived + patience - time.monotonic()
            if delays_nobody and seconds_left > 0:
                self._company_timer = asyncio.get_running_loop().call_later(seconds_left, self._dispatch)
                break
            self._start(batch)
        for position, request in enumerate(self._waiting):
            request.tell_position(position)

    def _start(self, batch: list[_Request[Key, Task, Result]]) -> None:
        self._waiting_changed([request for request in self._waiting if request not in batch])
        for request in batch:
            request.tell_position(0)
            self._meters(request.key).wait.observe(time.monotonic() - request.arrived)
        work = asyncio.create_task(self._work(batch))
        self._running[work] = batch
        work.add_done_callback(self._finished)

    def _finished(self, work: asyncio.Task[None]) -> None:
        del self._running[work]
        if not work.cancelled():  # else the event loop is being shut down
            self._dispatch()

    async def _work(self, batch: list[_Request[Key, Task, Result]]) -> None:
        try:
            async with self._lease(batch[0].key):
                await self._process(batch)
        except Exception as error:  # the lease was refused
            for request in batch:
                request.fail(error)

    async def _process(self, batch: list[_Request[Key, Task, Result]]) -> None:
        batch = [request for request in batch if not request.outcome.done()]
        if not batch:
            return
        try:
            results = await self._run_in_thread(batch)
        except Exception as error:
            if len(batch) == 1:
                batch[0].fail(error)
                return
            logger.info("a batch of %d failed (%s); its members are run again alone", len(batch), type(error).__name__)
            for request in batch:
                await self._process([request])
        else:
            for request, result in zip(batch, results, strict=True):
                request.succeed(result)

    async def _run_in_thread(self, batch: list[_Request[Key, Task, Result]]) -> list[Result]:
        key = batch[0].key
        tasks = [request.task for request in batch]
        monitors = [request.monitor for request in batch]
        for monitor in monitors:
            monitor.share(monitors)

        def run() -> list[Result]:
            try:
                results = self._run(key, tasks)
            except StopIteration as error:  # a future cannot hold it: its waiter would wait forever
                raise RuntimeError("the backend let a StopIteration escape") from error
            if len(results) != len(tasks):
                raise RuntimeError(f"the backend gave {len(results)} results for {len(tasks)} tasks")
            return results

        started = time.monotonic()
        self._meters(key).size.observe(len(batch))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, run)
        finally:
            seconds = time.monotonic() - started
            self._meters(key).process.observe(seconds)
            self._mean_seconds += 0.2 * (seconds - self._mean_seconds)
