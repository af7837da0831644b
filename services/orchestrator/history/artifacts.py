"""Artifacts: the files that a job has made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.erasures import note_erasures
from services.orchestrator.history.files import discard_files, insert_file
from services.orchestrator.history.leases import Lease, hold
from services.orchestrator.history.records import NewFile
from services.orchestrator.history.tables import artifacts, files


@dataclass(frozen=True, kw_only=True)
class ArtifactRecord:
    """A file that a job has made."""

    name: str  # unique in its job
    position: int  # from 1, in the order of first saving
    file: str  # the file's id
    record: bytes  # dasibom.orchestrator.v1.Artifact, serialized


class ArtifactStore:
    """The artifacts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uncut
    async def put(self, lease: Lease, file: NewFile, record: bytes) -> ArtifactRecord:
        """Write an artifact under the name of its file, in place of one with the same name.

        A job that is taken over makes its artifacts again. If the bytes are the same, the one that exists stays, so that its id, which
        people may have already, keeps its meaning; what is no longer needed in storage is left to the erasures.

        Args:
            lease: the lease on the job.
            file: the file, whose bytes are in storage under a key of its own.
            record: serialized Artifact message that describes it.

        Returns:
            The artifact as it is kept; perhaps with an older file id.

        Raises:
            LeaseLost: another has the job, or it has ended; the bytes are the caller's to erase.
        """
        of_job = artifacts.c.job == lease.job
        columns = (artifacts.c.name, artifacts.c.position, artifacts.c.file, artifacts.c.record, files.c.sha256)
        async with self._database.write() as connection:
            await hold(connection, lease)
            query = select(*columns).join(files, files.c.id == artifacts.c.file).where(of_job, artifacts.c.name == file.name)
            old = (await connection.execute(query)).one_or_none()
            if old and old.sha256 == file.sha256:
                await note_erasures(connection, [file.storage_key])
                return ArtifactRecord(name=old.name, position=old.position, file=old.file, record=old.record)
            await insert_file(connection, file)
            if old:
                replaced = update(artifacts).where(of_job, artifacts.c.name == file.name).values(file=file.id, record=record)
                await connection.execute(replaced)
                await discard_files(connection, [old.file])
                return ArtifactRecord(name=old.name, position=old.position, file=file.id, record=record)
            last = await connection.scalar(select(func.max(artifacts.c.position)).where(of_job))
            position = (last or 0) + 1
            added = insert(artifacts).values(job=lease.job, name=file.name, position=position, file=file.id, record=record)
            await connection.execute(added)
        return ArtifactRecord(name=file.name, position=position, file=file.id, record=record)

    async def list(self, job: str) -> Sequence[ArtifactRecord]:
        """Return a job's artifacts in the order of first saving."""
        query = select(artifacts.c.name, artifacts.c.position, artifacts.c.file, artifacts.c.record)
        query = query.where(artifacts.c.job == job).order_by(artifacts.c.position)
        async with self._database.read() as connection:
            return [ArtifactRecord(**row) for row in (await connection.execute(query)).mappings()]
