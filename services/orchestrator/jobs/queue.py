"""Wake-ups: a Celery message tells some worker that a job waits. It carries the job's id and the trace, nothing else."""

from __future__ import annotations

import asyncio
import logging

from celery import Celery
from opentelemetry import propagate

from services.orchestrator.settings import OrchestratorSettings

logger = logging.getLogger(__name__)

TASK = "dasibom.run_job"
QUEUE = "dasibom-jobs"


def make_app(settings: OrchestratorSettings) -> Celery:
    """The Celery application that API and worker share."""
    app = Celery("dasibom", broker=settings.redis_url, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        # Acknowledged on receipt: a lost message is found by the sweeper, and no visibility timeout has to outlast the longest job.
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        # No submission waits for a queue that is away: the sweeper sends its wake-up. A worker connects again by itself all the same.
        broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 3, "health_check_interval": 15, "max_retries": 0},
    )
    return app


class Wakeups:
    """Sends wake-ups."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    async def send(self, job: str) -> None:
        """Wake a worker for `job`. When the queue cannot be reached, the sweeper will try again."""
        headers: dict[str, str] = {}
        propagate.inject(headers)
        try:
            await asyncio.to_thread(self._app.send_task, TASK, args=[job], headers=headers, retry=False)
        except Exception:  # whatever the broker's client raises: the job is safe in the database
            logger.warning("no wake-up could be sent for %s; the sweeper will", job, exc_info=True)
