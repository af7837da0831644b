"""A run on its way into the history."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from dasibom.orchestrator.v1.file_pb2 import Artifact
from services.orchestrator.history import FileOrigin, History, ImportedArtifact, ImportedJob, JobState, NewFile, RequestIdReused
from services.orchestrator.ids import new_file_id, new_job_id
from services.orchestrator.jobs.memo import job_prefix
from services.orchestrator.storage import Storage

from .content import Content, Unreadable, describe, is_picture, picture_content, plain, read_text, text_content
from .leavings import Leavings
from .moments import begin_of, end_of
from .own import is_own
from .results import Outcome, outcome
from .runs import Run, RunFile, Unknown
from .source import Source

ACTOR = "migrate_data"
_LONGEST_LABEL = 200


class Fate(StrEnum):
    """What became of a run."""

    MIGRATED = "migrated"  # or would be, in a dry run
    PRESENT = "present"
    CHANGED = "changed"
    EXPIRED = "expired"
    EMPTY = "empty"
    OWN = "own"


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """A run and what became of it."""

    run: Run
    fate: Fate
    job: str = ""  # id; empty when it is not in the history
    state: JobState | None = None
    begin: datetime | None = None
    artifacts: int = 0
    unreadable: tuple[Unknown, ...] = ()


class Importer:
    """Takes runs into the history."""

    def __init__(self, history: History, storage: Storage | None, *, zone: tzinfo, retention: timedelta | None = None) -> None:
        """Make an importer.

        Args:
            history: where jobs are written.
            storage: where files go; None for a dry run, which reads everything and writes nothing.
            zone: that the local times of results are in.
            retention: jobs that ended longer ago would be erased at once, so they are not taken; None when all are kept.
        """
        self._history = history
        self._storage = storage
        self._leavings = Leavings(history, storage) if storage else None
        self._zone = zone
        self._retention = retention

    async def take(self, run: Run, source: Source) -> Migrated:
        """Take a run whole, or not at all.

        Raises:
            SourceUnavailable: a file cannot be read now.
            ServiceError: the database or the storage is out of reach.
        """
        if known := await self._history.imports.known(run.request_id):
            fate = Fate.PRESENT if known[1] == run.content_sha256 else Fate.CHANGED
            return Migrated(run=run, fate=fate, job=known[0])
        texts, unreadable = await _texts(run, source)
        if is_own(texts):
            return Migrated(run=run, fate=Fate.OWN)
        begin, _ = begin_of(run, texts, self._zone)
        end = end_of(run, begin, self._zone)
        if self._retention is not None and end < datetime.now(UTC) - self._retention:
            return Migrated(run=run, fate=Fate.EXPIRED, begin=begin)
        taking = _Taking(run, source, self._storage, unreadable)
        try:
            if self._leavings:
                await self._leavings.note(taking.job)
            contents = await taking.files()
            if not contents:
                await self._give_up(taking.job)
                return Migrated(run=run, fate=Fate.EMPTY, unreadable=tuple(unreadable))
            ended = outcome(run, contents)
            state = JobState.SUCCEEDED if ended.error is None else JobState.FAILED
            if self._leavings:
                await self._history.imports.add(_imported(run, taking, ended, state, begin, end), actor=ACTOR)
        except RequestIdReused:  # another importer was faster
            await self._give_up(taking.job)
            return await self.take(run, source)
        except BaseException:
            await self._give_up(taking.job)
            raise
        if self._leavings:
            await self._leavings.settle(taking.job)
        return Migrated(
            run=run,
            fate=Fate.MIGRATED,
            job=taking.job if self._leavings else "",
            state=state,
            begin=begin,
            artifacts=len(contents),
            unreadable=tuple(unreadable),
        )

    async def _give_up(self, job: str) -> None:
        if self._leavings:
            await self._leavings.erase(job)


class _Taking:
    """One run while it is taken: file by file, so that only one is in memory."""

    def __init__(self, run: Run, source: Source, storage: Storage | None, unreadable: list[Unknown]) -> None:
        self.job = new_job_id()
        self.artifacts: list[ImportedArtifact] = []
        self._run = run
        self._source = source
        self._storage = storage
        self._unreadable = unreadable

    async def files(self) -> list[Content]:
        """Read, check and store all files; broken ones are noted and left out."""
        broken = {each.address for each in self._unreadable}
        contents: list[Content] = []
        for file in self._run.files:
            if file.source.address in broken:
                continue
            data = await asyncio.to_thread(self._source.read, file.source)
            try:
                content = await picture_content(file, data) if is_picture(file.name) else text_content(file, data)
            except Unreadable as error:
                self._unreadable.append(Unknown(address=file.source.address, reason=str(error)))
                continue
            contents.append(await self._keep(content))
        return contents

    async def _keep(self, content: Content) -> Content:
        """Store a file; what is returned no longer has its bytes."""
        if self._storage is not None:
            file = new_file_id()
            key = f"{job_prefix(self.job)}artifacts/{file}"
            stored = await self._storage.put(key, content.data, media_type=content.media_type)
            artifact = describe(content, file=file, size=stored.size, sha256=stored.sha256, script=self._run.layout.key)
            self.artifacts.append(_artifact(content, artifact, key))
        return replace(content, data=b"")


def _artifact(content: Content, artifact: Artifact, key: str) -> ImportedArtifact:
    file = NewFile(
        id=artifact.file,
        name=artifact.name,
        media_type=artifact.media_type,
        size=artifact.size,
        sha256=artifact.sha256,
        width=content.width,
        height=content.height,
        storage_key=key,
        origin=FileOrigin.ARTIFACT,
    )
    return ImportedArtifact(file=file, record=artifact.SerializeToString())


def _imported(run: Run, taking: _Taking, ended: Outcome, state: JobState, begin: datetime, end: datetime) -> ImportedJob:
    address = plain(run.address)
    labels = {"migrated_from": _cut(address), "legacy_script": run.layout.key}
    if run.case_id:
        labels["legacy_case_id"] = _cut(plain(run.case_id))
    return ImportedJob(
        id=taking.job,
        kind=run.layout.kind,
        state=state,
        request_id=run.request_id,
        content_sha256=run.content_sha256,
        display_name=_cut(plain(run.case_id) or address.rpartition("/")[2]),
        labels=labels,
        language="ko",
        result=ended.result.SerializeToString() if ended.result is not None else None,
        error=ended.error.SerializeToString() if ended.error is not None else None,
        create_time=begin,
        end_time=end,
        artifacts=taking.artifacts,
    )


def _cut(text: str) -> str:
    """The end of a text that is too long for a label: there it differs from others."""
    return text if len(text) <= _LONGEST_LABEL else f"…{text[-(_LONGEST_LABEL - 1) :]}"


async def _texts(run: Run, source: Source) -> tuple[dict[str, str], list[Unknown]]:
    """The texts of a run by file name, and those that are none."""
    texts: dict[str, str] = {}
    unreadable: list[Unknown] = []
    for file in run.files:
        if _is_text(file):
            data = await asyncio.to_thread(source.read, file.source)
            try:
                texts[file.name] = read_text(data)
            except Unreadable as error:
                unreadable.append(Unknown(address=file.source.address, reason=str(error)))
    return texts, unreadable


def _is_text(file: RunFile) -> bool:
    return file.name.lower().endswith((".txt", ".html", ".json"))
