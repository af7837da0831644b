"""Brings a database's tables up to date, with Alembic. Run at every start of the API and of a worker."""

from __future__ import annotations

import asyncio
import logging

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from services.orchestrator.history.database import Database
from services.orchestrator.history.engine import make_engine
from services.orchestrator.history.errors import DatabaseUnavailable

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


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "services.orchestrator.history:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
