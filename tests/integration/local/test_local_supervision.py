"""A real supervisor over small programs: what dies comes back, what cannot start is named, nothing outlives its mesh."""

from __future__ import annotations

import os
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dasibom.local import mesh
from dasibom.local.errors import MeshError
from dasibom.local.home import Home, checkout
from dasibom.local.parts import Part, find_programs
from dasibom.local.ports import choose_ports
from dasibom.local.processes import processes_of
from dasibom.local.state import MeshState
from dasibom.local.supervision import Supervisor, configuration, environment, start_supervisor

LISTEN = "import os, socket, time; s = socket.create_server(('127.0.0.1', int(os.environ['LISTEN_PORT']))); time.sleep(600)"


def part(name: str, code: str, port: int, **more: bool) -> Part:
    return Part(
        name=name,
        program="PYTHON",
        arguments=("-c", code),
        check="port",
        address=f"127.0.0.1:{port}",
        environment={"LISTEN_PORT": str(port)},
        **more,
    )


def until(true: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


Start = Callable[..., MeshState]


@pytest.fixture
def start(home: Home) -> Iterator[Start]:
    """Starts a mesh of these parts, and stops it at the end."""

    def start(*parts: Part) -> MeshState:
        state = MeshState(id=uuid.uuid4().hex, url="http://127.0.0.1:1", runtime=Path(tempfile.mkdtemp(prefix="dasibom-")), parts=parts)
        state.save(home)
        home.fresh_logs()
        (home.root / "supervisord.conf").write_text(configuration(parts))
        variables = environment(home, checkout(), mesh_id=state.id, runtime=state.runtime, programs=find_programs(), services={})
        start_supervisor(home, variables)
        return state

    yield start
    mesh.down(home)


@pytest.fixture
def ports() -> list[int]:
    return list(choose_ports(["a", "b"], {}).values())


def healthy(home: Home) -> dict[str, int]:
    _, parts = mesh.status(home) or (None, [])
    return {part.name: part.pid for part in parts if part.healthy}


def test_a_killed_part_comes_back(home: Home, start: Start, ports: list[int]) -> None:
    start(part("a", LISTEN, ports[0]), part("b", LISTEN, ports[1], front=True))
    until(lambda: len(healthy(home)) == 2)
    before = healthy(home)["a"]
    os.kill(before, signal.SIGKILL)
    until(lambda: healthy(home).get("a", before) != before)


@pytest.mark.parametrize("supervisor_dies_first", [False, True])
def test_down_leaves_no_process_socket_or_state(home: Home, start: Start, ports: list[int], supervisor_dies_first: bool) -> None:
    state = start(part("a", LISTEN, ports[0]), part("b", LISTEN, ports[1], front=True))
    until(lambda: len(healthy(home)) == 2)
    if supervisor_dies_first:
        pid = int((home.root / "supervisord.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        until(lambda: mesh.status(home) is None)
        assert len(mesh.leftovers(home)) == 2
    assert mesh.down(home) is True
    assert processes_of(state.id) == []
    assert not state.runtime.exists()
    assert not home.state.exists()
    assert mesh.down(home) is False


def test_a_part_that_ignores_being_told_to_stop_is_stopped(home: Home, start: Start, ports: list[int]) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + LISTEN
    state = start(part("a", stubborn, ports[0]))
    until(lambda: healthy(home))
    os.kill(int((home.root / "supervisord.pid").read_text()), signal.SIGKILL)
    mesh.down(home)
    assert processes_of(state.id) == []


def test_a_part_that_cannot_start_is_named_with_the_end_of_its_log(home: Home, start: Start, ports: list[int]) -> None:
    state = start(part("a", LISTEN, ports[0]), part("b", "raise SystemExit('the reason is written here')", ports[1]))
    with pytest.raises(MeshError, match=r"(?s)`b`.*the reason is written here"):
        mesh._wait_until_it_works(home, state, lambda _: None, 30)


def test_a_part_that_never_gets_ready_is_named(home: Home, start: Start, ports: list[int]) -> None:
    state = start(part("a", LISTEN, ports[0]), part("b", "import time; time.sleep(600)", ports[1]))
    with pytest.raises(MeshError, match=r"`b`.*\b2"):
        mesh._wait_until_it_works(home, state, lambda _: None, 1.5)


def test_the_state_of_a_mesh_that_is_gone_is_no_mesh(home: Home) -> None:
    gone = MeshState(id=uuid.uuid4().hex, url="http://127.0.0.1:1", runtime=Path("/nonexistent"), parts=())
    gone.save(home)
    assert mesh.running_mesh(home) is None
    assert mesh.down(home) is False
    assert not home.state.exists()


def test_only_the_owner_may_look_inside(home: Home, start: Start, ports: list[int]) -> None:
    state = start(part("a", LISTEN, ports[0]))
    assert home.root.stat().st_mode & 0o077 == 0
    assert state.runtime.stat().st_mode & 0o077 == 0
    with Supervisor(state.runtime) as supervisor:
        assert set(supervisor.programs() or {}) == {"a"}
