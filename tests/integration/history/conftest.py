"""Every test here runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from services.orchestrator.history import History, NewJob, migrate
from services.orchestrator.history.engine import make_engine
from services.orchestrator.history.tables import metadata
from tests.integration.conftest import execute, postgresql_url

_numbers = itertools.count()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> str:
    """URL of a migrated database."""
    asyncio.run(execute(postgresql, "CREATE DATABASE migrated"))
    url = postgresql_url(postgresql, "migrated")
    asyncio.run(migrate(url))
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate(_sqlite_url(path)))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database."""
    if database == "sqlite":
        return _sqlite_url(tmp_path / "empty.db")
    server = request.getfixturevalue("postgresql")
    name = f"test_{next(_numbers)}"
    asyncio.run(execute(server, f"CREATE DATABASE {name}"))
    return postgresql_url(server, name)


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a migrated database without rows."""
    if database == "sqlite":
        return _sqlite_url(shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "history.db"))
    url: str = request.getfixturevalue("migrated_postgresql")
    asyncio.run(_empty(url))
    return url


@pytest.fixture
async def history(database_url: str) -> AsyncIterator[History]:
    opened = History.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def new_job() -> Callable[..., NewJob]:
    """Makes jobs to submit; everything may be overridden."""

    def make(**changes: object) -> NewJob:
        defaults = {
            "kind": 1,
            "request_type": "dasibom.orchestrator.v1.SubmitCase1Request",
            "request": b"\x0a\x00\xff",
            "request_sha256": "ab" * 32,
            "language": "ko",
            "seed": 7,
        }
        return NewJob(**(defaults | changes))  # type: ignore[arg-type]

    return make


async def _empty(url: str) -> None:
    engine = make_engine(url, pooled=False)
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))  # or triggers would keep the audit log
        await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY"))
    await engine.dispose()


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
