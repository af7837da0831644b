"""Logs as JSON lines, each with the trace and the job that it belongs to."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar

from opentelemetry import trace
from pythonjsonlogger.json import JsonFormatter

JOB: ContextVar[str] = ContextVar("dasibom_job", default="")
"""Id of the job that the running code works for; empty when it works for none."""


class _ContextFilter(logging.Filter):
    """Adds what the reader of one line needs to find the others."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def filter(self, record: logging.LogRecord) -> bool:
        span = trace.get_current_span().get_span_context()
        record.service = self._service
        record.trace = f"{span.trace_id:032x}" if span.is_valid else None
        record.job = JOB.get() or None
        return True


def setup_logging(service: str, level: str) -> None:
    """Send all logs of this process to standard error, a JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_ContextFilter(service))
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(service)s %(name)s %(message)s %(trace)s %(job)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
            datefmt="%Y-%m-%dT%H:%M:%S%z",
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Celery, Alembic and the AWS SDK say at INFO what only their authors need; clients of outside servers say at DEBUG whole requests.
    for chatty in ("alembic", "botocore", "boto3", "httpx", "httpcore", "httpx2", "httpcore2", "openai", "kombu", "amqp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
