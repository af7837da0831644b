"""Servers outside the cluster: what keeps their models off, and the errors that callers meet when such a server fails them.

What such a server says is never passed on where it may hold a key or an address of somebody else's machine; the log has it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from services.common.errors import FailedPrecondition, ResourceExhausted, Unavailable

PERMISSION = "DASIBOM_ALLOW_EXTERNAL"

_LONGEST_WORDS = 300  # characters


class OutsideForbidden(FailedPrecondition, ValueError):
    """The operator has not allowed that anything leaves the cluster."""

    reason = "EXTERNAL_NOT_ALLOWED"


class OutsideUnusable(FailedPrecondition, ValueError):
    """The outside server cannot be worked with as it is set up."""

    reason = "EXTERNAL_UNUSABLE"


class OutsideDeclined(FailedPrecondition):
    """The outside server declined to do this."""

    reason = "EXTERNAL_DECLINED"


class OutsideUnavailable(Unavailable):
    """The outside server cannot be reached now; try again."""

    reason = "EXTERNAL_UNAVAILABLE"


class OutsideBusy(ResourceExhausted):
    """The outside server has no room for this now."""

    reason = "EXTERNAL_BUSY"


def demand_permission(allowed: bool, *, what: str) -> None:
    """Refuse to work until the operator has said that data may leave.

    Any server counts, one on this machine too: nobody but the operator knows what stands behind an address.

    Args:
        allowed: the operator's setting.
        what: what would leave, for the message: "pictures".

    Raises:
        OutsideForbidden: it is off.
    """
    if not allowed:
        raise OutsideForbidden(f"{what} would leave the cluster; to allow that, set {PERMISSION}=true")


def demand_address(address: str, setting: str, example: str) -> str:
    """An address of a server, without a slash at its end.

    Args:
        address: as the operator has set it.
        setting: the variable that it comes from, for the message.
        example: how it may look, for the message.

    Raises:
        OutsideUnusable: it is missing, or no address of a web server.
    """
    if not address:
        raise OutsideUnusable(f"{setting} is not set; set it to the server's address, such as {example}")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise OutsideUnusable(f"{setting} must be the address of a web server without user name or query, such as {example}")
    return address.rstrip("/")


def words_of(text: object, *secrets: str) -> str:
    """What a server said, fit for a message or the log: one line, not too long, without addresses and without secrets."""
    line = " ".join(str(text or "").split())
    line = re.sub(r"\w+://\S+", "…", line)
    for secret in filter(None, secrets):
        line = line.replace(secret, "…")
    return line[:_LONGEST_WORDS]
