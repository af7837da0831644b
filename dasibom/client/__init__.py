"""Calling DasiBom from Python: `Client` blocks, `AsyncClient` is for asyncio; both do the same.

from dasibom.client import Client

with Client("127.0.0.1:8080") as client:
    job = client.run(client.case1, ["frame.jpg"])
    client.save(job, "results")
"""

from dasibom.client.address import DEFAULT_URL, Address, find_address
from dasibom.client.async_client import AsyncClient
from dasibom.client.errors import (
    Aborted,
    AlreadyExists,
    Cancelled,
    DasibomError,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    error_from_status,
)
from dasibom.client.pictures import Picture, UploadedFolder
from dasibom.client.requests import RunOptions
from dasibom.client.retry import RetryPolicy
from dasibom.client.sync_client import Client
from dasibom.client.watching import TERMINAL_STATES, is_last

__all__ = [
    "DEFAULT_URL",
    "TERMINAL_STATES",
    "Aborted",
    "Address",
    "AlreadyExists",
    "AsyncClient",
    "Cancelled",
    "Client",
    "DasibomError",
    "DeadlineExceeded",
    "FailedPrecondition",
    "Internal",
    "InvalidRequest",
    "NotFound",
    "PermissionDenied",
    "Picture",
    "ResourceExhausted",
    "RetryPolicy",
    "RunOptions",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "UploadedFolder",
    "error_from_status",
    "find_address",
    "is_last",
]
