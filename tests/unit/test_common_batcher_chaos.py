"""The batcher under chance: thousands of requests that fail, leave, hurry and crowd; and every step of it against a model."""

import asyncio
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from prometheus_client import REGISTRY

from services.common.backend import Monitor
from services.common.batcher import Batcher, QueueFull
from services.common.errors import DeadlineExceeded
from services.common.monitor import ThreadMonitor

PATIENCE = 60.0  # seconds; a test that waits this long has failed


class Poison(Exception):
    """One request's own fault."""


@dataclass(frozen=True, kw_only=True)
class Job:
    name: int
    key: str
    poisonous: bool = False
    seconds: float = 0.0
    monitor: Monitor = field(default_factory=ThreadMonitor)


class ChaosBackend:
    """Does what its jobs say, and records every run."""

    def __init__(self, max_batch: int) -> None:
        self.max_batch = max_batch
        self.runs: Counter[int] = Counter()
        self.sizes: Counter[int] = Counter()
        self.wrongs: list[str] = []
        self._lock = threading.Lock()

    def run(self, key: str, jobs: Sequence[Job]) -> list[tuple[str, int]]:
        names = [job.name for job in jobs]
        with self._lock:
            self.runs.update(names)
            self.sizes[len(jobs)] += 1
            if {job.key for job in jobs} != {key} or len(set(names)) != len(names) or not 1 <= len(jobs) <= self.max_batch:
                self.wrongs.append(f"{key}: {jobs}")
        for step in range(3):
            for job in jobs:
                job.monitor.report("work", step, 3)
            time.sleep(max(job.seconds for job in jobs) / 3)
        for job in jobs:
            if job.poisonous:
                raise Poison(job.name)
        return [(key, job.name) for job in jobs]


@pytest.mark.parametrize("seed", range(4))
async def test_among_thousands_nobody_is_lost_doubled_mixed_up_or_harmed(seed: int) -> None:
    chance = random.Random(seed)
    max_queue, max_batch = 25, 6
    backend = ChaosBackend(max_batch)
    service = f"chaos-{seed}"
    batcher = Batcher(
        backend.run, max_batch=max_batch, max_wait=0.002, max_queue=max_queue, workers=chance.choice([1, 2, 3]), service=service
    )
    outcomes: Counter[str] = Counter()
    depths: list[int] = []

    async def ask(job: Job) -> str:
        was_full = batcher.waiting == max_queue
        positions: list[int] = []
        try:
            result = await batcher.submit(job.key, job, on_position=positions.append)
        except QueueFull:
            assert was_full, "refused although there was a place"
            assert backend.runs[job.name] == 0
            return "refused"
        except Poison as error:
            return "poisonous" if job.poisonous and error.args == (job.name,) else "harmed by another"
        except DeadlineExceeded:
            assert isinstance(job.monitor, ThreadMonitor)
            assert (job.monitor.remaining or 0) < 0.002, "given up before the deadline"  # uvloop's timers are exact to a millisecond
            return "late"
        finally:
            depths.append(batcher.waiting)
            assert was_full or positions == sorted(set(positions), reverse=True), "pushed back in the queue"
        assert not was_full, "accepted although there was no place"
        assert result == (job.key, job.name), "another's result"
        assert not job.poisonous
        assert positions[-1] == 0
        return "answered"

    asks: list[asyncio.Task[str]] = []
    leavers: set[asyncio.Task[str]] = set()
    loop = asyncio.get_running_loop()
    for name in range(2_500):
        job = Job(
            name=name,
            key=chance.choice("aaabbc"),
            poisonous=chance.random() < 0.04,
            seconds=chance.choice([0, 0, 0.0005, 0.003]),
            monitor=ThreadMonitor(timeout=chance.choice([0.002, 0.02]) if chance.random() < 0.05 else None),
        )
        asks.append(asyncio.create_task(ask(job)))
        if chance.random() < 0.15:
            leavers.add(asks[-1])
            loop.call_later(chance.choice([0, 0.001, 0.01]), asks[-1].cancel)
        if chance.random() < 0.35:
            await asyncio.sleep(chance.choice([0, 0.001, 0.004]))

    done, lost = await asyncio.wait(asks, timeout=PATIENCE)
    assert not lost
    for task in done:
        outcomes["left" if task.cancelled() else task.result()] += 1
        assert not task.cancelled() or task in leavers, "cancelled without having been"
    assert backend.wrongs == []
    assert sum(outcomes.values()) == 2_500
    assert {"answered", "refused", "poisonous", "late", "left"} == set(outcomes), "the chaos leaves something untried"
    assert max(depths) == max_queue, "the bound was not reached, or was passed"
    assert max(backend.runs.values()) <= 2, "run again more than once"
    assert backend.sizes[max_batch] > 0
    assert batcher.waiting == 0
    assert REGISTRY.get_sample_value("dasibom_queue_depth", {"service": service, "model": ""}) == 0
    await batcher.close(PATIENCE)


class BatcherMachine(RuleBasedStateMachine):
    """One gated worker, so that a list and a few lines tell exactly what the batcher has to do next."""

    MAX_BATCH = 3
    MAX_QUEUE = 4

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.started: queue.Queue[list[int]] = queue.Queue()
        self.verdicts: queue.Queue[int | None] = queue.Queue()
        self.batcher: Batcher[str, Job, int] = Batcher(self.run_batch, max_batch=self.MAX_BATCH, max_queue=self.MAX_QUEUE, max_wait=0)
        self.callers: dict[int, asyncio.Task[int]] = {}
        self.waiting: list[tuple[int, str]] = []  # the model of the queue
        self.running: list[int] = []  # the model of the worker: members of its batch who still wait
        self.batch_size = 0  # members that its batch started with
        self.busy = False
        self.names = 0

    def run_batch(self, _: str, jobs: Sequence[Job]) -> list[int]:
        self.started.put([job.name for job in jobs])
        poisonous = self.verdicts.get(timeout=PATIENCE)
        for job in jobs:
            job.monitor.report("work", 1, 1)
        if poisonous in (names := [job.name for job in jobs]):
            raise Poison(poisonous)
        return names

    def settle(self) -> None:
        for _ in range(5):
            self.loop.run_until_complete(asyncio.sleep(0))

    def expect_start(self, names: list[int]) -> None:
        assert self.loop.run_until_complete(asyncio.to_thread(self.started.get, timeout=PATIENCE)) == names

    def expect_next_batch(self) -> None:
        """The oldest request's key comes next, in order of arrival, as many as fit."""
        self.busy = bool(self.waiting)
        if self.waiting:
            batch = [request for request in self.waiting if request[1] == self.waiting[0][1]][: self.MAX_BATCH]
            self.waiting = [request for request in self.waiting if request not in batch]
            self.running = [name for name, _ in batch]
            self.batch_size = len(batch)
            self.expect_start(self.running)

    def expect_answer(self, name: int) -> None:
        assert self.loop.run_until_complete(asyncio.wait_for(self.callers.pop(name), PATIENCE)) == name

    def expect_poison(self, name: int) -> None:
        with pytest.raises(Poison) as error:
            self.loop.run_until_complete(asyncio.wait_for(self.callers.pop(name), PATIENCE))
        assert error.value.args == (name,)

    @rule(key=st.sampled_from("ab"))
    def submit(self, key: str) -> None:
        name, self.names = self.names, self.names + 1

        async def ask() -> int:
            return await self.batcher.submit(key, Job(name=name, key=key))

        caller = self.loop.create_task(ask())
        self.settle()
        if len(self.waiting) == self.MAX_QUEUE:
            assert isinstance(caller.exception(), QueueFull)
            return
        self.callers[name] = caller
        self.waiting.append((name, key))
        if not self.busy:
            self.expect_next_batch()

    @precondition(lambda self: self.callers)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.callers)))
        caller = self.callers.pop(name)
        caller.cancel()
        self.settle()
        assert caller.cancelled(), "a leaver returns at once"
        self.waiting = [request for request in self.waiting if request[0] != name]
        self.running = [other for other in self.running if other != name]

    @precondition(lambda self: self.busy)
    @rule()
    def finish(self) -> None:
        self.verdicts.put(None)
        for name in self.running:
            self.expect_answer(name)
        self.running = []
        self.expect_next_batch()

    @precondition(lambda self: len(self.running) > 0)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        poisonous = data.draw(st.sampled_from(self.running))
        members, batch_size = self.running, self.batch_size
        self.verdicts.put(poisonous)
        if batch_size > 1:
            for name in members:
                self.expect_start([name])
                self.verdicts.put(poisonous)
                (self.expect_poison if name == poisonous else self.expect_answer)(name)
        else:
            self.expect_poison(poisonous)
        self.running = []
        self.expect_next_batch()

    @invariant()
    def as_many_wait_as_should(self) -> None:
        if hasattr(self, "batcher"):
            assert self.batcher.waiting == len(self.waiting)
            assert not any(caller.done() for caller in self.callers.values())

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            for _ in range(100):
                self.verdicts.put(None)
            self.loop.run_until_complete(self.batcher.close(PATIENCE))
            remaining = {name: caller.result() for name, caller in self.callers.items()}
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            assert remaining == {name: name for name in remaining}


BatcherMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBatcherAgainstItsModel = BatcherMachine.TestCase
