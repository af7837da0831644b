"""What may be chosen about the two Envoy processes.

Paths and addresses are as Envoy sees them; only `api_keys_file` is read here, because Envoy wants the keys inside its configuration.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AnyHttpUrl, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

MIB = 1024 * 1024
ModelServiceName = Literal["vqa", "diffusion", "faceswap", "superres"]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(_Settings):
    """A host and a port; written `host:port` or `[IPv6]:port`."""

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = re.fullmatch(r"\[([0-9a-fA-F:.]+)\]:(\d+)|([^:\s]+):(\d+)", value)
        if parts is None:
            raise ValueError(f"{value!r} is no address; write host:port, such as 127.0.0.1:50051")
        return {"host": parts[1] or parts[3], "port": int(parts[2] or parts[4])}

    @property
    def is_ip(self) -> bool:
        """Whether the host is an IP address, not a name to look up."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ipaddress.ip_address(self.host).is_loopback if self.is_ip else self.host == "localhost"


def _need_ip(value: Any) -> Any:
    endpoint = Endpoint.model_validate(value)
    if not endpoint.is_ip:
        raise ValueError(f"Envoy listens on IP addresses only; {endpoint.host!r} is none")
    return endpoint


def _need_loopback(value: Any) -> Any:
    endpoint = Endpoint.model_validate(value)
    if not (endpoint.is_ip and endpoint.is_loopback):
        raise ValueError(f"Envoy's admin page can stop Envoy, so it listens on a loopback IP address only, not on {endpoint.host!r}")
    return endpoint


ListenAddress = Annotated[Endpoint, BeforeValidator(_need_ip)]
LoopbackAddress = Annotated[Endpoint, BeforeValidator(_need_loopback)]


class ServerTls(_Settings):
    """TLS towards callers."""

    certificate: Path = Field(description="PEM chain")
    key: Path = Field(description="PEM key of the certificate")
    client_ca: Path | None = Field(None, description="PEM of the authority whose clients are let in (mTLS); any client without it")


class ClientTls(_Settings):
    """TLS towards the services."""

    ca: Path = Field(description="PEM of the authority that signed the services' certificates")
    server_name: str = Field(description="DNS name that the services' certificates carry")
    certificate: Path | None = Field(None, description="PEM chain that is shown to the services (mTLS)")
    key: Path | None = Field(None, description="PEM key of that certificate")

    @model_validator(mode="after")
    def _client_certificate_is_whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("set both certificate and key, or neither")
        return self


class Jwt(_Settings):
    """Who may call with a JSON Web Token (RFC 7519): in `authorization: Bearer …`, or in `?access_token=` for EventSource."""

    issuer: str = Field(min_length=1, description="`iss` that a token must carry")
    audiences: tuple[str, ...] = Field(min_length=1, description="`aud` of which a token must carry one")
    jwks_file: Path | None = Field(None, description="JSON Web Key Set in a file")
    jwks_uri: AnyHttpUrl | None = Field(None, description="JSON Web Key Set to fetch, and to fetch again every ten minutes")
    jwks_ca: Path = Field(Path("/etc/ssl/certs/ca-certificates.crt"), description="PEM of the authorities that `jwks_uri` is trusted by")

    @model_validator(mode="after")
    def _one_key_set(self) -> Self:
        if (self.jwks_file is None) == (self.jwks_uri is None):
            raise ValueError("set exactly one of jwks_file and jwks_uri")
        return self

    @property
    def jwks_endpoint(self) -> Endpoint | None:
        """Where `jwks_uri` leads to."""
        if self.jwks_uri is None:
            return None
        return Endpoint(host=self.jwks_uri.host or "", port=self.jwks_uri.port or 443)


class RateLimit(_Settings):
    """How much one caller may ask; a caller is an API key's client, a token's subject, or else an address."""

    requests: int = Field(ge=1, description="requests in the interval, which may also come all at once")
    seconds: int = Field(1, ge=1, description="the interval")


class ProcessSettings(_Settings):
    """What both Envoy processes have."""

    listen: ListenAddress = Field(description="IP address and port to serve on")
    tls: ServerTls | None = Field(None, description="TLS on that port; plain text without")
    admin: LoopbackAddress = Field(description="loopback address and port of Envoy's admin page")
    metrics: ListenAddress | None = Field(
        None, description="address that serves `/stats/prometheus` and `/ready`, and nothing else of the admin page"
    )
    access_log: Path | None = Field(None, description="file of JSON lines, one a request; standard output without")
    otlp: Endpoint | None = Field(None, description="OpenTelemetry collector (gRPC) that gets the traces; no traces without")
    trace_percent: float = Field(100.0, ge=0, le=100, description="share of new traces that is kept; callers' own traces are kept always")


class EdgeSettings(ProcessSettings):
    """The public door: REST, SSE, gRPC and gRPC-Web on one port, to the orchestrator's API."""

    orchestrator: tuple[Endpoint, ...] = Field(description="API processes; IP addresses, or DNS names whose addresses are all used")
    orchestrator_tls: ClientTls | None = Field(None, description="TLS towards them; plain text without")
    descriptors: Path = Field(Path("build/descriptors.binpb"), description="descriptor set that REST is translated by")
    cors_origins: tuple[str, ...] = Field(
        ("http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"),
        description="origins of web pages that may call, `scheme://host[:port]`; port `*` is any. Pages of other origins are refused",
    )
    api_keys_file: Path | None = Field(None, description='JSON file `{"client": ["key", …], …}`; callers need one of the keys')
    jwt: Jwt | None = Field(None, description="callers need a token; with `api_keys_file` a key or a token")
    allow_anonymous: bool = Field(False, description="serve without keys and tokens on an address that other machines reach")
    rate_limit: RateLimit | None = Field(None, description="bound for each caller; none without")
    trusted_hops: int = Field(0, ge=0, description="proxies in front whose `x-forwarded-for` is believed")
    unary_timeout_seconds: int = Field(60, ge=1, description="longest time that an answer which is no stream may take")
    idle_timeout_seconds: int = Field(60, ge=1, description="longest silence within an upload or a download")
    max_body_bytes: int = Field(64 * MIB, ge=1, description="largest body of any request")
    max_upload_bytes: int = Field(33 * MIB, ge=1, description="largest body of an upload that declares its length: the file and its form")

    @model_validator(mode="after")
    def _anonymous_only_at_home(self) -> Self:
        if self.is_open and not self.listen.is_loopback and not self.allow_anonymous:
            raise ValueError(
                f"{self.listen.host} is reached by other machines: set api_keys_file or jwt, or allow_anonymous to let everybody in"
            )
        return self

    @model_validator(mode="after")
    def _origins_are_origins(self) -> Self:
        for origin in self.cors_origins:
            if not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-fA-F:]+\])(:(\d+|\*))?", origin):
                raise ValueError(f"{origin!r} is no origin; write scheme://host[:port], such as https://console.example.org")
        return self

    @property
    def is_open(self) -> bool:
        """Whether everybody who reaches the port may call."""
        return self.api_keys_file is None and self.jwt is None

    @property
    def origin_pattern(self) -> str:
        """Regular expression (RE2) of `cors_origins`; matches nothing when there are none."""
        patterns = (re.escape(origin).replace(r":\*", "(:[0-9]+)?") for origin in self.cors_origins)
        return "|".join(patterns) or "no origin"

    @cached_property
    def credentials(self) -> list[dict[str, str]]:
        """The API keys with the names of their clients.

        Raises:
            ValueError: the file cannot be read, or is not what it should be.
        """
        return [] if self.api_keys_file is None else _read_api_keys(self.api_keys_file)


class MeshSettings(ProcessSettings):
    """The inner door: from the orchestrator to the model services, gRPC only."""

    services: dict[ModelServiceName, tuple[Endpoint, ...]] = Field(
        description="replicas of each model service, like `orchestrator` of the edge"
    )
    services_tls: ClientTls | None = Field(None, description="TLS towards them; plain text without")
    max_message_bytes: int = Field(72 * MIB, ge=1, description="largest request that is kept, to send it to another replica when one fails")


def _read_api_keys(path: Path) -> list[dict[str, str]]:
    key_type = Annotated[str, Field(min_length=16, pattern=r"^[!-~]+$")]
    try:
        clients = TypeAdapter(dict[Annotated[str, Field(min_length=1, pattern=r"^[!-~]+$")], list[key_type]]).validate_json(
            path.read_bytes()
        )
    except OSError as error:
        raise ValueError(f"the API keys cannot be read: {error}") from None
    except ValueError as error:
        # Pydantic's text would show the keys.
        places = ", ".join(".".join(map(str, part["loc"])) or "the file" for part in getattr(error, "errors", list)())
        raise ValueError(
            f'{path} must be JSON like {{"client": ["key of 16 or more printable ASCII characters"]}}; wrong: {places}'
        ) from None
    pairs = [{"key": key, "client": client} for client, keys in clients.items() for key in keys]
    if len({pair["key"] for pair in pairs}) != len(pairs):
        raise ValueError(f"{path} has a key twice")
    if not pairs:
        raise ValueError(f"{path} has no keys, so nobody could call")
    return pairs
