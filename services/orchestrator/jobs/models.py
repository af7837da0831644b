"""Which models the services have, asked now and then rather than for every submission."""

from __future__ import annotations

import asyncio
import time

import grpc.aio

from dasibom.orchestrator.v1.status_pb2 import ServiceModels
from services.orchestrator.mesh import SERVICES, Mesh

_FRESH_SECONDS = 10.0
_PATIENCE_SECONDS = 2.0


class ModelDirectory:
    """The models of all services."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._known: dict[str, tuple[float, list[str]]] = {}  # by service: when asked (monotonic), names

    async def status(self) -> list[ServiceModels]:
        """Every service's models as they are now; a service that does not answer is listed with the reason."""
        return list(await asyncio.gather(*(self._ask(service) for service in SERVICES)))

    async def names(self) -> dict[str, list[str]]:
        """Model names by service, the default one first; empty for a service that does not answer."""
        stale = [service for service in SERVICES if time.monotonic() - self._known.get(service, (-_FRESH_SECONDS, []))[0] >= _FRESH_SECONDS]
        await asyncio.gather(*(self._ask(service) for service in stale))
        return {service: self._known.get(service, (0.0, []))[1] for service in SERVICES}

    async def _ask(self, service: str) -> ServiceModels:
        try:
            answer = await self._mesh.list_models(service, seconds=_PATIENCE_SECONDS)
        except grpc.aio.AioRpcError as error:
            self._known.pop(service, None)
            return ServiceModels(service=service, reachable=False, failure=f"does not answer ({error.code().name})")
        self._known[service] = (time.monotonic(), [model.name for model in answer.models])
        return ServiceModels(service=service, reachable=True, models=answer.models, memory_budget_bytes=answer.memory_budget_bytes)
