from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.orchestrator.history import (
    DatabaseUnavailable,
    FileOrigin,
    History,
    ImportedArtifact,
    ImportedJob,
    JobFilter,
    JobNotFound,
    JobState,
    NewFile,
    NotMigrated,
    RequestIdReused,
    WrongState,
    demand_migrated,
    migrate,
)

UUID = "5b7a3f0e-59cb-5a0b-8d2b-1f6c0f2b9d11"
BEGUN, ENDED = datetime(2025, 9, 24, 1, 2, 3, tzinfo=UTC), datetime(2025, 9, 24, 1, 3, tzinfo=UTC)


def imported(*names: str, request_id: str = UUID, state: JobState = JobState.SUCCEEDED, **changes: object) -> ImportedJob:
    values: dict[str, object] = {
        "kind": 3,
        "state": state,
        "request_id": request_id,
        "content_sha256": "ab" * 32,
        "display_name": "예전 사건",
        "labels": {"migrated_from": "s3://bucket/cases"},
        "language": "ko",
        "result": b"\x5a\x00",
        "error": None,
        "create_time": BEGUN,
        "end_time": ENDED,
        "artifacts": [artifact(name) for name in names],
    }
    return ImportedJob(**(values | changes))  # type: ignore[arg-type]


def artifact(name: str) -> ImportedArtifact:
    file = NewFile(name=name, media_type="image/png", size=3, sha256="cd" * 32, storage_key=f"jobs/{name}", origin=FileOrigin.ARTIFACT)
    return ImportedArtifact(file=file, record=name.encode())


async def names(history: History, job: str) -> Sequence[str]:
    return [made.name for made in await history.artifacts.list(job)]


async def test_an_imported_job_is_read_with_its_times_labels_and_artifacts(history: History) -> None:
    new = imported("b.png", "a.png")
    await history.imports.add(new, actor="operator")
    job = await history.jobs.get(new.id)
    assert (job.state, job.kind, job.display_name, job.result) == (JobState.SUCCEEDED, 3, "예전 사건", b"\x5a\x00")
    assert (job.create_time, job.start_time, job.end_time) == (BEGUN, BEGUN, ENDED)
    assert await names(history, new.id) == ["b.png", "a.png"]
    found, _ = await history.jobs.list(JobFilter(label=("migrated_from", "s3://bucket/cases")), page_size=10)
    assert [each.id for each in found] == [new.id]
    assert [(entry.actor, entry.action) for entry in await history.audit.list(subject=new.id)] == [("operator", "job.import")]


async def test_the_same_job_comes_in_once_even_when_two_import_it_at_once(history: History) -> None:
    both = [imported("a.png"), imported("b.png")]
    outcomes = await asyncio.gather(*(history.imports.add(each, actor="operator") for each in both), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert [type(outcome) for outcome in refused] == [RequestIdReused]
    kept = both[outcomes.index(None)]
    assert await history.imports.known(UUID) == (kept.id, kept.content_sha256)
    assert len((await history.jobs.list(JobFilter(), page_size=10))[0]) == 1
    assert await history.imports.known(UUID.replace("5", "6")) is None


async def test_an_import_that_fails_leaves_nothing_of_the_job(history: History) -> None:
    twice = imported("a.png", "a.png")
    with pytest.raises(Exception, match=r"(?i)unique"):
        await history.imports.add(twice, actor="operator")
    with pytest.raises(JobNotFound):
        await history.jobs.get(twice.id)
    assert await history.audit.list(subject=twice.id) == []
    with pytest.raises(ValueError, match="RUNNING"):
        await history.imports.add(imported(state=JobState.RUNNING), actor="operator")


async def test_an_imported_job_is_not_run_again_and_loses_nothing_by_trying(history: History) -> None:
    failed = imported("a.png", state=JobState.FAILED, result=None, error=b"")
    await history.imports.add(failed, actor="operator")
    with pytest.raises(WrongState, match="imported"):
        await history.jobs.retry(failed.id)
    assert await names(history, failed.id) == ["a.png"]
    assert await history.wakeups.due(queued_after=0) == []


async def test_an_imported_job_is_deleted_with_its_files(history: History) -> None:
    new = imported("a.png", "b.png")
    await history.imports.add(new, actor="operator")
    assert set(await history.jobs.delete(new.id, actor="operator")) == {"jobs/a.png", "jobs/b.png"}
    assert await history.imports.known(UUID) is None


async def test_a_database_without_tables_is_told_from_one_that_is_up_to_date(empty_url: str) -> None:
    with pytest.raises(NotMigrated):
        await demand_migrated(empty_url)
    await migrate(empty_url)
    await demand_migrated(empty_url)


async def test_a_database_that_is_not_there_is_not_made_by_asking(tmp_path: Path) -> None:
    with pytest.raises(NotMigrated):
        await demand_migrated(f"sqlite+aiosqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DatabaseUnavailable):
        await demand_migrated("postgresql+asyncpg://nobody@127.0.0.1:1/none")
