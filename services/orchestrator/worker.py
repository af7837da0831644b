"""`python -m services.orchestrator.worker`: run jobs.

Celery receives the wake-ups and bounds how many jobs run at once: each of its threads waits for one job. The jobs themselves run on
one event loop in a thread of its own, beside the sweeper.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import uuid
from collections.abc import Coroutine
from typing import Any

import uvloop
from celery import Task, signals
from opentelemetry import propagate
from prometheus_client import start_http_server
from redis.asyncio import Redis

from services.common.logs import setup_logging
from services.common.settings import BadSetting, read_settings
from services.common.telemetry import flush_telemetry, setup_telemetry, tracer
from services.orchestrator.history import History, migrate_when_reachable
from services.orchestrator.jobs import presence
from services.orchestrator.jobs.erase import Eraser
from services.orchestrator.jobs.events import EventLog
from services.orchestrator.jobs.queue import TASK, Wakeups, make_app
from services.orchestrator.jobs.run import JobRunner
from services.orchestrator.jobs.sweep import Sweeper
from services.orchestrator.mesh import Mesh
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.storage import open_storage

logger = logging.getLogger(__name__)


class Worker:
    """Everything that one worker process has, on an event loop in a thread of its own."""

    def __init__(self, settings: OrchestratorSettings) -> None:
        """Make a worker; `start` brings it to life."""
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self.app = make_app(settings)
        self._settings = settings
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="jobs", daemon=True)

    def start(self) -> None:
        """Start the event loop, bring the database up to date, and begin to sweep."""
        self._thread.start()
        self._do(self._open()).result()

    def run_job(self, job: str, headers: dict[str, str]) -> None:
        """Run one job and wait for its end; called in a thread of Celery's."""
        self._do(self._run(job, headers)).result()

    def drain(self) -> None:
        """Give running jobs back, so that another worker goes on; returns when that is done."""
        self._do(self._close()).result(self._settings.drain_seconds + 10)

    def _do(self, work: Coroutine[Any, Any, None]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _open(self) -> None:
        settings = self._settings
        await migrate_when_reachable(settings.database_url)
        self._history = History.open(settings.database_url)
        self._redis = Redis.from_url(settings.redis_url)
        self._storage = open_storage(settings.storage_url, endpoint_url=settings.s3_endpoint_url, region=settings.s3_region)
        self._mesh = Mesh(settings.mesh_target, ca=settings.mesh_ca, max_message_mib=settings.max_message_mib)
        self._runner = JobRunner(self.name, settings, history=self._history, storage=self._storage, redis=self._redis, mesh=self._mesh)
        eraser = Eraser(self._history, self._storage, self._redis, EventLog(self._redis, keep_seconds=settings.event_seconds))
        sweeper = Sweeper(self.name, settings, history=self._history, wakeups=Wakeups(self.app), eraser=eraser, redis=self._redis)
        self._sweep = asyncio.create_task(sweeper.run())
        logger.info("worker %s runs up to %d jobs at once", self.name, settings.concurrency)

    async def _run(self, job: str, headers: dict[str, str]) -> None:
        with tracer.start_as_current_span("run job", context=propagate.extract(headers), attributes={"dasibom.job": job}):
            await self._runner.run(job)

    async def _close(self) -> None:
        self._sweep.cancel()
        await asyncio.wait([self._sweep])
        await self._runner.drain()
        await presence.leave(self._redis, self.name)
        await self._mesh.close()
        await self._redis.aclose()
        await self._storage.close()
        await self._history.close()


def main() -> None:
    """Run until told to stop.

    Raises:
        SystemExit: a setting is wrong; names it.
    """
    try:
        settings = read_settings(OrchestratorSettings, "worker")
    except BadSetting as error:
        raise SystemExit(f"worker cannot start: {error}") from None
    setup_logging("worker", settings.log_level)
    setup_telemetry("worker", settings.otlp_endpoint)
    worker = Worker(settings)

    @worker.app.task(name=TASK, bind=True)
    def run_job(task: Task[Any, Any], job: str) -> None:
        # The headers that the sender set are attributes of the request.
        headers = {name: value for name in propagate.get_global_textmap().fields if (value := task.request.get(name))}
        worker.run_job(job, headers)

    # On the first signal, while Celery still waits for its threads: they end when their jobs have been given back.
    signals.worker_shutting_down.connect(lambda **_: threading.Thread(target=worker.drain).start(), weak=False)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.metrics_listen)
    worker.start()
    options = ["--pool=threads", f"--concurrency={settings.concurrency}", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    try:
        worker.app.worker_main(["worker", *options, f"--hostname={worker.name}@dasibom", f"--loglevel={settings.log_level}"])
    finally:
        flush_telemetry()


if __name__ == "__main__":
    main()
