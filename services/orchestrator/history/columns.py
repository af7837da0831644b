"""Column types and SQL expressions that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Float, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator

from services.orchestrator.history.errors import UnstorableText


class UtcTime(TypeDecorator[datetime]):
    """An aware `datetime` in UTC: `timestamptz` on PostgreSQL; on SQLite text of fixed width, so that it sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; without zone for SQLite, which would drop it."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text of any length. U+0000, which PostgreSQL cannot store, is refused on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Check the text.

        Raises:
            UnstorableText: it contains U+0000.
        """
        if value is not None and "\0" in value:
            raise UnstorableText
        return value


class from_now(FunctionElement[datetime]):  # noqa: N801 — reads as the SQL function that it is
    """The database's time, plus a number of seconds.

    The database's clock is the only one that all API replicas and workers share, so leases do not depend on how well theirs agree.
    """

    type = UtcTime()
    name = "from_now"
    inherit_cache = True

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(literal(float(seconds), Float))


@compiles(from_now, "postgresql")
def _from_now_postgresql(element: from_now, compiler: Any, **options: Any) -> str:
    # Not now(): that is the start of the transaction, which may have waited for a lock.
    return f"(statement_timestamp() + make_interval(secs => {compiler.process(element.clauses, **options)}))"


@compiles(from_now, "sqlite")
def _from_now_sqlite(element: from_now, compiler: Any, **options: Any) -> str:
    # SQLite's clock counts milliseconds; the zeros make the text as wide as SQLAlchemy writes it.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('%.3f seconds', {compiler.process(element.clauses, **options)}))"
