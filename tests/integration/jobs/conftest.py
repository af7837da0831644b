"""The orchestrator's parts around a real Redis, a real database and real gRPC, in one process."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis as blocking_redis
from redis.asyncio import Redis

from dasibom.orchestrator.v1.input_pb2 import CaseOptions, ImageSource
from dasibom.orchestrator.v1.job_pb2 import JobEvent
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request
from services.orchestrator.history import History, JobRecord, migrate
from services.orchestrator.jobs.erase import Eraser
from services.orchestrator.jobs.events import EventLog
from services.orchestrator.jobs.models import ModelDirectory
from services.orchestrator.jobs.pictures import PictureIntake
from services.orchestrator.jobs.queue import Wakeups, make_app
from services.orchestrator.jobs.run import JobRunner
from services.orchestrator.jobs.submit import Submitter
from services.orchestrator.jobs.sweep import Sweeper
from services.orchestrator.jobs.watch import Watcher
from services.orchestrator.mesh import Mesh
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.storage import FetchPolicy, ForeignObjects, GuardedFetcher, Storage, open_storage
from services.orchestrator.storage.s3 import make_client
from tests.conftest import free_ports
from tests.integration.conftest import execute, postgresql_url
from tests.integration.jobs.toy_models import ToyModels, picture


class RedisServer:
    """A real Redis, in memory, that can be stopped and started again: it has then lost everything."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        server = Path(sys.executable).parent / "redis-server"
        self._command = [str(server), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
        self.url = f"redis://127.0.0.1:{port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        with blocking_redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                    return
                except blocking_redis.ConnectionError:
                    assert time.monotonic() < deadline, "Redis does not start"
                    time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once, if it runs."""
        self._process.kill()
        self._process.wait(timeout=10)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis that all tests of the session share."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own, to stop at will."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@dataclass(kw_only=True)
class Orchestrator:
    """Everything but the API's and the worker's processes."""

    settings: OrchestratorSettings
    history: History
    storage: Storage
    redis: Redis
    mesh: Mesh
    models: ToyModels
    events: EventLog
    intake: PictureIntake
    submitter: Submitter
    watcher: Watcher
    eraser: Eraser
    wakeups: Wakeups

    def runner(self, name: str = "", **changes: Any) -> JobRunner:
        """A worker."""
        settings = self.settings.model_copy(update=changes)
        return JobRunner(name or uuid.uuid4().hex, settings, history=self.history, storage=self.storage, redis=self.redis, mesh=self.mesh)

    def sweeper(self) -> Sweeper:
        """A sweeper."""
        return Sweeper("w", self.settings, history=self.history, wakeups=self.wakeups, eraser=self.eraser, redis=self.redis)

    async def submit(
        self, *, shade: int = 10, seed: int = 1, variants: int = 2, refine: bool = False, request_id: str = "", language: str = ""
    ) -> JobRecord:
        """Submit case 1 with one frame."""
        request = SubmitCase1Request(
            frames=[ImageSource(data=picture(shade))],
            variants=variants,
            refine=refine,
            options=CaseOptions(seed=seed, language=language),
            request_id=request_id,
        )
        job, _ = await self.submitter.submit(request)
        return job

    async def told(self, job: str) -> list[JobEvent]:
        """All events of a job so far."""
        return await self.events.read(job, 0)


@pytest.fixture
async def orchestrator(tmp_path: Path, redis_url: str) -> AsyncIterator[Orchestrator]:
    """A fresh one on the embedded profile's database and storage: SQLite and local files."""
    places = {"database_url": f"sqlite+aiosqlite:///{tmp_path / 'history.db'}", "storage_url": f"file://{tmp_path / 'files'}"}
    async for made in _orchestrator(redis_url, **places):
        yield made


@pytest.fixture
async def fragile_orchestrator(tmp_path: Path, own_redis: RedisServer) -> AsyncIterator[Orchestrator]:
    """A fresh one on a Redis of its own, `own_redis`."""
    places = {"database_url": f"sqlite+aiosqlite:///{tmp_path / 'history.db'}", "storage_url": f"file://{tmp_path / 'files'}"}
    async for made in _orchestrator(own_redis.url, **places):
        yield made


@pytest.fixture
async def production_orchestrator(redis_url: str, postgresql: str, s3_url: str) -> AsyncIterator[Orchestrator]:
    """A fresh one on the production profile's: PostgreSQL and S3."""
    name = f"jobs_{uuid.uuid4().hex[:8]}"
    await execute(postgresql, f"CREATE DATABASE {name}")
    bucket = f"jobs-{uuid.uuid4().hex[:8]}"
    with contextlib.closing(make_client(endpoint_url=s3_url)) as client:
        client.create_bucket(Bucket=bucket)
    places = {"database_url": postgresql_url(postgresql, name), "storage_url": f"s3://{bucket}/dasibom", "s3_endpoint_url": s3_url}
    async for made in _orchestrator(redis_url, **places):
        yield made


async def _orchestrator(redis_url: str, **places: str) -> AsyncIterator[Orchestrator]:
    """Empty database, empty storage, empty Redis, fast clocks."""
    toy = ToyModels()
    await toy.start()
    settings = OrchestratorSettings(
        **places,
        redis_url=redis_url,
        mesh_target=f"127.0.0.1:{toy.port}",
        lease_seconds=1.0,
        heartbeat_seconds=0.2,
        call_seconds=20.0,
        requeue_seconds=0.3,
    )
    await migrate(settings.database_url)
    history = History.open(settings.database_url)
    redis = Redis.from_url(redis_url)
    await redis.flushdb()
    storage = open_storage(settings.storage_url, endpoint_url=settings.s3_endpoint_url)
    mesh = Mesh(settings.mesh_target)
    events = EventLog(redis, keep_seconds=60)
    wakeups = Wakeups(make_app(settings))
    fetcher = GuardedFetcher(FetchPolicy())
    intake = PictureIntake(history, storage, fetcher, ForeignObjects((), max_bytes=1000))
    yield Orchestrator(
        settings=settings,
        history=history,
        storage=storage,
        redis=redis,
        mesh=mesh,
        models=toy,
        events=events,
        intake=intake,
        submitter=Submitter(history=history, intake=intake, models=ModelDirectory(mesh), events=events, wakeups=wakeups),
        watcher=Watcher(history, events),
        eraser=Eraser(history, storage, redis, events),
        wakeups=wakeups,
    )
    await mesh.close()
    await toy.stop()
    await redis.aclose()
    await storage.close()
    await history.close()
