"""A whole job through the whole mesh, with models that do nothing: what everything around the models costs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_RUNNING, JOB_STATE_SUCCEEDED, Job
from dasibom.orchestrator.v1.orchestrator_service_pb2 import WatchJobRequest
from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub
from tests.benchmarks.cases import case1, fresh_frame, gateway_channel, super_resolution
from tests.benchmarks.noop_mesh import NoopMesh
from tests.benchmarks.rounds import Lane, interleaved, median
from tests.benchmarks.table import Table


async def measure(mesh: NoopMesh, rounds: int) -> Table:
    """From the submission to the terminal event, one job at a time."""
    taken: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    async with gateway_channel(mesh.edge) as channel:
        stub: Any = OrchestratorServiceStub(channel)

        def lane(name: str, submit: Callable[[ImageSource], Awaitable[Job]]) -> Lane:
            async def run() -> float:
                values = await _run(mesh, stub, submit)
                taken[name].append(values)
                return values[2] / 1000

            return run

        lanes = {
            "super-resolution": lambda picture: stub.SubmitSuperResolution(super_resolution(picture)),
            "case 1": lambda picture: stub.SubmitCase1(case1(picture)),
        }
        warm_up = min(1, rounds - 1)
        await interleaved({name: lane(name, submit) for name, submit in lanes.items()}, rounds, warm_up=warm_up)
    rows: list[tuple[str | float, ...]] = []
    for name, values in taken.items():
        medians = [median(np.array(column)) for column in zip(*values[warm_up:], strict=True)]
        ended, calls, in_calls = medians[2:]
        rows.append((name, *medians, in_calls / calls, ended - in_calls))
    return Table(
        title="A job with no-op models",
        columns=("job", "submitted, ms", "running, ms", "ended, ms", "model calls", "in them, ms", "each, ms", "the rest, ms"),
        rows=rows,
        notes=(
            "`submitted`, `running`, `ended`: when the answer, the event RUNNING and the terminal event came, since the submission.",
            "`in them`: sum of the model calls as the worker sees them, memory and storage of their answers included.",
            "`the rest`: waking a worker, pictures in and out, artifacts, report, database, events.",
        ),
    )


async def _run(mesh: NoopMesh, stub: Any, submit: Callable[[ImageSource], Awaitable[Job]]) -> tuple[float, ...]:
    """One job; gives milliseconds until submitted, running and ended, the number of model calls, and their milliseconds."""
    picture = ImageSource(data=fresh_frame())
    before = _model_calls(mesh)
    started_at, started = time.time_ns(), time.perf_counter()
    job = await submit(picture)
    submitted = time.perf_counter() - started
    running = 0.0
    state = 0
    async for response in stub.WatchJob(WatchJobRequest(job=job.id)):
        if response.event.WhichOneof("event") == "state_change":
            state = response.event.state_change.state
            if state == JOB_STATE_RUNNING:
                running = (response.event.time.ToNanoseconds() - started_at) / 1e9
    ended = time.perf_counter() - started
    if state != JOB_STATE_SUCCEEDED:
        raise RuntimeError(f"the job {job.id} ended in state {state}")
    calls, seconds = (after - then for after, then in zip(_model_calls(mesh), before, strict=True))
    return submitted * 1000, running * 1000, ended * 1000, calls, seconds * 1000


def _model_calls(mesh: NoopMesh) -> tuple[float, float]:
    return mesh.worker_metric("dasibom_model_call_seconds_count"), mesh.worker_metric("dasibom_model_call_seconds_sum")
