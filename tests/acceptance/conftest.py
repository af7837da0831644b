"""A whole mesh, as `dasibom up` starts it: two APIs, two workers, two replicas of each model service, and a toy trace collector."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from dasibom.local.home import Home
from dasibom.local.mesh import PartStatus, down, status, up
from dasibom.local.settings import LocalSettings
from dasibom.local.state import MeshState
from tests.conftest import free_ports

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
SERVICES = ("vqa", "diffusion", "faceswap", "superres")
ENDED = {"JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"}


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps every span that it is sent."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Any]] = []  # service name, span

    def Export(self, request: trace_service_pb2.ExportTraceServiceRequest, context: object) -> trace_service_pb2.ExportTraceServiceResponse:
        for resource in request.resource_spans:
            names = [item.value.string_value for item in resource.resource.attributes if item.key == "service.name"]
            self.spans.extend((names[0] if names else "", span) for scope in resource.scope_spans for span in scope.spans)
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture(scope="session")
def collector() -> Iterator[tuple[Collector, str]]:
    """A collector and its address."""
    servicer = Collector()
    server = grpc.server(ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield servicer, f"127.0.0.1:{port}"
    server.stop(None)


@dataclass(frozen=True, kw_only=True)
class RunningMesh:
    """The mesh under test."""

    home: Home
    state: MeshState
    rest: httpx.Client = field(repr=False)

    @property
    def target(self) -> str:
        """`host:port` of the gateway."""
        return self.state.url.removeprefix("http://")

    @property
    def proxy(self) -> str:
        """`host:port` of the proxy before the model services."""
        return f"127.0.0.1:{json.loads(self.home.ports.read_text())['mesh']}"

    def part(self, name: str) -> PartStatus:
        """How a part is now."""
        found = status(self.home)
        assert found is not None
        return next(part for part in found[1] if part.name == name)

    def parts(self, service: str) -> list[PartStatus]:
        """All replicas of a service."""
        found = status(self.home)
        assert found is not None
        return [part for part in found[1] if part.name.rstrip("-0123456789") == service]

    def calls(self, method: str) -> int:
        """Finished calls of a model service's method, over all replicas, by their own metrics."""
        total = 0.0
        for part in self.state.parts:
            port = part.environment.get("DASIBOM_METRICS_PORT")
            if port and part.name.rstrip("-0123456789") in SERVICES:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
                    for line in page.read().decode().splitlines():
                        if line.startswith('dasibom_rpc_total{code="OK"') and f'/{method}"' in line:
                            total += float(line.rpartition(" ")[2])
        return int(total)

    def upload(self, path: Path) -> str:
        """Upload a file; gives its id."""
        answer = self.rest.post("/api/v1/upload", params={"fileName": path.name}, content=path.read_bytes())
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def submit(self, path: str, **request: Any) -> dict[str, Any]:
        """Submit a case; gives the job."""
        answer = self.rest.post(path, json=request)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def job(self, job: str) -> dict[str, Any]:
        """A job as it is now."""
        answer = self.rest.get(f"/api/v1/jobs/{job}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait(self, job: str, seconds: float = 120) -> dict[str, Any]:
        """A job when it has ended."""
        deadline = time.monotonic() + seconds
        while (found := self.job(job))["state"] not in ENDED:
            assert time.monotonic() < deadline, json.dumps(found.get("progress"))
            time.sleep(0.2)
        return found

    def wait_until_whole(self, seconds: float = 60) -> None:
        """Return once every part works again."""
        deadline = time.monotonic() + seconds
        while True:
            found = status(self.home)
            whole = found is not None and all(part.healthy for part in found[1])
            if whole and self.rest.get("/api/v1/health").json().get("state") == "HEALTH_STATE_HEALTHY":
                return
            assert time.monotonic() < deadline, found
            time.sleep(0.3)


@pytest.fixture(scope="session")
def mesh(tmp_path_factory: pytest.TempPathFactory, collector: tuple[Collector, str]) -> Iterator[RunningMesh]:
    """The mesh, in a folder with a space in its name."""
    home = Home(tmp_path_factory.mktemp("mesh") / "a home")
    (port,) = free_ports(1)
    settings = LocalSettings(port=port, port_given=True, replicas=2, apis=2, workers=2, otlp_endpoint=collector[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASIBOM_OTLP_ENDPOINT", collector[1])
        patch.setenv("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1"))
        state, was_running = up(home, settings, lambda _: None, patience_seconds=180)
    assert not was_running
    try:
        with httpx.Client(base_url=state.url, timeout=60) as rest:
            yield RunningMesh(home=home, state=state, rest=rest)
    finally:
        down(home)
