"""The command as a program of its own, against a double of the orchestrator."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from command_process import Command, Ended, environment

sys.path.insert(0, str(Path(__file__).parent.parent / "client"))

from orchestrator_double import Orchestrator, serve


@pytest.fixture
async def served() -> AsyncIterator[tuple[Orchestrator, str]]:
    orchestrator = Orchestrator()
    server, port = await serve(orchestrator)
    yield orchestrator, f"127.0.0.1:{port}"
    await server.stop(None)


@pytest.fixture
def orchestrator(served: tuple[Orchestrator, str]) -> Orchestrator:
    return served[0]


@pytest.fixture
def url(served: tuple[Orchestrator, str]) -> str:
    return served[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with a picture in it."""
    (tmp_path / "frame.jpg").write_bytes(b"frame")
    (tmp_path / "empty.jpg").touch()
    return tmp_path


@pytest.fixture
def command(folder: Path) -> Command:
    async def run(*arguments: str, **more: str) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dasibom.command", *arguments),
            cwd=folder,
            env=environment(folder, **more),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        assert "Traceback" not in err.decode()
        return Ended(process.returncode, out.decode(), err.decode())

    return run
