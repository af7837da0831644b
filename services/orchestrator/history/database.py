"""Transactions on the history's database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.orchestrator.history.engine import READ_ONLY
from services.orchestrator.history.errors import DatabaseUnavailable

P = ParamSpec("P")
T = TypeVar("T")


def uncut(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a method that writes come to its end when its caller is cancelled; the caller is told after that.

    Cut in the middle, a transaction costs its connection. On SQLite it would also keep all other writers waiting: a statement whose answer
    nobody reads holds the lock until Python collects it as garbage.
    """

    @wraps(method)
    async def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        work = asyncio.ensure_future(method(*args, **kwargs))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()  # told to nobody: the caller has left
            raise

    return whole


class Database:
    """Runs transactions, and tells a database out of reach from a mistake of ours."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._writer = engine
        self._reader = engine.execution_options(**{READ_ONLY: True})

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that is committed at the end, or rolled back by any exception; in a method that is `uncut`.

        Raises:
            DatabaseUnavailable: the database cannot be reached, or is busy beyond patience.
        """
        with _reachable():
            async with self._writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with _reachable():
            async with self._reader.connect() as connection:
                yield connection

    async def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            DatabaseUnavailable: there is none.
        """
        async with self.read() as connection:
            await connection.execute(select(1))

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.dispose()


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (PoolTimeout, OSError) as error:  # asyncpg lets OSError through when it cannot connect
        raise DatabaseUnavailable from error
    except DBAPIError as error:
        if _out_of_reach(error):
            raise DatabaseUnavailable from error
        raise


def _out_of_reach(error: DBAPIError) -> bool:
    # SQLite has one class for a locked file, a full disk and a statement that is wrong; only its code tells the last from the others.
    wrong_statement = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return error.connection_invalidated or (isinstance(error, OperationalError | InterfaceError) and not wrong_statement)
