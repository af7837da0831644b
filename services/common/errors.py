"""The errors that a service answers its callers with.

The gRPC status code and the reason live on the class, so raising is mapping: the server's interceptor turns a `ServiceError`
into a `google.rpc.Status` (AIP-193) and every other exception into `INTERNAL` with a reference id. Nothing here knows gRPC;
codes are the names of gRPC status codes.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import ClassVar


class ServiceError(Exception):
    """The service could not do what was asked."""

    code: ClassVar[str] = "UNKNOWN"  # name of a gRPC status code
    reason: str = "UNKNOWN"  # UPPER_SNAKE, for google.rpc.ErrorInfo: stable, so programs may branch on it

    message: str
    metadata: dict[str, str]
    retry_after: float | None
    field_violations: list[tuple[str, str]]

    def __init__(
        self,
        message: str = "",
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        retry_after: float | None = None,
        field_violations: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Describe what went wrong to the caller.

        Args:
            message: what was wrong and what would be right; the first line of the class's docstring when empty.
            reason: a closer reason than the class's own, UPPER_SNAKE.
            metadata: facts for a program, such as `{"model": "sdxl"}`, for google.rpc.ErrorInfo.
            retry_after: seconds until another try makes sense, for google.rpc.RetryInfo.
            field_violations: pairs of field path and what is wrong with it, for google.rpc.BadRequest.
        """
        self.message = message or (inspect.getdoc(type(self)) or type(self).__name__).splitlines()[0]
        super().__init__(self.message)
        self.reason = reason or type(self).reason
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after
        self.field_violations = list(field_violations)


class InvalidRequest(ServiceError):
    """The request is not valid."""

    code = "INVALID_ARGUMENT"
    reason = "INVALID_REQUEST"


class NotFound(ServiceError):
    """What was asked for does not exist."""

    code = "NOT_FOUND"
    reason = "NOT_FOUND"


class AlreadyExists(ServiceError):
    """What was to be made exists already."""

    code = "ALREADY_EXISTS"
    reason = "ALREADY_EXISTS"


class FailedPrecondition(ServiceError):
    """The request cannot be done in the present state."""

    code = "FAILED_PRECONDITION"
    reason = "FAILED_PRECONDITION"


class PermissionDenied(ServiceError):
    """The caller may not do this."""

    code = "PERMISSION_DENIED"
    reason = "PERMISSION_DENIED"


class Unauthenticated(ServiceError):
    """The request carries no valid credentials."""

    code = "UNAUTHENTICATED"
    reason = "UNAUTHENTICATED"


class ResourceExhausted(ServiceError):
    """The service has no room for this request now."""

    code = "RESOURCE_EXHAUSTED"
    reason = "RESOURCE_EXHAUSTED"


class Unavailable(ServiceError):
    """The service cannot be reached now; try again."""

    code = "UNAVAILABLE"
    reason = "UNAVAILABLE"


class Draining(Unavailable):
    """The service is shutting down and takes no new work; try another replica."""

    reason = "DRAINING"


class Unimplemented(ServiceError):
    """This service or model cannot do what was asked."""

    code = "UNIMPLEMENTED"
    reason = "UNIMPLEMENTED"


class Aborted(ServiceError):
    """Another change came first."""

    code = "ABORTED"
    reason = "ABORTED"


class DeadlineExceeded(ServiceError):
    """The deadline passed before the work was done."""

    code = "DEADLINE_EXCEEDED"
    reason = "DEADLINE_EXCEEDED"


class Internal(ServiceError):
    """Something broke inside the service."""

    code = "INTERNAL"
    reason = "INTERNAL"
