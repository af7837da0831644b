"""Events on their way to many watchers: through Redis, the API and the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from redis.asyncio import Redis

from dasibom.orchestrator.v1.job_pb2 import JOB_KIND_CASE1, JOB_STATE_SUCCEEDED, JobEvent, Notice, StateChange
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request, WatchJobRequest
from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub
from services.orchestrator.history import History, JobState, Lease, NewJob
from services.orchestrator.jobs.events import EventLog
from tests.benchmarks.cases import gateway_channel
from tests.benchmarks.noop_mesh import NoopMesh
from tests.benchmarks.rounds import median, p99
from tests.benchmarks.table import Table

WATCHERS = 100
_EVENTS = 2_500  # delivered a round, over all watchers
_CALM = 0.1  # seconds between events where nobody is in a hurry
_CONNECTIONS = 4


@dataclass(frozen=True, kw_only=True)
class _Round:
    """What one round delivered."""

    appended: float  # events a second
    delivered: float  # events a second, over all watchers
    latencies: np.ndarray  # milliseconds from the append to the watcher


async def measure(mesh: NoopMesh, rounds: int) -> Table:
    """100 watchers of one job, and one watcher each of 100 jobs; events as fast as they can be appended, and ten a second."""
    shapes = {f"{WATCHERS} watchers of one job": 1, f"{WATCHERS} jobs, a watcher each": WATCHERS}
    paces = {"full speed": 0.0, "ten a second each": _CALM}
    taken: dict[tuple[str, str], list[_Round]] = {(shape, pace): [] for shape in shapes for pace in paces}
    async with _Stage.open(mesh) as stage:
        await stage.play(1, 0.0)  # warms up
        cpu_before = mesh.cpu_seconds()
        for _ in range(rounds):
            for shape, jobs in shapes.items():
                for pace, pause in paces.items():
                    taken[shape, pace].append(await stage.play(jobs, pause))
    used = {name: after - cpu_before[name] for name, after in mesh.cpu_seconds().items()}
    busy = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in sorted(used.items(), key=lambda item: -item[1])[:4])
    delivered = {key: median(np.array([one.delivered for one in played])) for key, played in taken.items()}
    rows: list[tuple[str | float, ...]] = []
    for (shape, pace), played in taken.items():
        appended = median(np.array([one.appended for one in played]))
        latencies = np.concatenate([one.latencies for one in played])
        least = min(value for key, value in delivered.items() if key[1] == pace)
        here = delivered[shape, pace]
        rows.append((shape, pace, appended, here, here / least, median(latencies), p99(latencies)))
    return Table(
        title="Events on their way to watchers",
        columns=("watchers", "pace", "appended/s", "delivered/s", "times the least", "median ms", "p99 ms"),
        rows=rows,
        notes=(
            "One publisher, `EventLog.append`; `WatchJob` through the gateway. At full speed events queue up, and the milliseconds say so.",
            f"Processor time by part (`here`: publisher and all watchers): {busy}.",
        ),
    )


class _Stage:
    """Jobs that only this benchmark works on, and those who watch them."""

    def __init__(self, history: History, events: EventLog, stubs: Sequence[Any]) -> None:
        self._history = history
        self._events = events
        self._stubs = stubs

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, mesh: NoopMesh) -> AsyncIterator[_Stage]:
        """Connect to everything."""
        async with contextlib.AsyncExitStack() as stack:
            channels = [await stack.enter_async_context(gateway_channel(mesh.edge)) for _ in range(_CONNECTIONS)]
            history = History.open(mesh.settings.database_url)
            stack.push_async_callback(history.close)
            redis = await stack.enter_async_context(Redis.from_url(mesh.settings.redis_url))
            yield cls(history, EventLog(redis, keep_seconds=600), [OrchestratorServiceStub(channel) for channel in channels])

    async def play(self, jobs: int, pause: float) -> _Round:
        """One round: watchers come, events are appended and delivered, the jobs end, the watchers leave."""
        leases = [await self._running_job() for _ in range(jobs)]
        per_job = max(1, _EVENTS // WATCHERS)
        ready = asyncio.Barrier(WATCHERS + 1)
        watched = [leases[number % jobs] for number in range(WATCHERS)]
        async with asyncio.TaskGroup() as group:  # a watcher that fails ends the round
            watchers = [group.create_task(self._watch(number, lease.job, ready)) for number, lease in enumerate(watched)]
            await ready.wait()
            started = time.perf_counter()
            for number in range(per_job):
                await asyncio.sleep(max(0.0, started + number * pause - time.perf_counter()))
                for lease in leases:
                    await self._events.append(_notice(lease.job), fence=lease.fencing_token)
            appended = time.perf_counter()
            for lease in leases:
                await self._history.leases.finish(lease, JobState.SUCCEEDED)
                end = StateChange(state=JOB_STATE_SUCCEEDED, attempt=1)
                await self._events.append(JobEvent(job=lease.job, state_change=end), fence=lease.fencing_token)
        heard = [watcher.result() for watcher in watchers]
        latencies = np.array([latency for latencies, _ in heard for latency in latencies])
        if latencies.size != WATCHERS * per_job:
            raise RuntimeError(f"{latencies.size} events were delivered, not {WATCHERS * per_job}")
        last = max(moment for _, moment in heard)
        return _Round(appended=per_job * jobs / (appended - started), delivered=latencies.size / (last - started), latencies=latencies)

    async def _running_job(self) -> Lease:
        request = SubmitCase1Request()
        new = NewJob(
            kind=JOB_KIND_CASE1,
            request_type=request.DESCRIPTOR.full_name,
            request=request.SerializeToString(),
            request_sha256="0" * 64,
            language="ko",
            seed=0,
            models={},
            inputs=(),
        )
        while True:
            job, _ = await self._history.jobs.create(new)
            lease = await self._history.leases.take(job.id, owner="benchmark", ttl=600)
            if lease is not None:  # else the sweeper was quicker, and a worker has it
                await self._events.append(_notice(job.id), fence=lease.fencing_token)
                return lease

    async def _watch(self, number: int, job: str, ready: asyncio.Barrier) -> tuple[list[float], float]:
        """Watch a job to its end; gives the latency of every notice but the first, ms, and when the last one came."""
        latencies: list[float] = []
        last = 0.0
        async for response in self._stubs[number % len(self._stubs)].WatchJob(WatchJobRequest(job=job)):
            event = response.event
            if event.number == 1:
                await ready.wait()
            elif event.WhichOneof("event") == "notice":
                latencies.append((time.time_ns() - event.time.ToNanoseconds()) / 1e6)
                last = time.perf_counter()
        return latencies, last


def _notice(job: str) -> JobEvent:
    return JobEvent(job=job, notice=Notice(reason="BENCHMARK", message="사진을 살펴보고 있습니다"))
