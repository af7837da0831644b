"""Settings that every service has, read from the environment with the prefix `DASIBOM_`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict

MIB = 1024 * 1024


class BadSetting(ValueError):
    """A setting is wrong; the message names it and says what would be right."""


@cache
def software_version() -> str:
    """Version of this software, as results carry it."""
    from importlib.metadata import version

    return version("dasibom")


class ServerSettings(BaseSettings):
    """One process that serves gRPC."""

    model_config = SettingsConfigDict(env_prefix="DASIBOM_", extra="ignore")

    listen: str = Field("127.0.0.1:50051", description="address and port to serve gRPC on; `host:0` picks a free port")
    metrics_listen: str = Field("127.0.0.1", description="address to serve Prometheus metrics on")
    metrics_port: int = Field(0, ge=0, le=65535, description="port to serve Prometheus metrics on; 0 serves none")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level that is logged")
    otlp_endpoint: str = Field("", description="OpenTelemetry collector, `host:port` of its gRPC receiver; empty sends no traces")
    tls_certificate: Path | None = Field(None, description="PEM chain to serve TLS with; without it the service speaks plain text")
    tls_key: Path | None = Field(None, description="PEM key of that certificate")
    tls_client_ca: Path | None = Field(None, description="PEM of the authority whose clients are let in (mTLS); needs a certificate")
    drain_notice_seconds: float = Field(
        5.0, ge=0, description="from telling health NOT_SERVING to refusing calls; two health-check intervals"
    )
    drain_seconds: float = Field(25.0, ge=0, description="time that running calls have to finish when the service stops")
    max_message_mib: int = Field(72, ge=1, le=1024, description="largest message that is accepted, MiB")

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("set both DASIBOM_TLS_CERTIFICATE and DASIBOM_TLS_KEY, or neither")
        if self.tls_client_ca is not None and self.tls_certificate is None:
            raise ValueError("DASIBOM_TLS_CLIENT_CA needs DASIBOM_TLS_CERTIFICATE and DASIBOM_TLS_KEY")
        return self


class ModelServiceSettings(ServerSettings):
    """A process that runs models."""

    default_model: str = Field("", description="model of requests that name none; empty: the first of the service's table")
    preload: Annotated[tuple[str, ...], NoDecode] = Field((), description="models to load at start, separated by commas")
    weights_dir: Path = Field(Path("weights"), description="folder of downloaded weights, a folder a model in it")
    models_file: Path | None = Field(None, description="manifest of your own models, in the format of services/models.toml")
    device: str = Field("", description="device to run on, such as `cuda:0`; empty: the best there is")
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        "auto", description="numbers that neural networks compute in; auto: bfloat16 on a GPU, float32 on a CPU"
    )
    memory_budget_mib: int = Field(0, ge=0, description="memory that models may take together, MiB; 0: no bound")
    idle_unload_seconds: float = Field(0.0, ge=0, description="unload a model unused for so long; 0: never")
    accepted_licences: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="licences that forbid commercial use and that you accept, separated by commas"
    )
    max_batch: int = Field(8, ge=1, description="most requests in one forward pass")
    batch_wait_seconds: float = Field(0.005, ge=0, description="most that a request waits for company; never over a tenth of a run")
    max_queue: int = Field(64, ge=1, description="most requests waiting; more are refused")
    workers: int = Field(1, ge=1, description="batches that run at once; one a GPU")

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in ("preload", "accepted_licences"):
            if isinstance(value := values.get(name), str):
                values[name] = tuple(part.strip() for part in value.split(",") if part.strip())
        return values


Settings = TypeVar("Settings", bound=ServerSettings)


def read_settings(kind: type[Settings], program: str) -> Settings:
    """Read a program's settings from the environment.

    What is set for one model service, such as `DASIBOM_VQA_DEFAULT_MODEL`, stands above what is set for all, `DASIBOM_DEFAULT_MODEL`.

    Args:
        kind: the program's settings class.
        program: the program's name, such as `vqa`.

    Raises:
        BadSetting: one or more are wrong; the message names each variable.
    """
    own = _own_settings(kind, program) if issubclass(kind, ModelServiceSettings) else {}
    try:
        return kind(**own)
    except ValidationError as error:
        # What was given stays unsaid: it may be a key.
        problems = (_describe(problem["loc"], problem["msg"], program, own) for problem in error.errors(include_input=False))
        raise BadSetting("; ".join(problems)) from None


def _own_settings(kind: type[ServerSettings], service: str) -> dict[str, Any]:
    """What the environment says to one service alone. Addresses and keys belong to a process, of which a service may have several."""
    named = EnvSettingsSource(kind, env_prefix=f"DASIBOM_{service}_")()
    return {name: value for name, value in named.items() if name not in ServerSettings.model_fields}


def _describe(place: tuple[int | str, ...], message: str, program: str, own: dict[str, Any]) -> str:
    said = message.removeprefix("Value error, ")
    if not place:
        return said
    name = str(place[0])
    return f"DASIBOM_{program.upper() + '_' if name in own else ''}{name.upper()}: {said}"
