"""Starting, stopping and looking at the local mesh."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from dasibom.language import say
from dasibom.local.errors import MeshError
from dasibom.local.health import gateway_trouble, works
from dasibom.local.home import Home, checkout
from dasibom.local.logs import last_lines
from dasibom.local.parts import find_programs, gateway_settings, make_parts, port_names
from dasibom.local.ports import choose_ports, is_free
from dasibom.local.processes import end_processes, processes_of, wait_for_end
from dasibom.local.settings import LocalSettings
from dasibom.local.state import MeshState, write_privately
from dasibom.local.supervision import Supervisor, configuration, environment, start_supervisor

Report = Callable[[str], None]
_POLL_SECONDS = 0.2
_MOST_STARTS = 3  # a part that was started so often and still does not work will not
_LOG_LINES = 15


@dataclass(frozen=True, kw_only=True)
class PartStatus:
    """How a part is."""

    name: str
    state: str  # as supervisor calls it: RUNNING, STARTING, BACKOFF, …
    pid: int  # 0 when it does not run
    uptime_seconds: float
    healthy: bool
    address: str


def running_mesh(home: Home) -> MeshState | None:
    """The mesh that runs here, whole or in part; what is left of one that died is no mesh."""
    state = MeshState.load(home)
    if state is None:
        return None
    with Supervisor(state.runtime) as supervisor:
        return state if supervisor.programs() is not None else None


def up(home: Home, settings: LocalSettings, report: Report, *, patience_seconds: float = 0.0) -> tuple[MeshState, bool]:
    """Start the mesh and wait until it works; when it cannot, nothing of it is left running.

    Args:
        home: of the mesh.
        settings: how to start it.
        report: told what is being waited for.
        patience_seconds: most time until it works; 0: so long that even a slow machine gets there.

    Returns:
        The mesh, and whether it was running before.

    Raises:
        MeshError: it could not be started, and why.
    """
    find_programs()
    with home.locked():
        if running := running_mesh(home):
            _demand_same(running, settings)
            _wait_until_it_works(home, running, report, patience_seconds)
            return running, True
        _clean_up(home)
        state = _plan(home, settings)
        try:
            _start(home, state, settings)
            _wait_until_it_works(home, state, report, patience_seconds)
        except BaseException:  # also Ctrl-C
            _stop(home, state)
            raise
        return state, False


def down(home: Home) -> bool:
    """Stop the mesh and whatever is left of one; False when there was nothing."""
    if not home.root.exists():
        return False
    with home.locked():
        return _clean_up(home)


def status(home: Home) -> tuple[MeshState, list[PartStatus]] | None:
    """How each part of the running mesh is; None when none runs."""
    state = running_mesh(home)
    if state is None:
        return None
    with Supervisor(state.runtime) as supervisor:
        programs = supervisor.programs() or {}
    found = []
    for part in state.parts:
        info = programs.get(part.name, {})
        runs = bool(info.get("pid"))
        found.append(
            PartStatus(
                name=part.name,
                state=info.get("statename", "UNKNOWN"),
                pid=info.get("pid", 0),
                uptime_seconds=info["now"] - info["start"] if runs else 0,
                healthy=runs and works(part),
                address=state.url if part.name == "edge" else part.address,
            )
        )
    return state, found


def leftovers(home: Home) -> list[int]:
    """Process ids of what is left of a mesh whose supervisor is gone."""
    state = MeshState.load(home)
    return [process.pid for process in processes_of(state.id)] if state else []


def _demand_same(running: MeshState, settings: LocalSettings) -> None:
    if settings.port_given and not running.url.endswith(f":{settings.port}"):
        raise MeshError(
            say(
                f"이 메시는 이미 {running.url}에서 실행 중입니다. 포트 {settings.port}(으)로 옮기려면 먼저 `make down`으로 멈추십시오.",
                f"This mesh is running at {running.url}. To move it to port {settings.port}, stop it by `make down` first.",
            )
        )


def _plan(home: Home, settings: LocalSettings) -> MeshState:
    _demand_port(settings)
    _demand_keys(settings)
    home.prepare()
    try:
        remembered = json.loads(home.ports.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        remembered = {}
    ports = choose_ports(port_names(settings), remembered)
    write_privately(home.ports, json.dumps(remembered | ports, indent=1))
    # The path of a socket may have 107 bytes; the home's own path may have more.
    runtime = Path(tempfile.mkdtemp(prefix="dasibom-", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108 - mkdtemp is private
    url = f"http://{settings.reach}:{settings.port}"
    return MeshState(id=uuid.uuid4().hex, url=url, runtime=runtime, parts=tuple(make_parts(settings, ports)))


def _demand_port(settings: LocalSettings) -> None:
    try:
        free = is_free(settings.bind, settings.port)
    except OSError as error:
        raise MeshError(
            say(
                f"{settings.listen}에서 들을 수 없습니다: {error.strerror or error}. PORT나 DASIBOM_BIND를 바꾸십시오.",
                f"Cannot listen on {settings.listen}: {error.strerror or error}. Change PORT or DASIBOM_BIND.",
            )
        ) from None
    if not free:
        other = settings.port + 1000 if settings.port < 64000 else 8080
        raise MeshError(
            say(
                f"포트 {settings.port}을(를) 다른 프로그램이 쓰고 있습니다. PORT로 다른 포트를 정하십시오. 예: PORT={other} make up",
                f"Another program uses port {settings.port}. Choose another one by PORT, for example: PORT={other} make up",
            )
        )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        raise MeshError(
            say(
                f"DASIBOM_BIND={address}은(는) IP 주소가 아닙니다. 예: 127.0.0.1",
                f"DASIBOM_BIND={address} is no IP address, such as 127.0.0.1.",
            )
        ) from None


def _demand_keys(settings: LocalSettings) -> None:
    if settings.api_keys_file:
        try:
            Path(settings.api_keys_file).expanduser().read_bytes()
        except OSError as error:
            raise MeshError(
                say(
                    f"DASIBOM_API_KEYS_FILE={settings.api_keys_file}: 파일을 읽을 수 없습니다 ({error.strerror}).",
                    f"DASIBOM_API_KEYS_FILE={settings.api_keys_file}: this file cannot be read ({error.strerror}).",
                )
            ) from None
    elif not (settings.allow_anonymous or _is_loopback(settings.bind)):
        raise MeshError(
            say(
                f"DASIBOM_BIND={settings.bind}은(는) 다른 컴퓨터에서도 들어올 수 있는 주소이므로 API 키가 필요합니다. "
                'DASIBOM_API_KEYS_FILE에 키 파일을 지정하십시오. 예: {"경찰서 이름 (영문)": ["16자 이상의 키"]}\n'
                "누구나 쓰게 하려면 DASIBOM_ALLOW_ANONYMOUS=1을 지정하십시오.",
                f"DASIBOM_BIND={settings.bind} is reached by other machines, so API keys are needed. "
                'Name a file of keys by DASIBOM_API_KEYS_FILE, such as {"client": ["key of 16 characters or more"]}.\n'
                "To let everybody in, set DASIBOM_ALLOW_ANONYMOUS=1.",
            )
        )


def _start(home: Home, state: MeshState, settings: LocalSettings) -> None:
    # Remembered before anything runs, so that `down` finds whatever was started when this is killed.
    state.save(home)
    home.fresh_logs()
    root = checkout()
    ports = json.loads(home.ports.read_text("utf-8"))
    password = secrets.token_urlsafe(24)
    folder = json.dumps(str(home.root / "redis"), ensure_ascii=False)
    redis = ["bind 127.0.0.1", f"port {ports['redis']}", f"dir {folder}", f"requirepass {password}"]
    # Events outlive a restart. Without a title of its own, Redis keeps its environment readable, by which its processes are found.
    redis += ["save ''", "appendonly yes", "set-proc-title no"]
    write_privately(home.root / "redis.conf", "\n".join(redis) + "\n")
    write_privately(home.root / "supervisord.conf", configuration(state.parts))
    _write_gateway(home, settings, ports, root)
    services = {
        "DASIBOM_DATABASE_URL": "sqlite+aiosqlite:///dasibom.db",  # in the home, where its programs run
        "DASIBOM_REDIS_URL": f"redis://:{password}@127.0.0.1:{ports['redis']}/0",
        "DASIBOM_STORAGE_URL": (home.root / "files").as_uri(),
        "DASIBOM_MESH_TARGET": f"127.0.0.1:{ports['mesh']}",
        "DASIBOM_PUBLIC_URL": os.environ.get("DASIBOM_PUBLIC_URL") or f"http://{settings.listen}",
        # Nobody has to be told that this mesh goes away.
        "DASIBOM_DRAIN_NOTICE_SECONDS": "0.2",
        "DASIBOM_DRAIN_SECONDS": "5",
    }
    variables = environment(home, root, mesh_id=state.id, runtime=state.runtime, programs=find_programs(), services=services)
    try:
        start_supervisor(home, variables)
    except RuntimeError as error:
        raise MeshError(say(f"supervisor를 시작할 수 없습니다: {error}", f"Supervisor cannot be started: {error}")) from None


def _write_gateway(home: Home, settings: LocalSettings, ports: dict[str, int], root: Path) -> None:
    writers = {}
    for name, values in gateway_settings(settings, ports, root).items():
        source = home.root / f"{name}.settings.json"
        write_privately(source, json.dumps(values, ensure_ascii=False, indent=1))
        command = [sys.executable, "-m", "gateway", name, "--settings", str(source), "--out", str(home.root / f"{name}.yaml")]
        writers[name] = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = {name: writer.communicate()[0] for name, writer in writers.items()}
    for name, writer in writers.items():
        if writer.returncode:
            problem = said[name].strip()
            raise MeshError(
                say(f"게이트웨이({name}) 설정을 만들 수 없습니다:\n{problem}", f"The gateway ({name}) cannot be configured:\n{problem}")
            )


def _wait_until_it_works(home: Home, state: MeshState, report: Report, patience_seconds: float) -> None:
    waiting = {part.name: part for part in state.parts}
    patience_seconds = patience_seconds or 60 + 10 * len(waiting)
    deadline = time.monotonic() + patience_seconds
    starts: dict[str, set[int]] = {name: set() for name in waiting}
    trouble = ""
    with Supervisor(state.runtime) as supervisor:
        while waiting or (trouble := gateway_trouble(state.url)):
            programs = supervisor.programs()
            if programs is None:
                raise MeshError(_explain(home, "supervisord", say("supervisor가 멈췄습니다", "supervisor has ended")))
            for name, part in list(waiting.items()):
                info = programs[name]
                if info["pid"]:
                    starts[name].add(info["pid"])
                if info["statename"] == "RUNNING" and works(part):
                    del waiting[name]
                elif info["statename"] == "FATAL" or len(starts[name]) >= _MOST_STARTS:
                    reason = say("시작하자마자 끝납니다", "ends as soon as it starts")
                    raise MeshError(_explain(home, name, info["spawnerr"] or reason))
            report(", ".join(waiting) or trouble)
            if time.monotonic() > deadline:
                late = say(f"{patience_seconds:.0f}초 안에 준비되지 않았습니다", f"was not ready within {patience_seconds:.0f} seconds")
                raise MeshError(_explain(home, next(iter(waiting), "edge"), f"{late}{f' ({trouble})' if trouble else ''}"))
            time.sleep(_POLL_SECONDS)


def _explain(home: Home, name: str, reason: str) -> str:
    tail = "\n".join(f"  {line}" for line in last_lines(home.logs / f"{name}.log", _LOG_LINES))
    return say(
        f"`{name}`을(를) 시작할 수 없습니다: {reason}. 로그의 끝부분입니다.\n{tail}",
        f"`{name}` cannot be started: {reason}. The end of its log:\n{tail}",
    )


def _clean_up(home: Home) -> bool:
    """Stop what is remembered; False when nothing of it was running any more."""
    state = MeshState.load(home)
    if state is None:
        return False
    was_running = bool(processes_of(state.id))
    _stop(home, state)
    return was_running


def _stop(home: Home, state: MeshState) -> None:
    with Supervisor(state.runtime) as supervisor:
        told = supervisor.shut_down()
    if not (told and wait_for_end(state.id, 30)):
        end_processes(state.id)
    shutil.rmtree(state.runtime, ignore_errors=True)
    for leftover in (home.root / "supervisord.pid", home.state):
        leftover.unlink(missing_ok=True)
