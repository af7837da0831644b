"""What happens around every call: its request is checked, its errors are mapped, its time is measured."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Any, NoReturn, TypeAlias

import grpc
import grpc.aio
from google.protobuf.message import DecodeError, Message
from prometheus_client import Counter, Gauge, Histogram

from services.common.errors import Internal, InvalidRequest, ServiceError
from services.common.logs import JOB
from services.common.status import grpc_code, trailers
from services.common.validation import validate

logger = logging.getLogger(__name__)

CALLS = Counter("dasibom_rpc_total", "Calls answered", ("method", "code"))
RUNNING = Gauge("dasibom_rpc_running", "Calls being answered", ("method",))
SECONDS = Histogram("dasibom_rpc_seconds", "Time to answer a call", ("method",), buckets=(0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 60, 300))

JOB_METADATA = "x-dasibom-job"
"""Metadata key under which the orchestrator names the job that a model call is made for."""

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Validates requests, maps exceptions to `google.rpc.Status`, and counts calls. An unexpected exception's text never leaves."""

    def __init__(self) -> None:
        self._wrapped: dict[str, Handler] = {}  # by method; made once, not for every call

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]], handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        """Wrap the method's handler; see `grpc.aio.ServerInterceptor`."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        # None: no such method; grpc answers UNIMPLEMENTED. Health and reflection are not ours and have no rules.
        if handler is None or not method.startswith("/dasibom."):
            return handler
        if method not in self._wrapped:
            wrap = _wrap_stream if handler.response_streaming else _wrap_unary
            self._wrapped[method] = _remade(handler, lambda behavior: wrap(behavior, method), _forgiving(handler.request_deserializer))
        return self._wrapped[method]


class StreamCloser(grpc.aio.ServerInterceptor):
    """Closes the stream of a caller who has left, in the task that ran it; the first of the interceptors.

    grpc drops an asynchronous generator that waits between two responses. The garbage collector then closes it in a task of its own, where
    what the generator has set, such as the span of its trace, cannot be set back.
    """

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]], handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        """Wrap the method's handler; see `grpc.aio.ServerInterceptor`."""
        handler = await continuation(handler_call_details)
        if handler is None or not handler.response_streaming or not handler_call_details.method.startswith("/dasibom."):
            return handler
        return _remade(handler, _wrap_to_close, handler.request_deserializer)


def _remade(handler: Handler, wrap: Callable[[Any], Any], deserialize: Any) -> Handler:
    """The same handler with its behavior wrapped."""
    kind = ("stream" if handler.request_streaming else "unary") + "_" + ("stream" if handler.response_streaming else "unary")
    make = getattr(grpc, f"{kind}_rpc_method_handler")
    made: Handler = make(wrap(getattr(handler, kind)), request_deserializer=deserialize, response_serializer=handler.response_serializer)
    return made


def _wrap_to_close(behavior: Callable[[Any, Context], AsyncGenerator[Any, None]]) -> Callable[[Any, Context], Awaitable[None]]:
    async def call(request: Any, context: Context) -> None:
        async with contextlib.aclosing(behavior(request, context)) as responses:
            async for response in responses:
                await context.write(response)

    return call


def _forgiving(deserialize: Callable[[bytes], Message]) -> Callable[[bytes], Message | InvalidRequest]:
    """A deserializer that gives an error in the request's place. Raised there, grpc would answer it: as UNKNOWN, in Python's words."""

    def read(data: bytes) -> Message | InvalidRequest:
        try:
            return deserialize(data)
        except DecodeError:
            return InvalidRequest("the request cannot be read: a value in it is not of its field's type, or its bytes are no message")

    return read


def _checked(request: Any) -> Any:
    """The request, or the stream of requests, with every message validated."""
    if isinstance(request, Message | InvalidRequest):
        return _valid(request)

    async def each() -> AsyncIterator[Message]:
        async for message in request:
            yield _valid(message)

    return each()


def _valid(request: Message | InvalidRequest) -> Message:
    if isinstance(request, InvalidRequest):
        raise request
    validate(request)
    return request


def _job_of(context: Context) -> str:
    return next((str(value) for key, value in context.invocation_metadata() or () if key == JOB_METADATA), "")


def _wrap_unary(behavior: Callable[[Any, Context], Awaitable[Any]], method: str) -> Callable[[Any, Context], Awaitable[Any]]:
    meters = _Meters(method)

    async def call(request: Any, context: Context) -> Any:
        JOB.set(_job_of(context))
        with _Measured(meters) as measured:
            try:
                return await behavior(_checked(request), context)
            except Exception as error:
                await _abort(error, context, measured, method)

    return call


def _wrap_stream(
    behavior: Callable[[Any, Context], AsyncGenerator[Any, None]], method: str
) -> Callable[[Any, Context], AsyncGenerator[Any, None]]:
    meters = _Meters(method)

    async def call(request: Any, context: Context) -> AsyncGenerator[Any, None]:
        JOB.set(_job_of(context))
        with _Measured(meters) as measured:
            try:
                async with contextlib.aclosing(behavior(_checked(request), context)) as responses:
                    async for response in responses:
                        yield response
            except Exception as error:
                await _abort(error, context, measured, method)

    return call


class _Meters:
    """The metrics of one method; finding them by their labels takes longer than counting."""

    def __init__(self, method: str) -> None:
        self.running = RUNNING.labels(method)
        self.seconds = SECONDS.labels(method)
        self.calls = cache(lambda code: CALLS.labels(method, code))


class _Measured:
    """Counts one call and its time."""

    def __init__(self, meters: _Meters) -> None:
        self._meters = meters
        self.code = "OK"

    def __enter__(self) -> _Measured:
        self._started = time.monotonic()
        self._meters.running.inc()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, asyncio.CancelledError | GeneratorExit):
            self.code = "CANCELLED"
        self._meters.running.dec()
        self._meters.calls(self.code).inc()
        self._meters.seconds.observe(time.monotonic() - self._started)


async def _abort(error: Exception, context: Context, measured: _Measured, method: str) -> NoReturn:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if isinstance(error, ServiceError) and not isinstance(error, Internal):
        mapped = error
        logger.info("%s refused: %s", method, error.message, extra={"code": error.code, "reason": error.reason})
    else:
        reference = uuid.uuid4().hex[:12]
        logger.error("%s failed, reference %s", method, reference, exc_info=error)
        mapped = Internal(
            f"something went wrong on our side; please report it with the reference {reference}", metadata={"reference": reference}
        )
    measured.code = mapped.code
    await context.abort(grpc_code(mapped), mapped.message, trailers(mapped))
