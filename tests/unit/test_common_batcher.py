"""The batcher: what shares a run, who goes first, and that nobody is lost, doubled, mixed up or harmed by another."""

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY

from services.common.backend import Cancelled, Monitor
from services.common.batcher import Batcher, QueueFull
from services.common.errors import DeadlineExceeded, Draining, Unavailable
from services.common.monitor import ThreadMonitor

PATIENCE = 30.0  # seconds; a test that waits this long has failed


@dataclass(frozen=True, kw_only=True)
class Job:
    name: str
    monitor: Monitor = field(default_factory=ThreadMonitor)


class Worker:
    """A backend that records its batches, and does the next one only when told to."""

    def __init__(self, *, gated: bool = True) -> None:
        self.started: queue.Queue[list[str]] = queue.Queue()
        self.batches: list[list[str]] = []
        self.stopped: list[str] = []
        self._gate = threading.Semaphore(0 if gated else 1_000_000)

    def run(self, key: str, jobs: Sequence[Job]) -> list[str]:
        names = [job.name for job in jobs]
        self.batches.append(names)
        self.started.put(names)
        if not self._gate.acquire(timeout=PATIENCE):
            raise AssertionError("the test forgot its worker")
        for job in jobs:
            try:
                job.monitor.report("work", 1, 1)
            except Cancelled:
                self.stopped.append(job.name)
                raise
        if poisonous := [name for name in names if name.startswith("poison")]:
            raise ValueError(f"cannot do {poisonous}")
        return [f"{key}:{name}" for name in names]

    def finish(self, batches: int = 1) -> None:
        self._gate.release(batches)

    async def next_batch(self) -> list[str]:
        return await asyncio.to_thread(self.started.get, timeout=PATIENCE)


Submit = Callable[[str, str], asyncio.Task[str]]  # (key, name)


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker()
    yield worker
    worker.finish(1_000)


def submitter(batcher: Batcher[str, Job, str]) -> Submit:
    return lambda key, name: asyncio.create_task(batcher.submit(key, Job(name=name)))


async def soon(waits: Coroutine[object, object, object] | asyncio.Future[str]) -> object:
    return await asyncio.wait_for(waits, PATIENCE)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_requests_that_wait_together_share_a_run_in_order_of_arrival_and_only_with_their_key(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=2, max_wait=0)
    submit = submitter(batcher)
    first = submit("x", "x0")
    assert await worker.next_batch() == ["x0"]
    rest = [submit(name[0], name) for name in ("a1", "b1", "a2", "b2", "a3", "b3", "b4")]
    await settle()
    worker.finish(10)
    assert await soon(first) == "x:x0"
    assert await soon(asyncio.gather(*rest)) == ["a:a1", "b:b1", "a:a2", "b:b2", "a:a3", "b:b3", "b:b4"]
    assert worker.batches[1:] == [["a1", "a2"], ["b1", "b2"], ["a3"], ["b3", "b4"]]
    await batcher.close()


async def test_a_lone_request_waits_max_wait_for_company_and_then_runs_alone() -> None:
    worker = Worker(gated=False)
    batcher = Batcher(worker.run, max_batch=4, max_wait=0.1)
    arrived = time.monotonic()
    assert await soon(submitter(batcher)("a", "a1")) == "a:a1"
    assert time.monotonic() - arrived >= 0.1
    await batcher.close()


async def test_a_full_batch_does_not_wait() -> None:
    worker = Worker(gated=False)
    batcher = Batcher(worker.run, max_batch=2, max_wait=PATIENCE * 10)
    submit = submitter(batcher)
    first = submit("a", "a1")
    await asyncio.sleep(0.02)
    assert worker.batches == []
    await soon(asyncio.gather(first, submit("a", "a2")))
    assert worker.batches == [["a1", "a2"]]
    await batcher.close()


async def test_nobody_waits_for_company_while_another_key_is_waiting() -> None:
    worker = Worker(gated=False)
    batcher = Batcher(worker.run, max_batch=2, max_wait=PATIENCE * 10)
    submit = submitter(batcher)
    first, second = submit("a", "a1"), submit("b", "b1")
    assert await soon(first) == "a:a1"
    await settle()
    assert not second.done()
    await batcher.close()
    assert await second == "b:b1"


async def test_the_queue_holds_exactly_its_bound_and_says_when_to_come_again(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=1, max_wait=0, max_queue=3)
    submit = submitter(batcher)
    accepted = [submit("a", "running")]
    await worker.next_batch()
    accepted += [submit("a", f"waiting{index}") for index in range(3)]
    await settle()
    assert batcher.waiting == 3
    with pytest.raises(QueueFull, match="3 requests are waiting already") as refusal:
        await soon(submit("a", "one too many"))
    assert refusal.value.retry_after is not None
    assert refusal.value.retry_after > 0
    assert refusal.value.code == "RESOURCE_EXHAUSTED"
    worker.finish(10)
    assert len(await asyncio.gather(*accepted)) == 4
    assert ["one too many"] not in worker.batches
    await batcher.close()


async def test_a_caller_who_leaves_the_queue_frees_the_place_at_once_and_is_never_run(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=1, max_wait=0, max_queue=2)
    submit = submitter(batcher)
    running, leaver, stayer = submit("a", "running"), submit("a", "leaver"), submit("a", "stayer")
    await worker.next_batch()
    leaver.cancel()
    await settle()
    assert leaver.cancelled()
    assert batcher.waiting == 1
    newcomer = submit("a", "newcomer")
    worker.finish(10)
    await soon(asyncio.gather(running, stayer, newcomer))
    assert worker.batches == [["running"], ["stayer"], ["newcomer"]]
    await batcher.close()


async def test_a_caller_who_leaves_while_running_alone_returns_at_once_and_stops_the_work(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_wait=0)
    submit = submitter(batcher)
    leaver = submit("a", "leaver")
    await worker.next_batch()
    leaver.cancel()
    await settle()
    assert leaver.cancelled()
    after = submit("a", "after")
    worker.finish(2)
    assert await soon(after) == "a:after"
    assert worker.stopped == ["leaver"]
    assert worker.batches == [["leaver"], ["after"]]
    await batcher.close()


async def batch_of(names: Sequence[str], batcher: Batcher[str, Job, str], worker: Worker) -> list[asyncio.Task[str]]:
    """Have a full batch running."""
    submit = submitter(batcher)
    blocker = submit("blocker", "blocker")
    await worker.next_batch()
    tasks = [submit("a", name) for name in names]
    await settle()
    worker.finish()
    await blocker
    assert await worker.next_batch() == list(names)
    return tasks


async def test_a_caller_who_leaves_a_running_batch_does_not_harm_the_others(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=3, max_wait=0)
    stayer, leaver, another = await batch_of(["stayer", "leaver", "another"], batcher, worker)
    leaver.cancel()
    await settle()
    assert leaver.cancelled()
    worker.finish()
    assert await soon(asyncio.gather(stayer, another)) == ["a:stayer", "a:another"]
    assert worker.stopped == []
    await batcher.close()


async def test_a_batch_that_everybody_has_left_stops(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=2, max_wait=0)
    tasks = await batch_of(["one", "two"], batcher, worker)
    for task in tasks:
        task.cancel()
    await settle()
    worker.finish(2)
    assert await soon(submitter(batcher)("b", "after")) == "b:after"
    assert worker.stopped == ["one"]
    assert worker.batches[1:] == [["one", "two"], ["after"]]
    await batcher.close()


async def test_a_poisonous_member_fails_alone_and_its_neighbours_get_their_results(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=4, max_wait=0)
    one, poison, gone, two = await batch_of(["one", "poison", "gone", "two"], batcher, worker)
    gone.cancel()
    await settle()
    worker.finish(10)
    assert await soon(asyncio.gather(one, two)) == ["a:one", "a:two"]
    with pytest.raises(ValueError, match=r"cannot do \['poison'\]"):
        await poison
    assert worker.batches[1:] == [["one", "poison", "gone", "two"], ["one"], ["poison"], ["two"]]
    await batcher.close()


async def test_an_error_alone_goes_to_its_caller_without_a_second_try() -> None:
    worker = Worker(gated=False)
    batcher = Batcher(worker.run, max_wait=0)
    with pytest.raises(ValueError, match="poison"):
        await submitter(batcher)("a", "poison")
    assert worker.batches == [["poison"]]
    assert await submitter(batcher)("a", "next") == "a:next"
    await batcher.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TimeoutError("of the backend"), TimeoutError),
        (StopIteration(), RuntimeError),
        (Cancelled(), Cancelled),
        (MemoryError(), MemoryError),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
async def test_whatever_a_backend_raises_ends_the_wait(error: Exception, expected: type[Exception]) -> None:
    def run(_: str, __: Sequence[Job]) -> list[str]:
        raise error

    batcher = Batcher(run, max_wait=0)
    with pytest.raises(expected):
        await soon(batcher.submit("a", Job(name="a1")))
    await batcher.close()


async def test_a_backend_that_gives_too_few_results_mixes_nobody_up() -> None:
    batcher = Batcher(lambda _, jobs: [jobs[-1].name][: len(jobs) // 2], max_batch=2, max_wait=PATIENCE * 10)
    submit = submitter(batcher)
    for outcome in await asyncio.gather(submit("a", "a1"), submit("a", "a2"), return_exceptions=True):
        assert isinstance(outcome, RuntimeError)
        assert str(outcome) == "the backend gave 0 results for 1 tasks"
    await batcher.close()


async def test_a_deadline_that_passes_in_the_queue_frees_the_place(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_wait=0)
    running = submitter(batcher)("a", "running")
    await worker.next_batch()
    with pytest.raises(DeadlineExceeded):
        await soon(batcher.submit("a", Job(name="late", monitor=ThreadMonitor(timeout=0.05))))
    assert batcher.waiting == 0
    worker.finish(10)
    await running
    assert worker.batches == [["running"]]
    await batcher.close()


async def test_a_deadline_that_passes_while_running_answers_the_caller_and_stops_the_work(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_wait=0)
    with pytest.raises(DeadlineExceeded):
        await soon(batcher.submit("a", Job(name="late", monitor=ThreadMonitor(timeout=0.05))))
    worker.finish()
    await batcher.close()
    assert worker.stopped == ["late"]


async def test_a_deadline_that_the_work_notices_first_is_told_as_such() -> None:
    started = threading.Event()

    def run(_: str, jobs: Sequence[Job]) -> list[str]:
        started.set()
        while True:
            jobs[0].monitor.report("work", 1, 1)
            time.sleep(0.005)

    batcher = Batcher(run, max_wait=0)
    late = asyncio.create_task(batcher.submit("a", Job(name="late", monitor=ThreadMonitor(timeout=0.1))))
    assert await asyncio.to_thread(started.wait, PATIENCE)
    time.sleep(0.2)  # the event loop is held up, so that the work's end comes before the deadline's timer
    with pytest.raises(DeadlineExceeded):
        await soon(late)
    await batcher.close()


async def test_positions_count_down_to_zero(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=1, max_wait=0)
    running = submitter(batcher)("a", "running")
    await worker.next_batch()
    positions: dict[str, list[int]] = {name: [] for name in "pqrs"}
    waiting = {name: asyncio.create_task(batcher.submit("a", Job(name=name), on_position=seen.append)) for name, seen in positions.items()}
    await settle()
    assert {name: seen[-1] for name, seen in positions.items()} == {"p": 0, "q": 1, "r": 2, "s": 3}
    waiting.pop("q").cancel()
    await settle()
    worker.finish(10)
    await soon(asyncio.gather(running, *waiting.values()))
    assert positions == {"p": [0], "q": [1], "r": [2, 1, 0], "s": [3, 2, 1, 0]}
    await batcher.close()


async def test_a_position_callback_that_fails_harms_nobody(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: int) -> None:
        raise OSError("the stream is closed")

    batcher = Batcher(worker.run, max_wait=0)
    tasks = [asyncio.create_task(batcher.submit("a", Job(name=name), on_position=fail)) for name in "ab"]
    worker.finish(10)
    assert await soon(asyncio.gather(*tasks)) == ["a:a", "a:b"]
    assert "a position callback failed" in caplog.text
    await batcher.close()


async def test_the_lease_is_held_as_long_as_the_thread_works_even_when_every_caller_has_left(worker: Worker) -> None:
    held: list[str] = []

    @asynccontextmanager
    async def lease(key: str) -> AsyncIterator[None]:
        held.append(key)
        yield
        held.remove(key)

    batcher = Batcher(worker.run, max_wait=0, lease=lease)
    leaver = submitter(batcher)("a", "leaver")
    await worker.next_batch()
    leaver.cancel()
    await settle()
    assert leaver.cancelled()
    assert held == ["a"]
    worker.finish()
    await batcher.close()
    assert held == []


async def test_a_refused_lease_is_told_to_every_member() -> None:
    @asynccontextmanager
    async def lease(_: str) -> AsyncIterator[None]:
        raise Unavailable("no such model")
        yield

    worker = Worker(gated=False)
    batcher = Batcher(worker.run, max_batch=2, max_wait=PATIENCE * 10, lease=lease)
    submit = submitter(batcher)
    outcomes = await asyncio.gather(submit("a", "a1"), submit("a", "a2"), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["no such model"] * 2
    assert worker.batches == []
    await batcher.close()


async def test_closing_finishes_what_was_accepted_and_refuses_what_comes_later(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=2, max_wait=PATIENCE * 10)
    submit = submitter(batcher)
    accepted = [submit("a", f"a{index}") for index in range(5)]
    await worker.next_batch()
    closing = asyncio.create_task(batcher.close(PATIENCE))
    await settle()
    with pytest.raises(Draining):
        await submit("a", "late")
    assert not closing.done()
    worker.finish(10)
    await soon(closing)
    assert [task.result() for task in accepted] == [f"a:a{index}" for index in range(5)]
    await batcher.close()


async def test_closing_gives_up_after_its_grace_and_tells_everybody(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_batch=1, max_wait=0)
    submit = submitter(batcher)
    running, waiting = submit("a", "running"), submit("a", "waiting")
    await worker.next_batch()
    closing = asyncio.create_task(batcher.close(grace=0.02))
    for task in (running, waiting):
        with pytest.raises(Draining):
            await soon(task)
    worker.finish(10)
    await soon(closing)
    assert worker.stopped == ["running"]
    assert worker.batches == [["running"]]


async def test_several_workers_run_several_batches_at_once(worker: Worker) -> None:
    batcher = Batcher(worker.run, max_wait=0, workers=2)
    submit = submitter(batcher)
    tasks = [submit("a", "a1"), submit("b", "b1"), submit("c", "c1")]
    assert sorted([*await worker.next_batch(), *await worker.next_batch()]) == ["a1", "b1"]
    await settle()
    assert batcher.waiting == 1
    worker.finish(10)
    await soon(asyncio.gather(*tasks))
    await batcher.close()


async def test_metrics_tell_depth_size_wait_and_time(worker: Worker) -> None:
    labels = {"service": "metrics-test", "model": "model-a"}
    batcher = Batcher(worker.run, max_batch=2, max_wait=0, service="metrics-test", model_of=lambda key: f"model-{key}")
    submit = submitter(batcher)
    tasks = [submit("a", "a0")]
    await worker.next_batch()
    tasks += [submit("a", f"a{index}") for index in (1, 2, 3)]
    await settle()
    assert REGISTRY.get_sample_value("dasibom_queue_depth", labels) == 3
    worker.finish(10)
    await soon(asyncio.gather(*tasks))
    assert REGISTRY.get_sample_value("dasibom_queue_depth", labels) == 0
    assert REGISTRY.get_sample_value("dasibom_batch_size_count", labels) == 3
    assert REGISTRY.get_sample_value("dasibom_batch_size_sum", labels) == 4
    assert REGISTRY.get_sample_value("dasibom_batch_wait_seconds_count", labels) == 4
    assert REGISTRY.get_sample_value("dasibom_batch_process_seconds_count", labels) == 3
    await batcher.close()


async def test_a_task_without_a_thread_monitor_is_refused() -> None:
    class Silent:
        def report(self, stage: str, step: int, total: int, preview: object = None) -> None: ...

    batcher = Batcher(Worker().run)
    with pytest.raises(TypeError, match="a task needs a ThreadMonitor, not Silent"):
        await batcher.submit("a", Job(name="a", monitor=Silent()))
    await batcher.close()


@pytest.mark.parametrize("bounds", [{"max_batch": 0}, {"max_queue": 0}, {"workers": 0}, {"max_wait": -1}])
def test_bounds_that_make_no_sense_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        Batcher(Worker().run, **bounds)  # type: ignore[arg-type]


def test_names_of_worker_threads_tell_the_service() -> None:
    async def thread_name() -> str:
        batcher = Batcher(lambda _, jobs: [threading.current_thread().name for _ in jobs], max_wait=0, service="superres")
        name = await batcher.submit("a", Job(name="a"))
        await batcher.close()
        return name

    assert asyncio.run(thread_name()).startswith("superres-worker")
