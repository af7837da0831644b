"""A whole mesh as `make up` starts it, with no-op models behind it, and a bare gRPC server beside it to compare with."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from prometheus_client.parser import text_string_to_metric_families

from dasibom.local.health import gateway_trouble, works
from dasibom.local.parts import MODEL_SERVICES, Part, find_programs, gateway_settings, make_parts, port_names
from dasibom.local.ports import choose_ports
from dasibom.local.settings import LocalSettings
from gateway.render import render_edge, render_mesh
from gateway.settings import EdgeSettings, MeshSettings
from services.orchestrator.settings import OrchestratorSettings

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class NoopMesh:
    """The running mesh."""

    edge: str  # `host:port` of the gateway
    proxy: str  # of the Envoy before the models
    models: str  # of the no-op models
    bare: str  # of the bare server
    worker_metrics: str
    settings: OrchestratorSettings  # of its API and worker
    processes: dict[str, int]  # pid by part

    def worker_metric(self, name: str) -> float:
        """A metric of the worker, summed over its labels."""
        with urllib.request.urlopen(f"http://{self.worker_metrics}/metrics", timeout=5) as page:
            families = text_string_to_metric_families(page.read().decode())
        return sum(sample.value for family in families for sample in family.samples if sample.name == name)

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time that each part has used, and this process as `here`."""
        used = {}
        for name, pid in {**self.processes, "here": os.getpid()}.items():
            times = psutil.Process(pid).cpu_times()
            used[name] = times.user + times.system
        return used


@contextlib.contextmanager
def noop_mesh() -> Iterator[NoopMesh]:
    """Start it in a folder of its own; everything is gone afterwards.

    Raises:
        RuntimeError: a part does not start; its log's end is in the message.
    """
    with tempfile.TemporaryDirectory(prefix="dasibom-bench-") as name, contextlib.ExitStack() as started:
        folder = Path(name)
        ports = choose_ports(["edge", "bare", *port_names(LocalSettings())], {})
        ports |= dict.fromkeys(MODEL_SERVICES, ports["vqa"])
        settings = LocalSettings(port=ports["edge"])
        mesh = NoopMesh(
            edge=f"127.0.0.1:{ports['edge']}",
            proxy=f"127.0.0.1:{ports['mesh']}",
            models=f"127.0.0.1:{ports['vqa']}",
            bare=f"127.0.0.1:{ports['bare']}",
            worker_metrics=f"127.0.0.1:{ports['worker metrics']}",
            settings=OrchestratorSettings(
                database_url=f"sqlite+aiosqlite:///{folder / 'dasibom.db'}",
                redis_url=f"redis://127.0.0.1:{ports['redis']}/0",
                storage_url=(folder / "files").as_uri(),
                mesh_target=f"127.0.0.1:{ports['mesh']}",
            ),
            processes={},
        )
        _write_configurations(folder, settings, ports)
        parts = [_models(mesh), _bare(mesh), *(part for part in make_parts(settings, ports) if part.name not in MODEL_SERVICES)]
        running: list[subprocess.Popen[bytes]] = []
        started.callback(_stop, running)
        for part in parts:
            running.append(_start(folder, part, mesh.settings))
            mesh.processes[part.name] = running[-1].pid
        _wait(folder, mesh, parts)
        yield mesh


def _models(mesh: NoopMesh) -> Part:
    environment = {"DASIBOM_LISTEN": mesh.models, "DASIBOM_METRICS_PORT": "0"}
    arguments = ("-m", "tests.benchmarks.noop_models")
    return Part(name="models", program="PYTHON", arguments=arguments, check="grpc", address=mesh.models, environment=environment)


def _bare(mesh: NoopMesh) -> Part:
    arguments = ("-m", "tests.benchmarks.bare_model", mesh.bare)
    return Part(name="bare", program="PYTHON", arguments=arguments, check="port", address=mesh.bare)


def _write_configurations(folder: Path, settings: LocalSettings, ports: dict[str, int]) -> None:
    redis = (f"bind 127.0.0.1\nport {ports['redis']}", "save ''", "appendonly yes")
    (folder / "redis.conf").write_text("\n".join(redis))
    proxies = gateway_settings(settings, ports, ROOT)
    (folder / "edge.yaml").write_text(render_edge(EdgeSettings.model_validate(proxies["edge"])))
    (folder / "mesh.yaml").write_text(render_mesh(MeshSettings.model_validate(proxies["mesh"])))


def _start(folder: Path, part: Part, settings: OrchestratorSettings) -> subprocess.Popen[bytes]:
    names = ("database_url", "redis_url", "storage_url", "mesh_target")
    shared = {f"DASIBOM_{name.upper()}": str(getattr(settings, name)) for name in names}
    quick = {"DASIBOM_DRAIN_SECONDS": "1", "DASIBOM_DRAIN_NOTICE_SECONDS": "0", "DASIBOM_LOG_LEVEL": "WARNING", "OMP_NUM_THREADS": "1"}
    own = {name: value for name, value in os.environ.items() if not name.startswith("DASIBOM_")}
    program = {"PYTHON": sys.executable, **find_programs()}[part.program]
    with (folder / f"{part.name}.log").open("wb") as log:
        return subprocess.Popen(
            [program, *part.arguments],
            cwd=folder,
            env={**own, **shared, **quick, "PYTHONPATH": str(ROOT), **part.environment},
            stdout=log,
            stderr=log,
        )


def _stop(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(folder: Path, mesh: NoopMesh, parts: list[Part]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    waiting = list(parts)
    trouble = ""
    while waiting or (trouble := gateway_trouble(f"http://{mesh.edge}")):
        waiting = [part for part in waiting if not works(part)]
        ended = [part for part in parts if psutil.Process(mesh.processes[part.name]).status() == psutil.STATUS_ZOMBIE]
        if ended or time.monotonic() > deadline:
            name = (ended or waiting or parts)[0].name
            tail = (folder / f"{name}.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{name} does not start {trouble}\n{tail}")
        time.sleep(0.1)
