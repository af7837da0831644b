"""Brings a database's tables up to date, with Alembic. Run at every start of the API and of a worker."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text

from services.orchestrator.history.database import Database
from services.orchestrator.history.engine import make_engine
from services.orchestrator.history.errors import DatabaseUnavailable, NotMigrated

logger = logging.getLogger(__name__)

_LOCK = 0x64617369626F6D  # "dasibom": the key of our advisory lock
_RETRY_SECONDS = 1.0


async def migrate_when_reachable(url: str) -> None:
    """Bring a database up to date as soon as it can be reached: it may start at the same time as we do. Raises ValueError as `migrate`."""
    while True:
        try:
            return await migrate(url)
        except DatabaseUnavailable:
            logger.warning("waiting for the database", exc_info=True)
            await asyncio.sleep(_RETRY_SECONDS)


async def migrate(url: str) -> None:
    """Bring a database up to date, in one transaction.

    Several processes may start at once: one migrates, the others wait for it and find nothing to do.

    Raises:
        DatabaseUnavailable: the database cannot be reached.
        ValueError: the URL is not one that `make_engine` takes.
    """
    database = Database(make_engine(url, pooled=False))
    try:
        async with database.write() as connection:  # on SQLite this alone keeps others waiting
            if connection.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(_upgrade)
    finally:
        await database.close()


async def demand_migrated(url: str) -> None:
    """Check that a database is up to date, without changing it.

    Raises:
        NotMigrated: it is not, or there is none.
        DatabaseUnavailable: the database cannot be reached.
        ValueError: the URL is not one that `make_engine` takes.
    """
    if _lacks_file(url):
        raise NotMigrated
    database = Database(make_engine(url, pooled=False))
    try:
        async with database.read() as connection:
            found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    finally:
        await database.close()
    if set(found) != set(ScriptDirectory.from_config(_config()).get_heads()):
        raise NotMigrated


def _lacks_file(url: str) -> bool:
    """Whether it is for an SQLite database that is not there; connecting would make it."""
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and bool(parsed.database) and not Path(parsed.database or "").is_file()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "services.orchestrator.history:migrations")
    return config


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
