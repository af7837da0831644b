"""Publications: which job's picture lies under which public name."""

from __future__ import annotations

from sqlalchemy import delete, insert

from services.orchestrator.history.columns import from_now
from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.tables import publications


class PublicationStore:
    """The publications."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uncut
    async def put(self, job: str, key: str) -> None:
        """Note that what lies under a storage key is this job's, whoever's it was: it will be erased with this job."""
        async with self._database.write() as connection:
            await connection.execute(delete(publications).where(publications.c.storage_key == key))
            await connection.execute(insert(publications).values(storage_key=key, job=job, time=from_now()))
