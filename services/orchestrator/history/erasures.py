"""Erasures: what storage has yet to erase.

They are written in the transaction that deletes the rows, and struck off once storage has done its part. So a deletion is complete in the
end, also when storage is out of reach at first or the process dies in between.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orchestrator.history.columns import from_now
from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.tables import erasures


class ErasureStore:
    """The erasures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pending(self, *, limit: int = 1000) -> Sequence[str]:
        """Return storage keys to erase, oldest first; one with `/` at its end stands for everything below."""
        query = select(erasures.c.storage_key).order_by(erasures.c.time, erasures.c.storage_key).limit(limit)
        async with self._database.read() as connection:
            return (await connection.scalars(query)).all()

    @uncut
    async def done(self, keys: Sequence[str]) -> None:
        """Strike off keys that storage has erased."""
        async with self._database.write() as connection:
            await connection.execute(delete(erasures).where(erasures.c.storage_key.in_(keys)))


async def note_erasures(connection: AsyncConnection, keys: Sequence[str]) -> None:
    """Write down storage keys to erase."""
    if keys:
        await connection.execute(insert(erasures).values(time=from_now()), [{"storage_key": key} for key in keys])
