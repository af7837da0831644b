"""What of a model is there, and what has to be fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.common.backend import ModelSpec, WeightFile, WeightSource
from services.common.download_record import DownloadRecord, RecordedFile
from services.common.weights import measure, path_of

FETCHED = ("hub", "github", "url")


@dataclass(frozen=True, kw_only=True, eq=False)
class Item:
    """One thing to fetch: a file, or an archive for its members."""

    spec: ModelSpec
    source: WeightSource
    origin: str  # its path at the source
    files: tuple[WeightFile, ...]  # what becomes of it in the model's folder: the file itself, or the archive's members
    folder: Path  # the model's own

    @property
    def is_archive(self) -> bool:
        """Whether its files are members of it."""
        return bool(self.files[0].member_of)

    @property
    def label(self) -> str:
        """What people read of it."""
        return f"{self.spec.name}/{self.origin if self.is_archive else self.files[0].path}"

    @property
    def target(self) -> Path:
        """Where it goes; of an archive only its partial file ever is there."""
        return self.folder / self.origin.rpartition("/")[2] if self.is_archive else self.path_of(self.files[0])

    @property
    def size(self) -> int:
        """Bytes that the manifest states; 0 when it does not, as of every archive."""
        return 0 if self.is_archive else self.files[0].size

    @property
    def sha256(self) -> str:
        """What the manifest states; empty when it does not, as of every archive."""
        return "" if self.is_archive else self.files[0].sha256.lower()

    def path_of(self, file: WeightFile) -> Path:
        """Where one of its files goes. Raises WeightsRefused for a name that leads elsewhere or a kind that may hold code."""
        return path_of(self.spec, file, self.folder)


def items_of(spec: ModelSpec, folder: Path) -> tuple[Item, ...]:
    """All that a model's sources have for it, whether it is there or not."""
    items: list[Item] = []
    for source in spec.sources:
        if source.kind not in FETCHED:
            continue
        wanted: dict[tuple[str, bool], list[WeightFile]] = {}
        for file in source.files:
            wanted.setdefault((file.member_of or file.origin or file.path, bool(file.member_of)), []).append(file)
        items += [Item(spec=spec, source=source, origin=origin, files=tuple(files), folder=folder) for (origin, _), files in wanted.items()]
    return tuple(items)


def absent(item: Item, record: DownloadRecord) -> tuple[WeightFile, ...]:
    """The item's files that have to be fetched. Those that lie there unrecorded but are what the manifest states get into the record."""
    return tuple(file for file in item.files if not _is_there(item, file, record))


def files_of(spec: ModelSpec) -> tuple[WeightFile, ...]:
    """All files that have to be downloaded, by the command or by hand: what does not ship with the project."""
    return tuple(file for source in spec.sources if source.kind != "package" for file in source.files)


def by_hand(spec: ModelSpec) -> Sequence[tuple[WeightSource, WeightFile]]:
    """What an operator has to fetch."""
    return [(source, file) for source in spec.sources if source.kind == "manual" for file in source.files]


def entry_of(source: WeightSource, path: Path, sha256: str, commit: str = "") -> RecordedFile:
    """What the record says of a file that has been checked, and has that SHA-256."""
    size = path.stat().st_size
    return RecordedFile(repository=source.repository, revision=source.revision, commit=commit, size=size, sha256=sha256)


def _is_there(item: Item, file: WeightFile, record: DownloadRecord) -> bool:
    path = item.path_of(file)
    if not path.is_file() or (file.size and path.stat().st_size != file.size):
        return False
    recorded = record.files.get(file.path)
    stated = file.sha256.lower()
    if recorded and recorded.is_of(item.source) and stated in {"", recorded.sha256} and recorded.size == path.stat().st_size:
        return True
    if not stated or measure(path) != stated:
        return False
    record.files[file.path] = entry_of(item.source, path, stated)
    return True
