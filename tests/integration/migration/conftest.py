"""A history and a storage to migrate into, and the command that does it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.orchestrator.history import History, JobFilter, JobRecord, migrate
from services.orchestrator.storage import Storage, open_storage

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "scripts" / "migrate_data.py"

# Programs of that folder find each other as the interpreter does that runs one of them.
sys.path.append(str(SCRIPT.parent))
import migrate_data  # noqa: E402
from migration.folder import FolderSource as FolderSource  # noqa: E402, PLC0414
from migration.importer import Fate as Fate  # noqa: E402, PLC0414
from migration.importer import Importer as Importer  # noqa: E402, PLC0414
from migration.report import Report  # noqa: E402
from migration.runs import group as group  # noqa: E402, PLC0414
from migration.source import SourceUnavailable as SourceUnavailable  # noqa: E402, PLC0414


@dataclass(kw_only=True)
class Target:
    """Where results go."""

    folder: Path
    history: History
    storage: Storage

    @property
    def settings(self) -> dict[str, str]:
        """Of the orchestrator."""
        return {
            "DASIBOM_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder / 'history.db'}",
            "DASIBOM_STORAGE_URL": f"file://{self.folder / 'files'}",
        }

    @property
    def environment(self) -> dict[str, str]:
        """Of the command."""
        return os.environ | self.settings | {"DASIBOM_LANG": "ko", "PYTHONPATH": str(ROOT)}

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line."""
        return [sys.executable, str(SCRIPT), *map(str, arguments)]

    async def run(self, *arguments: str | Path, status: int = 0) -> dict[str, Any]:
        """Do what the command does, in this process, and return its report."""
        path = self.folder / "report.json"
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.settings.items():
                patch.setenv(name, value)
            report = Report(dry_run="--dry-run" in arguments)
            assert await migrate_data.migrate(migrate_data.parse([str(each) for each in arguments]), report) == status
        report.write(path)
        written: dict[str, Any] = json.loads(path.read_text())
        return written

    async def start(self, *arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run the real command line to its end."""
        options: dict[str, Any] = {"env": self.environment | changes, "capture_output": True, "text": True, "check": False}
        return await asyncio.to_thread(subprocess.run, self.command(*arguments), **options)

    async def jobs(self) -> list[JobRecord]:
        """Every job, oldest first."""
        found, token = await self.history.jobs.list(JobFilter(), page_size=1000)
        assert not token
        return [await self.history.jobs.get(job.id) for job in reversed(found)]

    async def job(self, script: str, **labels: str) -> JobRecord:
        """The one job that a script made."""
        wanted = {"legacy_script": script} | labels
        (found,) = [job for job in await self.jobs() if wanted.items() <= dict(job.labels).items()]
        return found

    async def artifacts(self, job: JobRecord) -> dict[str, Artifact]:
        """By name."""
        return {each.name: Artifact.FromString(each.record) for each in await self.history.artifacts.list(job.id)}

    async def stored(self) -> Sequence[str]:
        """Every key of the storage."""
        return [key async for key in self.storage.list()]


def result_of(job: JobRecord) -> JobResult:
    """What it found."""
    assert job.result is not None
    return JobResult.FromString(job.result)


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    """An empty history and storage."""
    folder = tmp_path / "target"
    folder.mkdir()
    url = f"sqlite+aiosqlite:///{folder / 'history.db'}"
    await migrate(url)
    opened = Target(folder=folder, history=History.open(url), storage=open_storage(f"file://{folder / 'files'}"))
    yield opened
    await opened.storage.close()
    await opened.history.close()
