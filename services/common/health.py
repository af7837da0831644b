"""gRPC health that tells readiness: SERVING only while calls make sense."""

from __future__ import annotations

from collections.abc import Iterable

from grpc_health.v1 import health, health_pb2

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Readiness:
    """The health of one process: its services are ready together, or not."""

    def __init__(self) -> None:
        self.servicer = health.aio.HealthServicer()
        self._names: list[str] = [""]
        self._ready = False
        self._draining = False

    async def watch_over(self, names: Iterable[str]) -> None:
        """Answer for these services too."""
        self._names.extend(names)
        await self._publish()

    async def set_ready(self, ready: bool) -> None:
        """Say whether calls make sense now. Has no effect once draining."""
        self._ready = ready
        await self._publish()

    async def drain(self) -> None:
        """Say NOT_SERVING from now on, so that callers go elsewhere."""
        self._draining = True
        await self._publish()

    @property
    def ready(self) -> bool:
        """What is said now."""
        return self._ready and not self._draining

    async def _publish(self) -> None:
        for name in self._names:
            await self.servicer.set(name, _SERVING if self.ready else _NOT_SERVING)
