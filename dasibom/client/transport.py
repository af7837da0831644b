"""How calls are made: one channel, the caller's credentials, a deadline for each try, and the retry policy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypedDict, TypeVar

import grpc
import grpc.aio

from dasibom.client.address import Address
from dasibom.client.errors import error_from_call
from dasibom.client.pictures import MIB
from dasibom.client.retry import RetryPolicy
from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub

if TYPE_CHECKING:  # this one exists for type checkers alone
    from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceAsyncStub

_OPTIONS = (
    ("grpc.max_receive_message_length", 72 * MIB),
    ("grpc.max_send_message_length", 72 * MIB),
    # A line that died without a word is noticed, also while a watched job is silent.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    # The retry policy decides when to come back, not the channel.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)
Request = TypeVar("Request")
Answer = TypeVar("Answer")


class CallOptions(TypedDict):
    """What every call is made with."""

    timeout: float | None
    metadata: tuple[tuple[str, str], ...]


class Transport:
    """The line to the gateway."""

    def __init__(self, address: Address, policy: RetryPolicy, timeout: float) -> None:
        self.address = address
        self.policy = policy
        self._timeout = timeout
        self._credentials = address.credentials if address.tls else None
        self._channel: grpc.aio.Channel | None = None

    @property
    def stub(self) -> OrchestratorServiceAsyncStub:
        """The API's methods. The channel opens with the first of them, and belongs to the event loop that runs then."""
        if self._channel is None:
            target = self.address.target
            self._channel = (
                grpc.aio.insecure_channel(target, options=_OPTIONS)
                if self._credentials is None
                else grpc.aio.secure_channel(target, self._credentials, options=_OPTIONS)
            )
        return OrchestratorServiceStub(self._channel)

    def options(self, seconds: float | None) -> CallOptions:
        """What a call is made with.

        Args:
            seconds: time for one try; None for no end.
        """
        return {"timeout": seconds, "metadata": self.address.metadata}

    async def unary(self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Answer], request: Request, *, repeat: bool = True) -> Answer:
        """Make a call with one request and one answer.

        Args:
            method: one of the stub's.
            request: its message.
            repeat: whether the retry policy applies.

        Raises:
            DasibomError: of the class that fits.
        """

        async def call() -> Answer:
            return await method(request, **self.options(self._timeout))

        return await self.call(call, repeat=repeat)

    async def call(self, make: Callable[[], Awaitable[Answer]], *, repeat: bool = True) -> Answer:
        """Make a call of any kind; `make` starts it afresh for each try."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return await make()
            except grpc.aio.AioRpcError as call:
                error = error_from_call(call)
            if not (repeat and self.policy.allows(attempt, error)):
                raise error
            await asyncio.sleep(self.policy.pause(attempt, error))

    async def close(self) -> None:
        """Close the channel; running calls end."""
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()
