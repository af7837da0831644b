"""Supervisor (http://supervisord.org): keeps the parts running, starts again what ends, and stops all of them in order.

Its configuration format breaks on paths with quotes, `#` or `;`. So every path reaches it by its environment, or is relative to the
mesh's home, which it runs in.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any

from dasibom.local.home import Home
from dasibom.local.parts import MODEL_SERVICES, Part

PATH_SETTINGS = ("WEIGHTS_DIR", "MODELS_FILE")  # of the model services

_HEAD = """\
[unix_http_server]
file = %(ENV_MESH_SOCKET)s
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisord]
logfile = logs/supervisord.log
logfile_maxbytes = 1MB
logfile_backups = 1
pidfile = supervisord.pid
"""
_PART = """\
[program:{name}]
command = %(ENV_MESH_{program})s {arguments}
directory = {directory}
environment = {environment}
autorestart = true
startretries = 5
stopwaitsecs = 15
killasgroup = true
redirect_stderr = true
stdout_logfile = logs/{name}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 1
"""
_GROUP = """\
[group:{name}]
programs = {programs}
priority = {priority}
"""


def configuration(parts: Iterable[Part]) -> str:
    """The text of `supervisord.conf`."""
    parts = list(parts)
    sections = [_HEAD]
    for part in parts:
        sections.append(
            _PART.format(
                name=part.name,
                program=part.program,
                arguments=shlex.join(part.arguments),
                directory="%(ENV_MESH_CHECKOUT)s" if part.in_checkout else "%(ENV_MESH_HOME)s",
                environment=",".join(f'{name}="{value}"' for name, value in {**part.environment, "MESH_PART": part.name}.items()),
            )
        )
    # Groups stop one after the other, the last one first; the programs of a group stop together.
    for priority, (name, front) in enumerate((("back", False), ("front", True)), start=1):
        programs = ",".join(part.name for part in parts if part.front is front)
        sections.append(_GROUP.format(name=name, programs=programs, priority=priority))
    return "\n".join(sections)


def environment(
    home: Home, checkout: Path, *, mesh_id: str, runtime: Path, programs: Mapping[str, str], services: Mapping[str, str]
) -> dict[str, str]:
    """What supervisor and all parts find in their environment.

    Args:
        home: of the mesh.
        checkout: folder of the services.
        mesh_id: by which every process of this mesh is found, even when supervisor is gone.
        runtime: short folder for the socket, whose path may have 107 bytes.
        programs: where Redis and Envoy are.
        services: settings of the services.
    """
    # What this shell says about clients and about TLS is not meant for services behind the local gateway.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("DASIBOM_TLS_", "MESH_"))}
    for name in ("DASIBOM_URL", "DASIBOM_API_KEY", "DASIBOM_TOKEN", "DASIBOM_CA", "DASIBOM_LISTEN", "DASIBOM_METRICS_PORT"):
        own.pop(name, None)
    # The services run in the checkout; who starts them means a file beside himself.
    own |= {name: str(Path(value).expanduser().absolute()) for name, value in own.items() if value and _names_path(name)}
    # Several processes share two cores or so: threads that spin while they wait would cost more than they bring.
    shared = {"OMP_NUM_THREADS": own.get("OMP_NUM_THREADS", "1"), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    paths = {"PYTHON": sys.executable, **programs}
    mesh = {f"MESH_{name}": shlex.quote(path) for name, path in paths.items()} | {
        "MESH_ID": mesh_id,
        "MESH_HOME": str(home.root),
        "MESH_CHECKOUT": str(checkout),
        "MESH_SOCKET": str(runtime / "supervisor.sock"),
    }
    return own | shared | dict(services) | mesh


def _names_path(variable: str) -> bool:
    """Whether a variable is one of the model services' settings that hold a path, for all of them or for one."""
    alone = [f"{service.upper()}_" for service in MODEL_SERVICES]
    return variable in {f"DASIBOM_{service}{setting}" for service in ["", *alone] for setting in PATH_SETTINGS}


def start_supervisor(home: Home, variables: Mapping[str, str]) -> None:
    """Start supervisor in the background, with everything that it keeps running.

    Raises:
        RuntimeError: it refused, and why.
    """
    command = [sys.executable, "-m", "supervisor.supervisord", "--configuration", "supervisord.conf"]
    # Output goes to a file: what stays open in the background would keep whoever reads a pipe waiting.
    with (home.logs / "supervisord.start.log").open("w+", encoding="utf-8") as output:
        done = subprocess.run(
            command, cwd=home.root, env=dict(variables), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
        output.seek(0)
        if done.returncode:
            raise RuntimeError(output.read().strip())


class Supervisor:
    """The running supervisor of a mesh."""

    def __init__(self, runtime: Path) -> None:
        from supervisor.xmlrpc import SupervisorTransport

        self._transport = SupervisorTransport(serverurl=f"unix://{runtime / 'supervisor.sock'}")
        self._server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=self._transport)

    def __enter__(self) -> Supervisor:
        """Nothing is opened before it is needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._transport.close()

    def programs(self) -> dict[str, dict[str, Any]] | None:
        """What supervisor knows of each part, by name; None when it does not answer."""
        infos = self._ask(self._server.supervisor.getAllProcessInfo)
        return None if infos is None else {info["name"]: info for info in infos}

    def shut_down(self) -> bool:
        """Tell it to stop everything and itself; False when it does not answer."""
        return bool(self._ask(self._server.supervisor.shutdown))

    def _ask(self, question: Any) -> Any:
        try:
            return question()
        except (OSError, HTTPException, xmlrpc.client.Error):
            self._transport.close()
            return None
