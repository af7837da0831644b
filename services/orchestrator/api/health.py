"""How well each part works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import grpc.aio
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dasibom.orchestrator.v1 import status_pb2 as pb
from services.common.errors import ServiceError
from services.orchestrator.history import History
from services.orchestrator.jobs import presence
from services.orchestrator.mesh import SERVICES, Mesh
from services.orchestrator.storage import Storage

_PATIENCE_SECONDS = 3.0
# Without these no case can be accepted; without the others jobs wait.
_ESSENTIAL = {"database", "storage"}


class HealthChecker:
    """Checks everything that the API depends on."""

    def __init__(self, *, history: History, redis: Redis, storage: Storage, mesh: Mesh) -> None:
        """Make a checker.

        Args:
            history: the database.
            redis: queue, events and cache.
            storage: the files.
            mesh: the model services.
        """
        self._checks: dict[str, Callable[[], Awaitable[str]]] = {
            "database": lambda: _says_nothing(history.ping()),
            "redis": lambda: _says_nothing(redis.ping()),
            "storage": lambda: _says_nothing(storage.check()),
            "worker": lambda: _workers(redis),
            **{service: (lambda service=service: _serving(mesh, service)) for service in SERVICES},  # type: ignore[misc]
        }

    async def check(self) -> list[pb.ComponentHealth]:
        """Each part's health, all checked at once."""
        return list(await asyncio.gather(*(self._check(name, check) for name, check in self._checks.items())))

    async def essentials_work(self) -> bool:
        """Whether cases can be accepted."""
        found = await asyncio.gather(*(self._check(name, self._checks[name]) for name in _ESSENTIAL))
        return all(component.state == pb.HEALTH_STATE_HEALTHY for component in found)

    async def _check(self, name: str, check: Callable[[], Awaitable[str]]) -> pb.ComponentHealth:
        started = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                trouble = await check()
        except TimeoutError:
            trouble = f"no answer within {_PATIENCE_SECONDS:.0f} s"
        except (ServiceError, RedisError, OSError) as error:
            trouble = f"cannot be reached ({type(error).__name__})"
        except grpc.aio.AioRpcError as error:
            trouble = f"does not answer ({error.code().name})"
        component = pb.ComponentHealth(name=name, message=trouble)
        component.state = pb.HEALTH_STATE_UNHEALTHY if trouble else pb.HEALTH_STATE_HEALTHY
        component.latency.FromNanoseconds(int((time.monotonic() - started) * 1e9))
        return component


def overall(components: list[pb.ComponentHealth]) -> pb.HealthState.ValueType:
    """The health of the whole."""
    troubled = {component.name for component in components if component.state != pb.HEALTH_STATE_HEALTHY}
    if troubled & _ESSENTIAL:
        return pb.HEALTH_STATE_UNHEALTHY
    return pb.HEALTH_STATE_DEGRADED if troubled else pb.HEALTH_STATE_HEALTHY


async def _says_nothing(check: Awaitable[object]) -> str:
    await check
    return ""


async def _workers(redis: Redis) -> str:
    return "" if await presence.count(redis) else "no worker is running; jobs wait"


async def _serving(mesh: Mesh, service: str) -> str:
    return "" if await mesh.serving(service, seconds=_PATIENCE_SECONDS) else "not ready"
