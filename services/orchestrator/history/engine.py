"""Makes database engines: SQLite for one machine, PostgreSQL for many."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

# Execution option of connections that only read; on SQLite they take no write lock.
READ_ONLY = "dasibom_read_only"

_SQLITE_BUSY_SECONDS = 30  # how long a writer waits for another one
_POSTGRESQL_SECONDS = 30  # longest single statement; none of ours takes a second


def make_engine(url: str, *, pooled: bool = True) -> AsyncEngine:
    """Make an engine for a database. Nothing is connected yet.

    Args:
        url: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://user:password@host/database`.
        pooled: keep connections open between uses; False for a single use.

    Raises:
        ValueError: the URL is for another database, or for an SQLite database in memory, which processes could not share.
    """
    parsed = make_url(url)
    pool: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    if parsed.drivername == "sqlite+aiosqlite":
        return _sqlite(parsed, pool)
    if parsed.drivername == "postgresql+asyncpg":
        return _postgresql(parsed, pool | ({"pool_size": 5, "max_overflow": 10, "pool_recycle": 1800} if pooled else {}))
    raise ValueError(f"database URL {parsed.render_as_string()!r} starts neither with sqlite+aiosqlite:/// nor with postgresql+asyncpg://")


def _postgresql(url: URL, pool: dict[str, Any]) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_pre_ping=True,
        connect_args={"timeout": 10, "command_timeout": _POSTGRESQL_SECONDS, "server_settings": {"application_name": "dasibom"}},
        **pool,
    )


def _sqlite(url: URL, pool: dict[str, Any]) -> AsyncEngine:
    if not url.database or ":memory:" in url.database or "mode=memory" in url.database:
        raise ValueError("an SQLite database needs a file, such as sqlite+aiosqlite:///dasibom.db")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    # isolation_level None: transactions begin where we say so, not where the driver guesses.
    engine = create_async_engine(url, connect_args={"isolation_level": None, "timeout": _SQLITE_BUSY_SECONDS}, **pool)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_BUSY_SECONDS * 1000}")
        _use_write_ahead_log(cursor)
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


def _use_write_ahead_log(cursor: Any) -> None:
    # Only on a new file is there anything to do; but there SQLite does not wait for others that do the same at this moment.
    deadline = time.monotonic() + _SQLITE_BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for its turn: SQLite refuses it when another has written meanwhile.
    # Writers therefore queue up at the start.
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READ_ONLY) else "BEGIN IMMEDIATE")
