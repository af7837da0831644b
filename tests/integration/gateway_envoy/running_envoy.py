"""A real Envoy in front of toy servers that are processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc
import httpx

from gateway.__main__ import write_configuration
from gateway.envoy import envoy_command
from gateway.render import render_edge, render_mesh
from gateway.settings import EdgeSettings, MeshSettings

TOY = Path(__file__).with_name("toy_server.py")
Found = TypeVar("Found")
ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Envoy:
    """A running Envoy."""

    port: int
    admin: int
    configuration: str
    access_log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def http(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=10, **options)

    def channel(self) -> grpc.Channel:
        limit = [(f"grpc.max_{way}_message_length", 72 * 1024 * 1024) for way in ("receive", "send")]
        return grpc.insecure_channel(f"127.0.0.1:{self.port}", options=limit)

    def stats(self) -> str:
        return httpx.get(f"http://127.0.0.1:{self.admin}/stats").text

    def log(self, has: str) -> dict[str, Any]:
        """The access log's line that has this in it; Envoy writes it a moment after the answer."""

        def line() -> dict[str, Any] | None:
            lines = self.access_log.read_text().splitlines() if self.access_log.exists() else []
            return next((json.loads(line) for line in lines if has in line), None)

        return wait_for(line)


def wait_for(look: Callable[[], Found | None], seconds: float = 15) -> Found:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError, OSError):
            if found := look():
                return found
        time.sleep(0.05)
    raise TimeoutError(f"nothing came within {seconds} s")


@contextlib.contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_open(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


@contextlib.contextmanager
def toy(name: str, port: int, *tls: Path) -> Iterator[subprocess.Popen[bytes]]:
    with running(sys.executable, str(TOY), name, str(port), *map(str, tls)) as process:
        wait_for(lambda: is_open(port))
        yield process


@contextlib.contextmanager
def envoy(process: str, folder: Path, **settings: Any) -> Iterator[Envoy]:
    """An edge or a mesh with these settings."""
    folder.mkdir(parents=True, exist_ok=True)
    port, admin, log = free_port(), free_port(), folder / "access.log"
    common = {"listen": f"127.0.0.1:{port}", "admin": f"127.0.0.1:{admin}", "access_log": log, **settings}
    text = render_edge(EdgeSettings(**common)) if process == "edge" else render_mesh(MeshSettings(**common))
    path = folder / f"{process}.yaml"
    write_configuration(path, text)
    with running(*envoy_command(path), "--concurrency", "1") as program:

        def is_ready() -> bool:
            if program.poll() is not None:
                raise RuntimeError(f"Envoy ended with status {program.returncode}")
            return httpx.get(f"http://127.0.0.1:{admin}/ready").text.strip() == "LIVE"

        wait_for(is_ready)
        yield Envoy(port, admin, text, log)
