"""Brings the items of a plan into their places: fetched, checked, recorded, several at once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from dasibom.command.exits import describe_os_error
from dasibom.language import say
from downloads.address import address_of, moves
from downloads.archive import extract
from downloads.display import Display, FileDisplay, size_text
from downloads.errors import DiskFull, DownloadError, is_full
from downloads.offer import Offer
from downloads.partial_file import PartialFile
from downloads.plan import Item, absent, entry_of
from downloads.settings import DownloadSettings
from downloads.transfer import Transfers, client_of
from services.common.backend import WeightFile
from services.common.download_record import DownloadRecord
from services.common.weights import measure


class Fetch:
    """One run's fetching. Use it within its context."""

    def __init__(self, *, settings: DownloadSettings, records: dict[Path, DownloadRecord]) -> None:
        """Set up.

        Args:
            settings: where from, and how patiently.
            records: the download record of each model's folder; grows with what is fetched.
        """
        self.settings = settings
        self.records = records
        self.failures: list[str] = []  # one text for each item that could not be had
        self._client = client_of(settings)
        self._transfers = Transfers(self._client, settings)
        self._commits: dict[tuple[str, str], asyncio.Task[str]] = {}

    async def __aenter__(self) -> Self:
        """Open connections as they are needed."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close them."""
        await self._client.__aexit__(kind, error, trace)

    async def offers(self, items: Iterable[Item]) -> dict[Item, Offer | DownloadError]:
        """What the sources offer for each item whose size the manifest does not state, or why they do not."""
        unknown = [item for item in items if not item.size]
        turns = asyncio.Semaphore(self.settings.download_jobs)
        return dict(zip(unknown, await asyncio.gather(*(self._offer(item, turns) for item in unknown)), strict=True))

    async def all(self, items: Iterable[Item], display: Display) -> None:
        """Fetch all items. One that cannot be had does not keep the others back; a full disk does.

        Raises:
            DiskFull: there is no room for more. What has been fetched so far stays, for the next run to go on from.
        """
        turns = asyncio.Semaphore(self.settings.download_jobs)
        try:
            async with asyncio.TaskGroup() as group:
                for item in items:
                    group.create_task(self._one(item, display, turns))
        except ExceptionGroup as group_of_errors:
            if (full := group_of_errors.subgroup(DiskFull)) is not None:
                raise full.exceptions[0] from None
            raise

    async def _offer(self, item: Item, turns: asyncio.Semaphore) -> Offer | DownloadError:
        async with turns:
            try:
                return await self._transfers.ask(await self._address(item))
            except DownloadError as error:
                return error

    async def _one(self, item: Item, display: Display, turns: asyncio.Semaphore) -> None:
        async with turns:
            shown = display.of(item.label)
            try:
                await self._into_place(item, shown)
            except DownloadError as error:
                shown.end(say("받지 못했습니다", "not fetched"))
                self.failures.append(f"{item.label}: {error}")
            except OSError as error:
                if is_full(error):
                    message = say(
                        f"{item.label}: 쓸 공간이 없습니다. 자리를 만들고 다시 실행하면 이어받습니다",
                        f"{item.label}: there is no room to write it; make some and run again, it goes on from here",
                    )
                    raise DiskFull(message) from None
                shown.end(say("받지 못했습니다", "not fetched"))
                self.failures.append(f"{item.label}: {describe_os_error(error)}")

    async def _into_place(self, item: Item, shown: FileDisplay) -> None:
        url = await self._address(item)
        if await self._adopted(item, url):
            shown.end(say("이미 있습니다", "already there"))
            return
        item.target.parent.mkdir(parents=True, exist_ok=True)
        part = PartialFile(item.target)
        offer = await self._transfers.fetch(url, part, sha256=item.sha256, moved=shown.move, noted=shown.note)
        try:
            sha256 = await asyncio.to_thread(_check, part.path, item.size or offer.size, item.sha256 or offer.sha256, offer.git_sha1)
            hashes = await asyncio.to_thread(self._unpack, item, part.path) if item.is_archive else {item.files[0]: sha256}
        except DownloadError:
            part.discard()  # no rest of it would make it right
            raise
        if item.is_archive:
            part.discard()
        else:
            part.finish()
        await self._put_down(item, hashes)
        shown.end(say("받고 확인했습니다", "fetched and checked"))
        for file, measured in hashes.items():
            if not (file.sha256 or offer.sha256 or offer.git_sha1):
                shown.note(
                    say(
                        f"아무도 해시를 밝히지 않았습니다. {file.path}의 SHA-256: {measured}",
                        f"nobody states a hash; {file.path} has SHA-256 {measured}",
                    )
                )

    async def _adopted(self, item: Item, url: str) -> bool:
        """Whether a file of which the manifest states no hash lies there already, as the source has it now."""
        if item.is_archive or item.sha256 or not item.target.is_file():
            return False
        offer = await self._transfers.ask(url)
        if not (offer.sha256 or offer.git_sha1):
            return False
        try:
            sha256 = await asyncio.to_thread(_check, item.target, item.size or offer.size, offer.sha256, offer.git_sha1)
        except DownloadError:
            return False
        await self._put_down(item, {item.files[0]: sha256})
        return True

    def _unpack(self, item: Item, archive: Path) -> dict[WeightFile, str]:
        """Take the files out of an archive; gives the SHA-256 of each."""
        hashes = {}
        for file in absent(item, self.records[item.folder]):
            path = item.path_of(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{path.name}.part")
            try:
                extract(archive, file.origin or file.path, part, file.size)
                hashes[file] = _check(part, file.size, file.sha256.lower(), "")
                os.replace(part, path)
            except DownloadError as error:
                raise DownloadError(f"{file.path}: {error}") from None
            finally:
                part.unlink(missing_ok=True)
        return hashes

    async def _put_down(self, item: Item, hashes: dict[WeightFile, str]) -> None:
        """Write files that have been checked into the record."""
        record = self.records[item.folder]
        commit = await self._commit(item) if item.source.kind == "hub" else ""
        for file, sha256 in hashes.items():
            record.files[file.path] = entry_of(item.source, item.path_of(file), sha256, commit)
        record.write(item.folder)

    async def _address(self, item: Item) -> str:
        return address_of(item.source, item.origin, await self._commit(item), self.settings)

    async def _commit(self, item: Item) -> str:
        """The commit that all files of a source are taken from, so that a change of a branch in between cannot mix two versions."""
        if not moves(item.source):
            return item.source.revision
        key = item.source.repository, item.source.revision
        if key not in self._commits:
            self._commits[key] = asyncio.create_task(self._resolved(item))
        return await asyncio.shield(self._commits[key])

    async def _resolved(self, item: Item) -> str:
        source = item.source
        recorded = (entry for record in self.records.values() for entry in record.files.values() if entry.is_of(source) and entry.commit)
        if (entry := next(recorded, None)) is not None:
            return entry.commit
        offer = await self._transfers.ask(address_of(source, item.origin, source.revision, self.settings))
        return offer.commit or source.revision


def require_room(folder: Path, needed: int) -> None:
    """Refuse to start what cannot end.

    Raises:
        DiskFull: the disk of the folder has less free space than is needed (bytes).
    """
    free = free_space(folder)
    if needed > free:
        message = say(
            f"디스크 공간이 모자랍니다: {size_text(needed)}이(가) 필요한데 {size_text(free)}만 남아 있습니다 ({folder})",
            f"The disk has too little room: {size_text(needed)} are needed, {size_text(free)} are free ({folder})",
        )
        raise DiskFull(message)


def free_space(folder: Path) -> int:
    """Bytes that can be written below a folder, whether it exists yet or not."""
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    return shutil.disk_usage(existing).free


def room_for(item: Item, size: int) -> int:
    """Bytes that fetching an item of a size still takes; an archive needs room for its members beside itself."""
    rest = max(size - PartialFile(item.target).size, 0)
    return rest + (sum(file.size for file in item.files) if item.is_archive else 0)


def _check(path: Path, size: int, sha256: str, git_sha1: str) -> str:
    """The file's SHA-256. Raises DownloadError when something that is stated (not 0, not empty) is another."""
    actual = path.stat().st_size
    if size and actual != size:
        raise DownloadError(say(f"{size}바이트여야 하는데 {actual}바이트입니다", f"has {actual} bytes instead of {size}"))
    measured = measure(path)
    if sha256 and measured != sha256:
        raise DownloadError(say(f"SHA-256이 {sha256}이어야 하는데 {measured}입니다", f"has SHA-256 {measured} instead of {sha256}"))
    if git_sha1 and not sha256 and (blob := _git_sha1(path)) != git_sha1:
        raise DownloadError(say(f"git 해시가 {git_sha1}이어야 하는데 {blob}입니다", f"has the git hash {blob} instead of {git_sha1}"))
    return measured


def _git_sha1(path: Path) -> str:
    """The name of a file's content in git: SHA-1 of `blob <size>`, a zero byte, and the content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
