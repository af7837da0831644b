"""The worker as a process: told to stop, killed, started too early."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from services.orchestrator.history import JobState
from services.orchestrator.jobs import presence
from tests.conftest import free_ports
from tests.integration.jobs.conftest import Orchestrator, RedisServer
from tests.integration.jobs.test_job_running import state_of


@contextlib.asynccontextmanager
async def worker(orchestrator: Orchestrator, folder: Path, **changes: object) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run `python -m services.orchestrator.worker` on the same database, storage, Redis and models."""
    settings = orchestrator.settings.model_copy(update=changes)
    names = (
        "database_url",
        "redis_url",
        "storage_url",
        "mesh_target",
        "lease_seconds",
        "heartbeat_seconds",
        "requeue_seconds",
    )
    environment = {f"DASIBOM_{name.upper()}": str(getattr(settings, name)) for name in names}
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.orchestrator.worker"],
            env=os.environ | environment | {"DASIBOM_SWEEP_SECONDS": "0.2"},
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def ended(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Exit status of a process that must end within so many seconds."""
    async with asyncio.timeout(seconds):
        while process.poll() is None:
            await asyncio.sleep(0.05)
    return process.returncode


async def test_a_worker_told_to_stop_gives_its_job_back_and_a_killed_one_is_replaced(orchestrator: Orchestrator, tmp_path: Path) -> None:
    reached = asyncio.Event()

    async def hang_at_montage(rpc: str) -> None:
        if rpc == "Generate":
            reached.set()
            await asyncio.Event().wait()

    orchestrator.models.before = hang_at_montage
    job = await orchestrator.submit()
    async with worker(orchestrator, tmp_path) as stopped:
        await asyncio.wait_for(reached.wait(), 30)
        finished = dict(orchestrator.models.calls)
        stopped.send_signal(signal.SIGTERM)
        assert await ended(stopped, 20) == 0
    assert await state_of(orchestrator, job.id) is JobState.QUEUED
    assert await presence.count(orchestrator.redis) == 0
    reached.clear()
    async with worker(orchestrator, tmp_path) as killed:
        await asyncio.wait_for(reached.wait(), 30)
        killed.kill()
    assert await state_of(orchestrator, job.id) is JobState.RUNNING
    orchestrator.models.before = None
    async with worker(orchestrator, tmp_path):

        async def succeeded() -> bool:
            return await state_of(orchestrator, job.id) is JobState.SUCCEEDED

        async with asyncio.timeout(30):
            while not await succeeded():
                await asyncio.sleep(0.1)
    assert orchestrator.models.calls == {**finished, "Generate": 2}
    assert "Traceback" not in (tmp_path / "worker.log").read_text()


async def test_a_worker_goes_on_once_redis_is_back(fragile_orchestrator: Orchestrator, own_redis: RedisServer, tmp_path: Path) -> None:
    orchestrator = fragile_orchestrator
    async with worker(orchestrator, tmp_path) as running:
        async with asyncio.timeout(30):
            while "ready." not in (tmp_path / "worker.log").read_text():
                await asyncio.sleep(0.1)
        own_redis.stop()
        job = await orchestrator.submit()
        await asyncio.sleep(1)
        own_redis.start()
        async with asyncio.timeout(30):
            while await state_of(orchestrator, job.id) is not JobState.SUCCEEDED:
                await asyncio.sleep(0.1)
        assert running.poll() is None


async def test_a_worker_waits_for_a_database_that_starts_later_and_can_be_stopped_meanwhile(
    orchestrator: Orchestrator, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    async with worker(orchestrator, tmp_path, database_url=f"postgresql+asyncpg://nobody@127.0.0.1:{port}/none") as early:

        async def waiting() -> bool:
            return "waiting for the database" in (tmp_path / "worker.log").read_text()

        async with asyncio.timeout(30):
            while not await waiting():
                await asyncio.sleep(0.1)
        early.send_signal(signal.SIGTERM)
        await ended(early, 20)
