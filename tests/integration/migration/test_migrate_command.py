"""The command line: killed, interrupted, refused."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from services.orchestrator.history import History, JobFilter
from tests.integration.migration.conftest import Target, migrate_data
from tests.integration.migration.former_results import demo_tree, drawing, pictures, tree


def many(folder: Path, count: int) -> Path:
    for number in range(count):
        tree(folder / f"run {number:02}", pictures(*(f"enhanced_variation_{each}.png" for each in range(1, 9))))
    return folder


async def count(history: History) -> int:
    return len((await history.jobs.list(JobFilter(), page_size=1000))[0])


async def wait_for_jobs(target: Target, process: subprocess.Popen[str], wanted: int) -> None:
    deadline = time.monotonic() + 60
    while await count(target.history) < wanted:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def begin(target: Target, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(target.command(*arguments), env=target.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_killed_in_the_middle_it_goes_on_where_it_was(target: Target, tmp_path: Path) -> None:
    source = many(tmp_path / "old", 30)
    process = begin(target, source)
    await wait_for_jobs(target, process, 3)
    process.kill()
    process.communicate()
    there = await count(target.history)
    assert 3 <= there < 30
    for job in await target.jobs():
        assert len(await target.artifacts(job)) == 8
    # What the killed one left is taken for the work of another importer as long as it is fresh.
    for note in (target.folder / "files").glob("imports/*"):
        old = time.time() - timedelta(hours=2).total_seconds()
        os.utime(note, (old, old))
    report = await target.run(source)
    assert (report["present"], report["migrated"]) == (there, 30 - there)
    jobs = await target.jobs()
    assert len({job.labels["migrated_from"] for job in jobs}) == len(jobs) == 30
    kept = {key.split("/")[1] for key in await target.stored()}
    assert kept == {job.id for job in jobs}


async def test_files_of_a_job_that_never_came_in_are_erased_once_nobody_can_be_at_work(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "old", {"montage.png": drawing("m")})
    for job, hours in (("jb_dead", 2), ("jb_at_work", 0)):
        await target.storage.put(f"jobs/{job}/artifacts/fl_1", b"half", media_type="image/png")
        await target.storage.put(f"imports/{job}", job.encode(), media_type="text/plain")
        written = time.time() - timedelta(hours=hours).total_seconds()
        os.utime(target.folder / "files/imports" / job, (written, written))
    await target.run(source)
    kept = await target.stored()
    assert [key for key in kept if "jb_dead" in key] == []
    assert {"imports/jb_at_work", "jobs/jb_at_work/artifacts/fl_1"} <= set(kept)


async def test_ctrl_c_ends_it_between_two_runs_with_a_report(target: Target, tmp_path: Path) -> None:
    source = many(tmp_path / "old", 30)
    process = begin(target, source, "--report", tmp_path / "report.txt")
    await wait_for_jobs(target, process, 2)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "이어서" in errors
    assert "Traceback" not in errors
    there = await count(target.history)
    assert 2 <= there < 30
    assert f"옮긴 실행: {there} " in output
    assert f"옮긴 실행: {there} " in (tmp_path / "report.txt").read_text()
    assert not [key for key in await target.stored() if key.startswith("imports/")]


async def test_it_tells_what_it_did_in_korean_or_english(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "old", demo_tree())
    korean = await target.start(source, "--dry-run")
    english = await target.start(source, "--lang", "en")
    assert (korean.returncode, english.returncode) == (0, 0), korean.stderr + english.stderr
    assert "옮길 실행: 7" in korean.stdout
    assert "Runs migrated: 7 (case1 3, case2 2, case3 2)" in english.stdout


async def test_a_history_that_is_not_there_is_refused_and_not_made(target: Target, tmp_path: Path) -> None:
    source = tree(tmp_path / "old", {"montage.png": drawing("m")})
    done = await target.start(source, DASIBOM_DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path / 'none' / 'history.db'}")
    assert (done.returncode, "작업 이력이 없습니다" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
    assert not (tmp_path / "none").exists()
    done = await target.start(source, DASIBOM_DATABASE_URL="postgresql+asyncpg://user:secret@127.0.0.1:1/x")
    assert (done.returncode, "연결할 수 없습니다" in done.stderr, "secret" in done.stderr) == (1, True, False)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "--bucket"),
        ([".", "--timezone", "Asia/Nowhere"], "Asia/Nowhere"),
        ([".", "--limit", "0"], "--limit"),
        ([".", "--report", "no/such/folder/r.json"], "no/such/folder"),
    ],
)
def test_what_is_wrong_in_the_command_line_is_named(arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        migrate_data.parse(arguments)
    assert end.value.code == 2
    assert named in capsys.readouterr().err


async def test_a_folder_that_is_not_there_is_named(target: Target, tmp_path: Path) -> None:
    done = await target.start(tmp_path / "없는 폴더")
    assert (done.returncode, "없는 폴더" in done.stderr, "Traceback" in done.stderr) == (1, True, False)


async def test_runs_past_retention_are_not_taken_to_be_erased_at_once(target: Target, tmp_path: Path) -> None:
    tree(tmp_path / "outputs_20200101_000000", {"montage.png": drawing("m")})
    done = await target.start(tmp_path / "outputs_20200101_000000", DASIBOM_RETENTION_DAYS="30")
    assert (done.returncode, "보존 기간이 지난 실행: 1" in done.stdout) == (0, True)
    assert await target.jobs() == []
    assert await target.stored() == []
