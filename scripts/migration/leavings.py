"""What an importer that was killed left in storage: files of a job that never came into the history.

Before the first file of a job is stored, a note with the job's id is; it goes when the job is in the history.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.orchestrator.history import History, JobNotFound
from services.orchestrator.jobs.memo import job_prefix
from services.orchestrator.storage import Storage

_NOTES = "imports/"
_AT_WORK = timedelta(hours=1)  # a younger note may be that of an importer at work


class Leavings:
    """Keeps storage free of half a job."""

    def __init__(self, history: History, storage: Storage) -> None:
        self._history = history
        self._storage = storage

    async def note(self, job: str) -> None:
        """Say that files of a job are about to be stored."""
        await self._storage.put(f"{_NOTES}{job}", job.encode(), media_type="text/plain")

    async def settle(self, job: str) -> None:
        """Take the note away: the job is in the history."""
        await self._storage.delete(f"{_NOTES}{job}")

    async def erase(self, job: str) -> None:
        """Erase the files of a job that did not come into the history."""
        await self._storage.delete_prefix(job_prefix(job))
        await self.settle(job)

    async def sweep(self) -> int:
        """Erase what importers of long ago left, and return how many jobs that was."""
        swept = 0
        notes = [key async for key in self._storage.list(_NOTES)]
        for key in notes:
            job = key.removeprefix(_NOTES)
            if datetime.now(UTC) - (await self._storage.stat(key)).modified < _AT_WORK:
                continue
            try:
                await self._history.jobs.get(job)
            except JobNotFound:
                await self.erase(job)
                swept += 1
            else:
                await self.settle(job)
        return swept
