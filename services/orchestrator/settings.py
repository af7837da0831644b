"""Settings of the orchestrator's two programs, API and worker, read from the environment with the prefix `DASIBOM_`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_settings import NoDecode

from services.common.settings import ServerSettings

_LISTS = ("s3_source_buckets", "fetch_allowed_hosts")


class OrchestratorSettings(ServerSettings):
    """Where the orchestrator keeps things, whom it asks, and how patient it is."""

    database_url: str = Field(
        "sqlite+aiosqlite:///dasibom.db", description="`sqlite+aiosqlite:///path` or `postgresql+asyncpg://user@host/name`"
    )
    redis_url: str = Field("redis://127.0.0.1:6379/0", description="queue, events and cache")
    storage_url: str = Field("file:///var/lib/dasibom/files", description="`file:///directory` or `s3://bucket/prefix`")
    s3_endpoint_url: str = Field("", description="S3 endpoint, for servers other than AWS")
    s3_region: str = Field("", description="S3 region; empty: as the AWS SDK finds it")
    mesh_target: str = Field("127.0.0.1:50050", description="`host:port` of the mesh proxy that leads to the model services")
    mesh_ca: str = Field("", description="PEM file of the authority that the mesh's certificate must come from; empty speaks plain text")

    s3_source_buckets: Annotated[tuple[str, ...], NoDecode] = Field((), description="buckets that `s3://` image sources may name")
    fetch_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="hosts that `https://` image sources may name; `*.example.kr` allows subdomains"
    )
    fetch_seconds: float = Field(15.0, gt=0, description="time to fetch one image source")

    published_url: str = Field("", description="address that the top of the storage can be loaded from, for published pictures")
    public_url: str = Field("", description="address of the gateway, such as `https://api.example.kr`, for published pictures")
    link_seconds: int = Field(604_800, ge=60, le=604_800, description="how long a signed address of a published picture works")

    lease_seconds: float = Field(6.0, gt=0, description="a worker silent for so long is taken for dead, and its jobs go on elsewhere")
    heartbeat_seconds: float = Field(
        1.0, gt=0, description="time between a worker's signs of life; also how soon it learns of a cancellation"
    )
    sweep_seconds: float = Field(1.0, gt=0, description="time between searches for jobs that nobody works on")
    requeue_seconds: float = Field(10.0, gt=0, description="a QUEUED job is announced again after so long")
    max_recoveries: int = Field(5, ge=0, description="a job whose workers died more often is given up")
    concurrency: int = Field(4, ge=1, description="jobs that one worker runs at once")
    call_seconds: float = Field(300.0, gt=0, description="time for one model call, waiting for its service included")
    attempt_seconds: float = Field(240.0, gt=0, description="time for one try of a model call")
    cache_seconds: float = Field(86_400.0, ge=0, description="how long an answer serves other jobs too; 0: never")
    event_seconds: float = Field(604_800.0, gt=0, description="how long events are kept after the last one")
    upload_seconds: float = Field(86_400.0, gt=0, description="an upload that no job used is erased after so long")
    retention_days: float = Field(0.0, ge=0, description="jobs are erased so many days after their end; 0: kept until deleted")
    keepalive_seconds: float = Field(15.0, gt=0, description="silence after which an event stream carries a comment")

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in _LISTS:
            if isinstance(value := values.get(name), str):
                values[name] = tuple(part.strip() for part in value.split(",") if part.strip())
        return values
