"""How soon after a submission its caller hears of the job."""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.orchestrator_service_pb2 import RunCaseRequest
from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub
from tests.benchmarks.cases import case1, fresh_frame, gateway_channel
from tests.benchmarks.noop_mesh import NoopMesh
from tests.benchmarks.rounds import Lane, interleaved, median, p99
from tests.benchmarks.table import Goal, Table

GOAL_MS = 50.0


async def measure(mesh: NoopMesh, rounds: int) -> Table:
    """REST with Server-Sent Events, and gRPC; with an uploaded frame, and with one inside the submission."""
    async with httpx.AsyncClient(base_url=f"http://{mesh.edge}", timeout=30) as rest, gateway_channel(mesh.edge) as channel:
        stub: Any = OrchestratorServiceStub(channel)

        async def uploaded() -> str:
            answer = await rest.post("/api/v1/upload", params={"fileName": "picture.jpg"}, content=fresh_frame())
            return str(answer.raise_for_status().json()["id"])

        def rest_lane(image: Callable[[], Awaitable[dict[str, str]]]) -> Lane:
            async def run() -> float:
                return await _rest(rest, {"frames": [await image()], "variants": 1})

            return run

        def grpc_lane(image: Callable[[], Awaitable[ImageSource]]) -> Lane:
            async def run() -> float:
                return await _grpc(stub, RunCaseRequest(case1=case1(await image())))

            return run

        async def file() -> dict[str, str]:
            return {"file": await uploaded()}

        async def data() -> dict[str, str]:
            return {"data": base64.b64encode(fresh_frame()).decode()}

        async def file_source() -> ImageSource:
            return ImageSource(file=await uploaded())

        async def data_source() -> ImageSource:
            return ImageSource(data=fresh_frame())

        lanes = {
            "REST, uploaded frame": rest_lane(file),
            "gRPC, uploaded frame": grpc_lane(file_source),
            "REST, frame inside": rest_lane(data),
            "gRPC, frame inside": grpc_lane(data_source),
        }
        taken = await interleaved(lanes, rounds, warm_up=min(1, rounds - 1))
    fastest = min(map(median, taken.values()))
    return Table(
        title="From the submission to the first event",
        columns=("way", "median ms", "p99 ms", "times the quickest"),
        rows=[(name, median(values), p99(values), median(values) / fastest) for name, values in taken.items()],
        notes=(
            "REST: `POST /api/v1/cases/case1`, then `GET …/events` until the first event; gRPC: `RunCase` until the first event.",
            "Each job has ended before the next one is submitted.",
        ),
        goals=tuple(
            Goal(what=f"the first event, {name}, median", value=median(values), limit=GOAL_MS, unit="ms") for name, values in taken.items()
        ),
    )


async def _rest(rest: httpx.AsyncClient, submission: dict[str, Any]) -> float:
    started = time.perf_counter()
    answer = await rest.post("/api/v1/cases/case1", json=submission)
    job = answer.raise_for_status().json()["id"]
    first = 0.0
    async with rest.stream("GET", f"/api/v1/jobs/{job}/events") as events:
        async for line in events.aiter_lines():
            if not first and line.startswith("id:"):
                first = time.perf_counter() - started
    return first


async def _grpc(stub: Any, request: RunCaseRequest) -> float:
    started = time.perf_counter()
    first = 0.0
    async for _ in stub.RunCase(request):
        first = first or time.perf_counter() - started
    return first
