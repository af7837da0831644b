"""Who is calling: as the gateway has found out, which alone may say so."""

from __future__ import annotations

from typing import Any

import grpc.aio

Context = grpc.aio.ServicerContext[Any, Any]

_IDENTITY_HEADERS = ("x-client-id", "x-auth-sub")
ANONYMOUS = "anonymous"


def metadata_of(context: Context) -> dict[str, str]:
    """The call's metadata as text; binary entries left out."""
    return {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}


def caller_of(context: Context) -> str:
    """Name of the caller: its API key's client or its token's subject; `anonymous` where no keys are required."""
    metadata = metadata_of(context)
    return next((metadata[header] for header in _IDENTITY_HEADERS if metadata.get(header)), ANONYMOUS)
