"""Health that reflects readiness: SERVING only while cases can be accepted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from services.common.health import Readiness
from services.orchestrator.api.health import HealthChecker

_SECONDS = 2.0


@contextlib.asynccontextmanager
async def follow(health: HealthChecker, readiness: Readiness) -> AsyncIterator[None]:
    """Within: readiness follows the database and the storage, once the service has become ready for the first time."""

    async def check() -> None:
        begun = False
        while True:
            await asyncio.sleep(_SECONDS)
            begun = begun or readiness.ready
            if begun:
                await readiness.set_ready(await health.essentials_work())

    checking = asyncio.create_task(check())
    try:
        yield
    finally:
        checking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await checking
