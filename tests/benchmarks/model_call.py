"""One model call with a model that does nothing: what the plumbing costs."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial

import grpc.aio
import numpy as np

from dasibom.common.v1.image_pb2 import Image
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest, UpscaleResponse
from services.common.settings import MIB
from services.orchestrator.mesh import Mesh, method_for
from tests.benchmarks.bare_model import MESSAGE_LIMIT
from tests.benchmarks.noop_mesh import NoopMesh
from tests.benchmarks.noop_models import NOTHING, EchoTask, NoopBackend
from tests.benchmarks.rounds import Lane, interleaved, median, p99, seconds_of
from tests.benchmarks.table import Goal, Table

PAYLOADS = {"10 KB": 10_000, "1.5 MB": 3 * MIB // 2}
GOAL = 2.0
_THROUGH_MESH = "model service through the mesh's Envoy"


class _NobodyWatches:
    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        pass


async def measure(mesh: NoopMesh, rounds: int) -> Table:
    """The same picture there and back: in process, over bare grpc.aio, and through more and more of the mesh."""
    rows: list[tuple[str | float, ...]] = []
    goals = []
    direct, proxied = Mesh(mesh.models), Mesh(mesh.proxy)
    async with grpc.aio.insecure_channel(mesh.bare, options=MESSAGE_LIMIT) as channel:
        for payload, size in PAYLOADS.items():
            data = np.random.default_rng(0).bytes(size)
            request = UpscaleRequest(image=Image(data=data, media_type="image/png"), scale=2)
            lanes: dict[str, Lane] = {
                "in process": partial(_in_process, data),
                "bare grpc.aio": _timed(_bare_call(channel, request)),
                "model service": _timed(_call(direct, request)),
                _THROUGH_MESH: _timed(_call(proxied, request)),
            }
            taken = await interleaved(lanes, rounds, warm_up=min(30, rounds))
            # Round by round, so that a burst of other work on this machine counts for both.
            times = {name: median(values / taken["bare grpc.aio"]) for name, values in taken.items()}
            rows += [(payload, name, median(values), p99(values), times[name]) for name, values in taken.items()]
            goals.append(Goal(what=f"a call through the mesh, {payload}", value=times[_THROUGH_MESH], limit=GOAL, unit="bare calls"))
    await direct.close()
    await proxied.close()
    return Table(
        title="A model call with a no-op model",
        columns=("picture", "way", "median ms", "p99 ms", "bare calls"),
        rows=rows,
        goals=tuple(goals),
    )


def _timed(call: Callable[[], Awaitable[object]]) -> Lane:
    return lambda: seconds_of(call())


async def _in_process(data: bytes) -> float:
    started = time.perf_counter()
    NoopBackend(NOTHING).upscale([EchoTask(data=data, monitor=_NobodyWatches())])
    return time.perf_counter() - started


def _bare_call(channel: grpc.aio.Channel, request: UpscaleRequest) -> Callable[[], Awaitable[object]]:
    upscale = channel.unary_stream(
        method_for(request).path, request_serializer=UpscaleRequest.SerializeToString, response_deserializer=UpscaleResponse.FromString
    )

    async def call() -> None:
        responses = [response async for response in upscale(request)]
        assert responses[-1].result.image.data == request.image.data

    return call


def _call(mesh: Mesh, request: UpscaleRequest) -> Callable[[], Awaitable[object]]:
    async def call() -> None:
        responses = [response async for response in mesh.stream(method_for(request), request, seconds=10, job="jb_benchmark")]
        assert responses[-1].result.image.data == request.image.data

    return call
