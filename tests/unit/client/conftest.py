"""A running double of the orchestrator, and clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from orchestrator_double import Orchestrator, serve

from dasibom.client import AsyncClient, RetryPolicy

QUICK = RetryPolicy(initial_seconds=0.01, most_seconds=0.05, reconnect_seconds=3)


@pytest.fixture
async def running() -> AsyncIterator[tuple[Orchestrator, str]]:
    orchestrator = Orchestrator()
    server, port = await serve(orchestrator)
    yield orchestrator, f"127.0.0.1:{port}"
    await server.stop(None)


@pytest.fixture
def orchestrator(running: tuple[Orchestrator, str]) -> Orchestrator:
    return running[0]


@pytest.fixture
def url(running: tuple[Orchestrator, str]) -> str:
    return running[1]


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(url, retry=QUICK) as client:
        yield client
