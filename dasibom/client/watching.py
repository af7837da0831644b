"""Following a job's events over a line that may break."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

import grpc.aio

from dasibom.client.errors import Cancelled, DasibomError, Internal, Unavailable, error_from_call
from dasibom.client.transport import Transport
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_CANCELLED, JOB_STATE_FAILED, JOB_STATE_SUCCEEDED, JobEvent
from dasibom.orchestrator.v1.orchestrator_service_pb2 import GetJobRequest, WatchJobRequest

TERMINAL_STATES = frozenset({JOB_STATE_SUCCEEDED, JOB_STATE_FAILED, JOB_STATE_CANCELLED})


def is_last(event: JobEvent) -> bool:
    """Whether this event ends its job (until someone retries it)."""
    return event.WhichOneof("event") == "state_change" and event.state_change.state in TERMINAL_STATES


async def watch(transport: Transport, job: str, after: int) -> AsyncGenerator[JobEvent, None]:
    """See `AsyncClient.watch`."""
    last_contact, attempt, ended = time.monotonic(), 0, False
    while True:
        error: DasibomError = Unavailable("the stream of events was cut")
        stream = transport.stub.WatchJob(WatchJobRequest(job=job, after=after), **transport.options(None))
        try:
            async for response in stream:
                last_contact, attempt = time.monotonic(), 0
                if response.event.number > after:
                    after = response.event.number
                    ended = is_last(response.event)
                    yield response.event
            if ended or await _has_seen_all(transport, job, after):
                return
        except grpc.aio.AioRpcError as call:
            error = error_from_call(call)
        finally:
            stream.cancel()
        if not _was_cut(error):
            raise error
        attempt += 1
        pause = transport.policy.pause(attempt, error)
        if time.monotonic() + pause - last_contact > transport.policy.reconnect_seconds:
            raise error
        await asyncio.sleep(pause)


async def _has_seen_all(transport: Transport, job: str, after: int) -> bool:
    """Whether there is nothing more to come; the stream may have been closed politely by a server that shuts down."""
    try:
        now = await transport.unary(transport.stub.GetJob, GetJobRequest(job=job))
    except Unavailable:
        return False
    return now.state in TERMINAL_STATES and after >= now.last_event


def _was_cut(error: DasibomError) -> bool:
    """Whether the line broke, rather than the service refusing: what the service says itself carries a reason."""
    return isinstance(error, Unavailable) or (isinstance(error, Internal | Cancelled) and not error.reason)
