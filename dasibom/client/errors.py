"""The errors that a call can end with: one class for each gRPC status code, with everything that the service told (AIP-193)."""

from __future__ import annotations

from typing import ClassVar

import grpc
import grpc.aio
from google.rpc import error_details_pb2, status_pb2

_DETAILS_KEY = "grpc-status-details-bin"


class DasibomError(Exception):
    """The service could not do what was asked."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN

    message: str  # for people: what was wrong and what would be right
    reason: str  # UPPER_SNAKE, stable, so programs may branch on it; empty when the service itself did not answer
    metadata: dict[str, str]  # facts for programs, such as `{"model": "sdxl"}`
    field_violations: list[tuple[str, str]]  # path of a bad field, and what is wrong with it
    retry_after: float | None  # seconds until another try makes sense
    reference: str  # finds the error in the service's log; empty for errors of the caller

    def __init__(self, message: str, details: status_pb2.Status | None = None) -> None:
        """Describe what went wrong.

        Args:
            message: for people.
            details: what the service told besides.
        """
        super().__init__(message)
        self.message = message
        info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        for detail in details.details if details else ():
            for known in (info, bad, retry):
                if detail.Is(known.DESCRIPTOR):
                    detail.Unpack(known)
        self.reason = info.reason
        self.metadata = dict(info.metadata)
        self.field_violations = [(violation.field, violation.description) for violation in bad.field_violations]
        self.retry_after = retry.retry_delay.ToMilliseconds() / 1000 if retry.HasField("retry_delay") else None
        self.reference = self.metadata.get("reference", "")

    def __str__(self) -> str:
        """The message."""
        return self.message


class Cancelled(DasibomError):
    """The call was cancelled."""

    code = grpc.StatusCode.CANCELLED


class InvalidRequest(DasibomError):
    """The request is not valid; `field_violations` says where."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class DeadlineExceeded(DasibomError):
    """No answer came in time."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class NotFound(DasibomError):
    """What was asked for does not exist."""

    code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(DasibomError):
    """The same request id was used for another request."""

    code = grpc.StatusCode.ALREADY_EXISTS


class PermissionDenied(DasibomError):
    """The caller may not do this."""

    code = grpc.StatusCode.PERMISSION_DENIED


class ResourceExhausted(DasibomError):
    """The service has no room for this now, or the caller asks too often."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class FailedPrecondition(DasibomError):
    """The request cannot be done in the present state."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class Aborted(DasibomError):
    """Another change came first."""

    code = grpc.StatusCode.ABORTED


class Unimplemented(DasibomError):
    """The service does not know this method."""

    code = grpc.StatusCode.UNIMPLEMENTED


class Internal(DasibomError):
    """Something broke inside the service; `reference` finds it in its log."""

    code = grpc.StatusCode.INTERNAL


class Unavailable(DasibomError):
    """The service cannot be reached now."""

    code = grpc.StatusCode.UNAVAILABLE


class Unauthenticated(DasibomError):
    """The request carries no valid credentials."""

    code = grpc.StatusCode.UNAUTHENTICATED


_BY_CODE: dict[grpc.StatusCode, type[DasibomError]] = {kind.code: kind for kind in DasibomError.__subclasses__()}
_CODES: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


def error_from_status(status: status_pb2.Status) -> DasibomError:
    """The error that a `google.rpc.Status` tells of, such as `Job.error`."""
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    return _BY_CODE.get(code, DasibomError)(status.message, status)


def error_from_call(call: grpc.aio.AioRpcError) -> DasibomError:
    """The error that a gRPC call ended with."""
    status = status_pb2.Status()
    for key, value in call.trailing_metadata() or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            status.ParseFromString(value)
    return _BY_CODE.get(call.code(), DasibomError)(call.details() or call.code().name, status)
