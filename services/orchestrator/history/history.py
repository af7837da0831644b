"""The job history: one door to everything that the database keeps."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from services.orchestrator.history.artifacts import ArtifactStore
from services.orchestrator.history.audit import AuditLog
from services.orchestrator.history.database import Database
from services.orchestrator.history.engine import make_engine
from services.orchestrator.history.erasures import ErasureStore
from services.orchestrator.history.files import FileStore
from services.orchestrator.history.imports import ImportStore
from services.orchestrator.history.jobs import JobStore
from services.orchestrator.history.leases import LeaseStore
from services.orchestrator.history.publications import PublicationStore
from services.orchestrator.history.wakeups import WakeupStore


class History:
    """The job history. Run `migrate` before the first use."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._database = Database(engine)
        self.jobs = JobStore(self._database)
        self.leases = LeaseStore(self._database)
        self.wakeups = WakeupStore(self._database)
        self.files = FileStore(self._database)
        self.artifacts = ArtifactStore(self._database)
        self.publications = PublicationStore(self._database)
        self.imports = ImportStore(self._database)
        self.erasures = ErasureStore(self._database)
        self.audit = AuditLog(self._database)

    @classmethod
    def open(cls, url: str) -> History:
        """Open the history in a database; see `make_engine` for URLs. Nothing is connected yet."""
        return cls(make_engine(url))

    async def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            DatabaseUnavailable: there is none.
        """
        await self._database.ping()

    async def close(self) -> None:
        """Close all connections."""
        await self._database.close()
