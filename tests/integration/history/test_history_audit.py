from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.orchestrator.history import History
from services.orchestrator.history.engine import make_engine


async def test_entries_are_listed_newest_first_by_subject_and_page(history: History) -> None:
    for number in range(4):
        await history.audit.append(actor="수사관", action="job.view", subject=f"jb_{number % 2}", detail={"number": number})
    entries = await history.audit.list()
    assert [entry.detail["number"] for entry in entries] == [3, 2, 1, 0]
    assert {entry.actor for entry in entries} == {"수사관"}
    assert [entry.detail["number"] for entry in await history.audit.list(subject="jb_1")] == [3, 1]
    assert [entry.detail["number"] for entry in await history.audit.list(before=entries[1].id, limit=1)] == [1]


async def test_the_database_refuses_to_change_what_was_recorded(history: History, database_url: str, database: str, new_job) -> None:
    job, _ = await history.jobs.create(new_job())
    await history.jobs.request_cancel(job.id)
    await history.jobs.delete(job.id, actor="me")
    await history.audit.append(actor="me", action="job.delete", subject=job.id)
    changes = ["UPDATE {} SET actor = 'nobody'", "DELETE FROM {}"]
    if database == "postgresql":
        changes.append("TRUNCATE {}")
    engine = make_engine(database_url)
    for statement in [change.format(table) for change in changes for table in ("audit_log", "deletions")]:
        with pytest.raises(DBAPIError, match="append-only"):
            async with engine.begin() as connection:
                await connection.execute(text(statement))
    await engine.dispose()
    assert [entry.actor for entry in await history.audit.list()] == ["me"]
    assert (await history.audit.deletion(job.id)).actor == "me"
