"""Where the service is, and how to show it who calls."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import grpc

DEFAULT_URL = "http://127.0.0.1:8080"


@dataclass(frozen=True, kw_only=True)
class Address:
    """The gateway's one port, over which everything goes, and the caller's credentials."""

    target: str  # `host:port`
    tls: bool = False
    ca: Path | None = None  # PEM of the authority that the gateway's certificate must come from; the system's authorities without
    api_key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """The same as a URL, for people and REST."""
        return f"{'https' if self.tls else 'http'}://{self.target}"

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What every call carries."""
        key = (("x-api-key", self.api_key),) if self.api_key else ()
        return (*key, ("authorization", f"Bearer {self.token}")) if self.token else key

    @property
    def credentials(self) -> grpc.ChannelCredentials:
        """TLS towards the gateway."""
        return grpc.ssl_channel_credentials(root_certificates=self.ca.read_bytes() if self.ca else None)


def find_address(url: str | None = None, *, api_key: str | None = None, token: str | None = None, ca: str | Path | None = None) -> Address:
    """Put together what is given and what the environment says.

    Args:
        url: `host:port`, `http://host:port` or `https://host[:port]` (TLS); else `DASIBOM_URL`, else this machine's port 8080.
        api_key: API key; else `DASIBOM_API_KEY`.
        token: JSON Web Token; else `DASIBOM_TOKEN`.
        ca: PEM file of the authority that the gateway's certificate must come from; else `DASIBOM_CA`. Implies TLS.

    Raises:
        ValueError: the URL is none.
    """
    given = (url or os.environ.get("DASIBOM_URL") or DEFAULT_URL).strip()
    authority = ca or os.environ.get("DASIBOM_CA") or None
    parts = re.fullmatch(r"(?:(https?)://)?(\[[0-9a-fA-F:.]+\]|[^\s/:?#\[\]@]+)(?::(\d{1,5}))?/?", given)
    if parts is None or not 0 < int(parts[3] or 1) < 65536:
        raise ValueError(f"{given!r} is no address of a service; write host:port or https://host:port")
    scheme = parts[1] or ("https" if authority else "http")
    port = parts[3] or {"https": "443", "http": "80" if parts[1] else "8080"}[scheme]
    return Address(
        target=f"{parts[2]}:{port}",
        tls=scheme == "https",
        ca=Path(authority) if authority else None,
        api_key=os.environ.get("DASIBOM_API_KEY", "") if api_key is None else api_key,
        token=os.environ.get("DASIBOM_TOKEN", "") if token is None else token,
    )
