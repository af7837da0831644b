"""Ctrl-C while a job runs: on a terminal the user is asked, elsewhere the job is left running."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import signal
import sys
from pathlib import Path

import pytest
from command_process import environment, unquoted
from orchestrator_double import Orchestrator


async def _until(orchestrator: Orchestrator, method: str) -> None:
    async with asyncio.timeout(20):
        while not orchestrator.calls[method]:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)


async def test_elsewhere_the_job_goes_on_and_the_user_learns_how_to_watch_it(folder: Path, url: str, orchestrator: Orchestrator) -> None:
    orchestrator.pause = 0.5
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dasibom.command", "case1", "frame.jpg", "--url", url),
        cwd=folder,
        env=environment(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await _until(orchestrator, "WatchJob")
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    assert process.returncode == 130
    assert "dasibom watch jb_" in unquoted(err.decode())
    assert "Traceback" not in err.decode()
    assert not orchestrator.cancelled


@pytest.mark.parametrize(("answer", "status", "cancelled"), [(b"y\n", 4, True), (b"\n", 130, False), (None, 130, False)])
async def test_on_a_terminal_the_user_decides(
    folder: Path, url: str, orchestrator: Orchestrator, answer: bytes | None, status: int, cancelled: bool
) -> None:
    orchestrator.pause = 0.3
    orchestrator.steps = 20
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dasibom.command", "case1", "frame.jpg", "--url", url),
        cwd=folder,
        env=environment(folder, TERM="xterm"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # how a terminal says that its program has ended
            while piece := os.read(ours, 4096):
                seen.extend(piece)

    reading = asyncio.create_task(asyncio.to_thread(read))
    await _until(orchestrator, "WatchJob")
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(20):
        while "취소할까요".encode() not in seen:
            await asyncio.sleep(0.05)
    if answer is None:  # Ctrl-C once more
        process.send_signal(signal.SIGINT)
    else:
        os.write(ours, answer)
    assert await process.wait() == status, seen.decode()
    await reading
    os.close(ours)
    assert bool(orchestrator.cancelled) is cancelled
    assert b"Traceback" not in seen
