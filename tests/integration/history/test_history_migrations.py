from __future__ import annotations

import asyncio
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from dasibom.orchestrator.v1 import job_pb2
from services.orchestrator.history import DatabaseUnavailable, History, JobState, migrate
from services.orchestrator.history.engine import make_engine
from services.orchestrator.history.tables import metadata


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


async def test_migrations_make_exactly_the_tables_that_the_code_uses(empty_url: str) -> None:
    await migrate(empty_url)
    engine = make_engine(empty_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_migrating_again_changes_nothing_and_keeps_rows(empty_url: str, new_job) -> None:
    await migrate(empty_url)
    history = History.open(empty_url)
    job, _ = await history.jobs.create(new_job())
    await migrate(empty_url)
    assert (await history.jobs.get(job.id)).id == job.id
    await history.close()


async def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    script = f"import asyncio; from services.orchestrator.history import migrate; asyncio.run(migrate({empty_url!r}))"
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE) for _ in range(3)]
    outcomes = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0] * 3, outcomes
    engine = make_engine(empty_url)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all() == ["0002"]
    await engine.dispose()


async def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    engine = make_engine(empty_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE publications (in_the_way INTEGER)"))  # the last table that the migrations make
    with pytest.raises(Exception, match="already exists"):
        await migrate(empty_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == ["publications"]
    await engine.dispose()


async def test_sqlite_runs_with_a_write_ahead_log_and_foreign_keys(tmp_path) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/deep/er/history.db")
    async with engine.connect() as connection:
        values = [await connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys", "synchronous")]
    assert values == ["wal", 1, 1]
    await engine.dispose()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:", "mysql+aiomysql://host/db", "postgresql://host/db"])
def test_a_database_that_cannot_serve_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite\\+aiosqlite:///"):
        make_engine(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(ValueError, match="database URL") as caught:
        make_engine("mysql+aiomysql://user:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql+asyncpg://nobody@127.0.0.1:1/none", "sqlite+aiosqlite:////proc/none.db"])
async def test_a_database_out_of_reach_is_unavailable(url: str) -> None:
    history = History.open(url)
    with pytest.raises(DatabaseUnavailable):
        await history.ping()
    await history.close()
    # aiosqlite's thread of a connection that failed ends a moment later, and still talks to this event loop then.
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5)


async def test_ping_succeeds_on_a_database_that_works(history: History) -> None:
    await history.ping()


def test_states_are_numbered_as_in_the_contract() -> None:
    contract = {name.removeprefix("JOB_STATE_"): number for name, number in job_pb2.JobState.items() if number}
    assert {state.name: state.value for state in JobState} == contract
