"""The one door for model calls: deadline, retry, cancellation, tracing, progress and memory, the same for every call of every workflow."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc.aio
from google.protobuf.message import Message
from prometheus_client import Counter, Histogram

from dasibom.common.v1.progress_pb2 import Progress
from services.common.telemetry import tracer
from services.orchestrator.jobs.memo import Memo, memo_key
from services.orchestrator.jobs.retry import CallFailure, RetryPolicy, failure_of
from services.orchestrator.mesh import Mesh, Method, method_for
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.workflows.context import ModelRefused

logger = logging.getLogger(__name__)

CALLS = Counter("dasibom_model_calls_total", "Model calls by how they ended", ("method", "outcome"))
SECONDS = Histogram(
    "dasibom_model_call_seconds", "Time of a model call, tries and waits together", ("method",), buckets=(0.05, 0.2, 1, 2, 5, 15, 60, 300)
)


class CallGivenUp(Exception):
    """A model service could not be reached, or did not finish, before the call's deadline."""

    def __init__(self, service: str, seconds: float, failure: CallFailure) -> None:
        super().__init__(f"{service} gave no answer within {seconds:.0f} s: {failure.message}")
        self.service = service
        self.seconds = seconds
        self.failure = failure


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Who is told of a call while it lasts."""

    progress: Callable[[Progress], Awaitable[None]]
    waiting: Callable[[str, CallFailure], Awaitable[None]]  # service, why; once a call


class Door:
    """Makes the model calls of one job."""

    def __init__(self, mesh: Mesh, memo: Memo, settings: OrchestratorSettings, *, job: str, attempt: int, policy: RetryPolicy) -> None:
        """Stand in front of the model services.

        Args:
            mesh: the way to them.
            memo: what the job's earlier calls gave.
            settings: the deadlines.
            job: the job's id.
            attempt: the job's attempt.
            policy: the pauses between tries.
        """
        self._mesh = mesh
        self._memo = memo
        self._settings = settings
        self._job = job
        self._attempt = attempt
        self._policy = policy

    async def ask(self, request: Message, watcher: Watcher) -> Any:
        """Give the answer to `request`, from memory when it was asked before. Cancelling this cancels the call.

        Raises:
            ModelRefused: the service refused for a reason that another try would not change.
            CallGivenUp: there was no answer before the deadline.
        """
        method = method_for(request)
        started = time.monotonic()
        deadline = started + self._settings.call_seconds
        outcome = "cancelled"
        with tracer.start_as_current_span(f"ask {method.service}", attributes={"dasibom.job": self._job}) as span:
            try:
                revision = await self._persist(method, lambda seconds: self._revision(method, request, seconds), deadline, watcher)
                key = memo_key(method, request, revision)
                if (remembered := await self._memo.get(method, key)) is not None:
                    outcome = "remembered"
                    return remembered
                result = await self._persist(method, lambda seconds: self._once(method, request, seconds, watcher), deadline, watcher)
                await self._memo.put(key, result)
                outcome = "answered"
                return result
            except ModelRefused:
                outcome = "refused"
                raise
            except CallGivenUp:
                outcome = "given_up"
                raise
            finally:
                span.set_attribute("dasibom.outcome", outcome)
                CALLS.labels(method.path, outcome).inc()
                SECONDS.labels(method.path).observe(time.monotonic() - started)

    async def _persist(self, method: Method, attempt: Callable[[float], Awaitable[Any]], deadline: float, watcher: Watcher) -> Any:
        """Try until it works, is refused, or the deadline has passed."""
        failures = 0
        while True:
            try:
                left = deadline - time.monotonic()
                return await attempt(max(0.01, min(self._settings.attempt_seconds, left)))
            except grpc.aio.AioRpcError as error:
                failure = failure_of(error)
            if not failure.transient:
                raise ModelRefused(failure.message, reason=failure.reason, code=failure.code, service=method.service)
            failures += 1
            pause = failure.retry_after or self._policy.seconds(failures)
            if time.monotonic() + pause >= deadline:
                raise CallGivenUp(method.service, self._settings.call_seconds, failure)
            if failures == 1:
                logger.warning("%s: %s (%s); trying again until the deadline", method.path, failure.message, failure.code)
            # One hiccup is nobody's concern; a service that is away is.
            if failures == 2:
                await watcher.waiting(method.service, failure)
            await asyncio.sleep(pause)

    async def _once(self, method: Method, request: Message, seconds: float, watcher: Watcher) -> Message:
        result: Message | None = None
        async with contextlib.aclosing(self._mesh.stream(method, request, seconds=seconds, job=self._job)) as responses:
            async for response in responses:
                if response.WhichOneof("event") == "progress":
                    await watcher.progress(response.progress)
                elif response.WhichOneof("event") == "result":
                    result = response.result
        if result is None:
            raise RuntimeError(f"{method.path} ended without a result")
        return result

    async def _revision(self, method: Method, request: Any, seconds: float) -> str:
        """What the model's answers depend on besides the request; fixed for the attempt by its first call."""
        model_key = f"{method.service}.{request.model or 'default'}"
        known = await self._memo.revision(model_key, self._attempt)
        if known is not None:
            return known
        answer = await self._mesh.list_models(method.service, seconds=min(seconds, 5.0))
        wanted = [model for model in answer.models if (model.name == request.model if request.model else model.is_default)]
        if not wanted:
            names = ", ".join(model.name for model in answer.models)
            message = f"{method.service} has no model {request.model!r}; there are: {names}"
            raise ModelRefused(message, reason="UNKNOWN_MODEL", code="NOT_FOUND", service=method.service)
        model = wanted[0]
        revision = f"{model.name}@{model.revision}#{model.weight_sha256}"
        await self._memo.set_revision(model_key, self._attempt, revision)
        return revision
