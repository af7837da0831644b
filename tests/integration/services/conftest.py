"""The four model services, each a real process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.conftest import free_ports

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples"
SERVICES = ("vqa", "diffusion", "faceswap", "superres")
_MESSAGE_LIMIT = 80 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class RunningService:
    """One service process."""

    name: str
    process: subprocess.Popen[bytes]
    address: str
    metrics_port: int
    log: Path

    def channel(self) -> grpc.Channel:
        """A new channel to it."""
        options = [("grpc.max_receive_message_length", _MESSAGE_LIMIT), ("grpc.max_send_message_length", _MESSAGE_LIMIT)]
        return grpc.insecure_channel(self.address, options=options)


def start_service(name: str, folder: Path, **settings: str) -> RunningService:
    """Start `python -m services.<name>` on free ports."""
    port, metrics_port = free_ports(2)
    environment = {
        **os.environ,
        "DASIBOM_LISTEN": f"127.0.0.1:{port}",
        "DASIBOM_METRICS_PORT": str(metrics_port),
        "DASIBOM_DRAIN_NOTICE_SECONDS": "0.5",
        **settings,
    }
    log = folder / f"{name}-{port}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen([sys.executable, "-m", f"services.{name}"], cwd=ROOT, env=environment, stderr=stream)
    return RunningService(name=name, process=process, address=f"127.0.0.1:{port}", metrics_port=metrics_port, log=log)


def wait_until_serving(service: RunningService, seconds: float = 60) -> None:
    """Return once its health says SERVING."""
    deadline = time.monotonic() + seconds
    with service.channel() as channel:
        while True:
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=2, wait_for_ready=True)
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
            except grpc.RpcError:
                pass
            assert service.process.poll() is None, service.log.read_text()
            assert time.monotonic() < deadline, service.log.read_text()
            time.sleep(0.05)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningService]]:
    """All four, started side by side."""
    folder = tmp_path_factory.mktemp("services")
    running = {name: start_service(name, folder) for name in SERVICES}
    try:
        for service in running.values():
            wait_until_serving(service)
        yield running
    finally:
        for service in running.values():
            service.process.terminate()
        for service in running.values():
            service.process.wait(timeout=30)


@pytest.fixture(scope="session")
def cctv() -> bytes:
    """The sample CCTV frame, JPEG."""
    return (SAMPLES / "cctv_frame.jpg").read_bytes()


@pytest.fixture(scope="session")
def face() -> bytes:
    """The sample face photo, JPEG."""
    return (SAMPLES / "face.jpg").read_bytes()
