"""When a failed model call is made again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from services.common.status import error_info


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How long to wait between tries."""

    first_seconds: float = 0.2
    growth: float = 2.0
    longest_seconds: float = 5.0

    def seconds(self, failures: int) -> float:
        """The pause after so many failures, with jitter so that callers do not come back all at once."""
        pause = min(self.longest_seconds, self.first_seconds * self.growth ** (failures - 1))
        return pause * random.uniform(0.5, 1.0)


@dataclass(frozen=True, kw_only=True)
class CallFailure:
    """What went wrong with one try of a call."""

    code: str  # name of the gRPC status code
    reason: str  # the service's own key; empty when no service answered
    message: str
    transient: bool  # whether another try may go better
    retry_after: float | None  # seconds that the service asked for


# Nobody answered, or it went away in the middle: UNAVAILABLE says so (AIP-194). One try's time was up: whether the service or its caller
# saw that first is chance, so it is the same in both words.
_TRANSIENT = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
# A proxy or a dying process resets streams with these and gives no ErrorInfo; said by a service of ours they mean what they say.
_TRANSPORT = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.CANCELLED}


def failure_of(error: grpc.aio.AioRpcError) -> CallFailure:
    """Read an error of gRPC."""
    status = _status_of(error)
    info = error_info(status) if status is not None else None
    retry = error_details_pb2.RetryInfo()
    asked = status is not None and any(detail.Unpack(retry) for detail in status.details)
    code = error.code()
    transient = code in _TRANSIENT or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and asked) or (code in _TRANSPORT and info is None)
    return CallFailure(
        code=code.name,
        reason=info.reason if info else "",
        message=error.details() or code.name,
        transient=transient,
        retry_after=retry.retry_delay.ToMilliseconds() / 1000 if asked else None,
    )


def _status_of(error: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    """The whole error, unless it carries none or something on the way has garbled it."""
    call: Any = error  # has what `from_call` reads, though it is no grpc.Call
    try:
        return rpc_status.from_call(call)
    except (ValueError, DecodeError):
        return None
