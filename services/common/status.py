"""Errors on the wire: `ServiceError` to `google.rpc.Status` (AIP-193)."""

from __future__ import annotations

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from services.common.errors import ServiceError

DOMAIN = "dasibom.kr"
_MOST_VIOLATIONS = 20  # enough to mend a request by; a list of 1,000 bad items must not make an error of 1,000 lines


def grpc_code(error: ServiceError) -> grpc.StatusCode:
    """The gRPC status code of an error."""
    return grpc.StatusCode[error.code]


def to_status(error: ServiceError) -> status_pb2.Status:
    """The whole error: code, message, ErrorInfo, and BadRequest or RetryInfo where they apply."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    details: list[error_details_pb2.ErrorInfo | error_details_pb2.BadRequest | error_details_pb2.RetryInfo] = [info]
    if error.field_violations:
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=field, description=description)
            for field, description in error.field_violations[:_MOST_VIOLATIONS]
        ]
        details.append(error_details_pb2.BadRequest(field_violations=violations))
    if error.retry_after is not None:
        delay = Duration()
        delay.FromMilliseconds(round(error.retry_after * 1000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    packed = []
    for detail in details:
        wrapper = Any()
        wrapper.Pack(detail)
        packed.append(wrapper)
    return status_pb2.Status(code=grpc_code(error).value[0], message=error.message, details=packed)


def trailers(error: ServiceError) -> tuple[tuple[str, str | bytes], ...]:
    """Trailing metadata that carries the whole error; `retry-after` becomes a header over REST."""
    metadata: list[tuple[str, str | bytes]] = [("grpc-status-details-bin", to_status(error).SerializeToString())]
    if error.retry_after is not None:
        metadata.append(("retry-after", str(max(1, round(error.retry_after)))))
    return tuple(metadata)


def error_info(status: status_pb2.Status) -> error_details_pb2.ErrorInfo | None:
    """The ErrorInfo inside a status, if it carries one."""
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info):
            return info
    return None
