"""Files: uploads, and what jobs have made. Their bytes are in storage, under `storage_key`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orchestrator.history.columns import from_now
from services.orchestrator.history.database import Database, uncut
from services.orchestrator.history.erasures import note_erasures
from services.orchestrator.history.errors import FileNotFound
from services.orchestrator.history.records import FILE_COLUMNS, FileOrigin, FileRecord, NewFile, file_record
from services.orchestrator.history.tables import artifacts, files, job_inputs


class FileStore:
    """The files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @uncut
    async def add(self, new: NewFile) -> FileRecord:
        """Write a file whose bytes are in storage, and return it."""
        async with self._database.write() as connection:
            return await insert_file(connection, new)

    async def get(self, file: str) -> FileRecord:
        """Return a file.

        Raises:
            FileNotFound: there is none with this id.
        """
        async with self._database.read() as connection:
            row = (await connection.execute(select(*FILE_COLUMNS).where(files.c.id == file))).mappings().one_or_none()
        if row is None:
            raise FileNotFound(file)
        return file_record(row)

    async def inputs(self, job: str) -> Sequence[FileRecord]:
        """Return the files that a job works on, in no order that means anything: the request tells which is which."""
        query = select(*FILE_COLUMNS).join(job_inputs, job_inputs.c.file == files.c.id).where(job_inputs.c.job == job).order_by(files.c.id)
        async with self._database.read() as connection:
            return [file_record(row) for row in (await connection.execute(query)).mappings()]

    @uncut
    async def erase_unused_uploads(self, before: datetime, *, limit: int = 100) -> Sequence[str]:
        """Delete uploads from before a time that no job uses.

        Returns:
            Storage keys to erase. They stay in the erasures until marked as done.
        """
        unused = (
            select(files.c.id)
            .where(files.c.origin != FileOrigin.ARTIFACT, files.c.create_time < before, ~_is_input())
            .order_by(files.c.create_time)
            .limit(limit)
            .with_for_update(skip_locked=True)  # a locked one is being attached to a job
        )
        async with self._database.write() as connection:
            candidates = (await connection.scalars(unused)).all()
            return await discard_files(connection, candidates)


async def insert_file(connection: AsyncConnection, new: NewFile) -> FileRecord:
    """Write a file's row."""
    statement = insert(files).values(**asdict(new), create_time=from_now()).returning(*FILE_COLUMNS)
    return file_record((await connection.execute(statement)).mappings().one())


async def attach_inputs(connection: AsyncConnection, job: str, inputs: Sequence[str]) -> None:
    """Note that a job works on these files.

    Raises:
        FileNotFound: one of them is not known.
    """
    wanted = sorted(set(inputs))
    # Locked, so that none is deleted as unused before this transaction ends.
    known = await connection.scalars(select(files.c.id).where(files.c.id.in_(wanted)).order_by(files.c.id).with_for_update(read=True))
    missing = set(wanted).difference(known)
    if missing:
        raise FileNotFound(min(missing))
    if wanted:
        await connection.execute(insert(job_inputs), [{"job": job, "file": file} for file in wanted])


async def discard_files(connection: AsyncConnection, candidates: Sequence[str]) -> Sequence[str]:
    """Delete those of some files that no job uses or has made any more, and note their storage keys for erasure.

    Returns:
        The storage keys.
    """
    if not candidates:
        return []
    # Locked first, and judged by a statement of its own: so it sees what a job did that had one of them locked.
    await connection.execute(select(files.c.id).where(files.c.id.in_(candidates)).order_by(files.c.id).with_for_update())
    is_artifact = exists().where(artifacts.c.file == files.c.id)
    statement = delete(files).where(files.c.id.in_(candidates), ~_is_input(), ~is_artifact).returning(files.c.storage_key)
    keys = (await connection.scalars(statement)).all()
    await note_erasures(connection, keys)
    return keys


def _is_input() -> ColumnElement[bool]:
    return exists().where(job_inputs.c.file == files.c.id)
