"""Callers that talk nonsense or leave in the middle: afterwards the mesh is whole, nothing runs on for them, nothing of them is left."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
import socket
import struct
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import grpc.aio
from google.api.httpbody_pb2 import HttpBody

from dasibom.common.v1.image_pb2 import Image
from dasibom.diffusion.v1 import diffusion_service_pb2 as diffusion
from dasibom.faceswap.v1 import face_swap_service_pb2 as faceswap
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as orchestrator
from dasibom.superres.v1 import super_res_service_pb2 as superres
from dasibom.vqa.v1 import vqa_service_pb2 as vqa
from tests.acceptance.conftest import SAMPLES, SERVICES, RunningMesh

SEED = 1
CALLERS = 300
AT_ONCE = 12
CCTV = (SAMPLES / "cctv_frame.jpg").read_bytes()
OUR_FAULT = {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.DATA_LOSS}

API = "/dasibom.orchestrator.v1.OrchestratorService/"
MODULES = {"vqa": vqa, "diffusion": diffusion, "faceswap": faceswap, "superres": superres}
HEAVY_CALLS = {
    "vqa": (
        "/dasibom.vqa.v1.VqaService/Answer",
        vqa.AnswerRequest(images=[Image(data=CCTV)], questions=[vqa.Question(topic="upper_color")]),
    ),
    "diffusion": ("/dasibom.diffusion.v1.DiffusionService/Generate", diffusion.GenerateRequest(prompt="60대 남성", width=192, height=256)),
    "faceswap": ("/dasibom.faceswap.v1.FaceSwapService/DetectFaces", faceswap.DetectFacesRequest(image=Image(data=CCTV))),
    "superres": ("/dasibom.superres.v1.SuperResService/Upscale", superres.UpscaleRequest(image=Image(data=CCTV), scale=4)),
}


Channel: TypeAlias = Any  # grpc.aio.Channel, without the types of messages: these callers send bytes


@dataclass(frozen=True, kw_only=True)
class World:
    """What the callers know."""

    host: str
    port: int
    job: str  # one that is running, at first
    edge: Channel
    models: dict[str, list[Channel]]  # by service: through the proxy, and each replica


Caller: TypeAlias = Callable[[World, random.Random], Awaitable[None]]


async def vanish(world: World, sent: bytes, chance: random.Random, *, read: int = 0) -> None:
    """Send, read at most so many bytes, and go: politely, or with a reset."""
    reader, writer = await asyncio.open_connection(world.host, world.port)
    with suppress(ConnectionError, TimeoutError):
        writer.write(sent)
        await writer.drain()
        if read:
            await asyncio.wait_for(reader.readexactly(read), 0.5)
    if chance.random() < 0.5:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def garbage(world: World, chance: random.Random) -> None:
    await vanish(world, chance.randbytes(chance.randrange(1, 5000)), chance, read=chance.choice((0, 100)))


async def half_a_request(world: World, chance: random.Random) -> None:
    body = json.dumps({"frames": [{"file": "fl_none"}], "notes": "가" * chance.randrange(2000)}).encode()
    head = f"POST /api/v1/cases/case1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    whole = head.encode() + body
    await vanish(world, whole[: chance.randrange(1, len(whole))], chance)


async def nonsense_in_http2(world: World, chance: random.Random) -> None:
    sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))  # the preface and empty SETTINGS
    for _ in range(chance.randrange(1, 6)):
        payload = chance.randbytes(chance.randrange(200))
        kind, flags, stream = chance.randrange(12), chance.randrange(256), chance.randrange(2**31)
        sent += len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
    await vanish(world, sent, chance, read=chance.choice((0, 200)))


async def cut_upload(world: World, chance: random.Random) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + CCTV + b"\r\n--b--\r\n"
    body, kind = chance.choice(((CCTV, "image/jpeg"), (form, "multipart/form-data; boundary=b")))
    cut = body[: chance.randrange(len(body))]
    head = f"POST /api/v1/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"
    if chance.random() < 0.5:
        await vanish(world, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + cut, chance)
    else:
        await vanish(world, f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n".encode() + cut, chance)


async def vanishing_reader(world: World, chance: random.Random) -> None:
    request = f"GET /api/v1/jobs/{world.job}/events?after={chance.randrange(8)} HTTP/1.1\r\nHost: x\r\n\r\n"
    await vanish(world, request.encode(), chance, read=chance.randrange(1, 4000))


async def cancelled(call: Any, seconds: float) -> None:
    """Cancel a call after a time; it may have ended by itself, but not by a fault of ours."""
    await asyncio.sleep(seconds)
    call.cancel()
    assert await call.code() not in OUR_FAULT, await call.details()


async def cancelled_watch(world: World, chance: random.Random) -> None:
    request = orchestrator.WatchJobRequest(job=world.job).SerializeToString()
    await cancelled(world.edge.unary_stream(f"{API}WatchJob")(request), chance.uniform(0, 0.3))


async def cancelled_upload(world: World, chance: random.Random) -> None:
    cut = CCTV[: chance.randrange(1, len(CCTV))]

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(cut), 4096):
            yield orchestrator.UploadRequest(body=HttpBody(data=cut[start : start + 4096])).SerializeToString()
        await asyncio.Event().wait()  # never finished

    await cancelled(world.edge.stream_unary(f"{API}Upload")(pieces()), chance.uniform(0, 0.2))


async def cancelled_model_call(world: World, chance: random.Random) -> None:
    service = chance.choice(SERVICES)
    method, request = HEAVY_CALLS[service]
    deadline = chance.choice((None, chance.uniform(0.001, 0.1)))
    call = chance.choice(world.models[service]).unary_stream(method)(request.SerializeToString(), timeout=deadline)
    await cancelled(call, chance.uniform(0, 0.2))


async def nonsense_message(world: World, chance: random.Random) -> None:
    service = chance.choice((*SERVICES, "api"))
    module = orchestrator if service == "api" else MODULES[service]
    described = next(iter(module.DESCRIPTOR.services_by_name.values()))
    channel = world.edge if service == "api" else chance.choice(world.models[service])
    sent = chance.randbytes(chance.randrange(1, 2000))
    call = channel.unary_stream(f"/{described.full_name}/{chance.choice(described.methods).name}")(sent, timeout=20)
    code = await call.code()
    if service == "api":  # some methods ask for nothing
        assert code not in OUR_FAULT, await call.details()
    else:
        assert code is grpc.StatusCode.INVALID_ARGUMENT, await call.details()
    assert not re.search("Traceback|Error|<class|google.protobuf", await call.details() or "")


KINDS: tuple[Caller, ...] = (
    garbage,
    half_a_request,
    nonsense_in_http2,
    cut_upload,
    vanishing_reader,
    cancelled_watch,
    cancelled_upload,
    cancelled_model_call,
    nonsense_message,
)


async def let_loose(mesh: RunningMesh, job: str) -> None:
    """All callers, some at once."""
    host, _, port = mesh.target.partition(":")
    addresses = {service: [mesh.proxy, *(part.address for part in mesh.parts(service))] for service in SERVICES}
    channels: dict[str, Channel] = {
        address: grpc.aio.insecure_channel(address) for address in {mesh.target, *itertools.chain(*addresses.values())}
    }
    models = {service: [channels[address] for address in known] for service, known in addresses.items()}
    world = World(host=host, port=int(port), job=job, edge=channels[mesh.target], models=models)
    room = asyncio.Semaphore(AT_ONCE)

    async def call(number: int) -> None:
        async with room:
            await KINDS[number % len(KINDS)](world, random.Random(f"{SEED} {number}"))

    async with asyncio.TaskGroup() as group:
        for number in range(CALLERS):
            group.create_task(call(number))
    for channel in channels.values():
        await channel.close()


def running_calls(mesh: RunningMesh) -> dict[str, float]:
    """Methods that some process is answering right now, and how often."""
    found: dict[str, float] = {}
    for part in mesh.state.parts:
        if port := part.environment.get("DASIBOM_METRICS_PORT"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
                for line in page.read().decode().splitlines():
                    if line.startswith("dasibom_rpc_running{") and not line.endswith(" 0.0"):
                        found[f"{part.name} {line.partition(' ')[0]}"] = float(line.rpartition(" ")[2])
    return found


def errors_in_logs(folder: Path, since: dict[Path, int]) -> list[str]:
    """What the services logged as a failure of theirs after their logs had these sizes."""
    lines = []
    for path in folder.glob("*.log"):
        with path.open(encoding="utf-8", errors="replace") as log:
            log.seek(since.get(path, 0))
            lines += [line for line in log if re.search(r'"level": ?"(ERROR|CRITICAL)"|Traceback', line)]
    return lines


async def test_after_hundreds_of_broken_callers_the_mesh_is_whole_and_nothing_is_left_of_them(mesh: RunningMesh) -> None:
    mesh.wait_until_whole()
    file = mesh.upload(SAMPLES / "cctv_frame.jpg")
    files, logs = mesh.home.root / "files", mesh.home.root / "logs"
    before = {part.name: part.pid for service in (*SERVICES, "api", "worker", "edge", "mesh") for part in mesh.parts(service)}
    kept = {path.name for path in (files / "files").iterdir()}
    sizes = {path: path.stat().st_size for path in logs.glob("*.log")}
    job = mesh.submit("/api/v1/cases/case1", frames=[{"file": file}], options={"seed": 31})["id"]

    await let_loose(mesh, job)

    assert mesh.wait(job)["state"] == "JOB_STATE_SUCCEEDED"
    deadline = time.monotonic() + 15
    while running := running_calls(mesh):
        assert time.monotonic() < deadline, running
        time.sleep(0.1)
    assert {path.name for path in (files / "files").iterdir()} == kept
    assert list((files / ".incoming").iterdir()) == []
    assert errors_in_logs(logs, sizes) == []
    assert {part.name: part.pid for service in (*SERVICES, "api", "worker", "edge", "mesh") for part in mesh.parts(service)} == before
    mesh.wait_until_whole()
    assert mesh.wait(mesh.submit("/api/v1/super-resolution", image={"file": file}, scale=2)["id"])["state"] == "JOB_STATE_SUCCEEDED"
