"""What may be chosen about a local mesh."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from dasibom.language import say
from dasibom.local.errors import MeshError

DEFAULT_PORT = 8080


@dataclass(frozen=True, kw_only=True)
class LocalSettings:
    """How a local mesh is started."""

    port: int = DEFAULT_PORT  # of the gateway
    port_given: bool = False  # whether somebody asked for that very port
    bind: str = "127.0.0.1"  # IP address of the gateway; everything else stays on the loopback address
    replicas: int = 1  # of each model service
    apis: int = 1
    workers: int = 1
    api_keys_file: str = ""  # JSON file of keys that callers need
    allow_anonymous: bool = False  # whether an address that other machines reach is served without keys
    otlp_endpoint: str = ""  # OpenTelemetry collector

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ, **chosen: int) -> LocalSettings:
        """Read the environment.

        Args:
            environment: `PORT`, `DASIBOM_BIND`, `DASIBOM_API_KEYS_FILE`, `DASIBOM_ALLOW_ANONYMOUS`, `DASIBOM_OTLP_ENDPOINT`.
            **chosen: numbers that stand above it.

        Raises:
            MeshError: PORT is no port.
        """
        port = environment.get("PORT", "")
        if port and not (port.isdigit() and 0 < int(port) < 65536):
            raise MeshError(say(f"PORT={port}은(는) 포트 번호가 아닙니다 (1~65535).", f"PORT={port} is no port number (1 to 65535)."))
        return cls(
            port=int(port or DEFAULT_PORT),
            port_given=bool(port),
            bind=environment.get("DASIBOM_BIND") or "127.0.0.1",
            api_keys_file=environment.get("DASIBOM_API_KEYS_FILE", ""),
            allow_anonymous=environment.get("DASIBOM_ALLOW_ANONYMOUS", "").lower() in {"1", "true", "yes"},
            otlp_endpoint=environment.get("DASIBOM_OTLP_ENDPOINT", ""),
            **chosen,
        )

    @property
    def listen(self) -> str:
        """Address of the gateway."""
        return f"[{self.bind}]:{self.port}" if ":" in self.bind else f"{self.bind}:{self.port}"

    @property
    def reach(self) -> str:
        """Host by which this machine reaches it."""
        if self.bind in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
            return "127.0.0.1"
        return f"[{self.bind}]" if ":" in self.bind else self.bind
