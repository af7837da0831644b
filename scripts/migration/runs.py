"""Which files are one run."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from dasibom.language import say

from .layouts import OTHER_FILE, OTHER_PICTURE, STAMP, SUMMARY, Layout, Role, recognize
from .source import SourceFile

# cases/{case type}/{case id}/{kind}/…; the id of a run that the orchestrator started is a folder: `outputs_…/case1_montage`.
_CASE_TREE = re.compile(
    r"(?P<run>.*?(?:^|/)cases/(?:case1_montage|case2_synthesis|case3_investigation|super_resolution|general)/(?P<id>.+))"
    r"/(?:images|reports|data)"
)
_STAMPED = re.compile(rf"({STAMP})_(.+)")
_NAMESPACE = uuid.UUID("6a2f2c5e-58a1-5d0f-9a53-0d6d1c9b7e40")  # of the request ids of migrated runs
_NO_RESULTS = (
    (re.compile(r"(?:^|/)inputs/"), "입력 사진이며 결과가 아닙니다.", "It is an input, not a result."),
    (re.compile(r"(?:^|/)ai_image/"), "공개용 사본이며 결과 폴더가 아닙니다.", "It is a published copy, not a result tree."),
)


OWN = (
    "다시봄의 스크립트가 만든 결과이며 예전 도구의 것이 아닙니다.",
    "DasiBom's own scripts made it; it is no result of the former ones.",
)


@dataclass(frozen=True, kw_only=True)
class RunFile:
    """A file of a run."""

    source: SourceFile
    name: str  # as the script named it, without the time that S3 keys put before
    role: Role
    stamp: str  # that time; empty when there is none


@dataclass(kw_only=True)
class Run:
    """What one script made in one run."""

    address: str  # folder that it lies in
    layout: Layout
    case_id: str  # of the S3 layout; empty in folders
    turn: int  # from 1, when several runs lie in one place
    files: list[RunFile] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What tells it from all other runs, and stays the same."""
        own = self.files[0].name if self.layout.one_file else str(self.turn)
        return f"{self.address}#{self.layout.key}#{own}"

    @property
    def request_id(self) -> str:
        """The same for the same run at every migration."""
        return str(uuid.uuid5(_NAMESPACE, self.key.encode("utf-8", "replace").decode()))

    @property
    def content_sha256(self) -> str:
        """Hash over names and sizes: tells, without reading, whether files came or changed."""
        listed = sorted(f"{file.name}\0{file.source.size}" for file in self.files)
        return hashlib.sha256("\n".join(listed).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A file or folder that was not understood or not taken."""

    address: str
    reason: str


def group(found: Iterable[SourceFile], own: Collection[str] = ()) -> tuple[list[Run], list[Unknown]]:
    """The runs that files belong to, in the order of their addresses, and the files of no run.

    Args:
        found: the files.
        own: addresses of files that are DasiBom's own; a run with one of them is none of the former scripts'.
    """
    recognized: dict[tuple[str, str], list[RunFile]] = defaultdict(list)
    layouts: dict[str, Layout] = {}
    rest: list[SourceFile] = []
    for source in found:
        place = run_folder(source)
        if (known := _recognized(source)) is None:
            rest.append(source)
            continue
        layout, file = known
        layouts[layout.key] = layout
        recognized[place, layout.key].append(file)
    runs: list[Run] = []
    for (place, key), files in sorted(recognized.items()):
        runs += _split(place, layouts[key], files)
    ours = [run for run in runs if any(file.source.address in own for file in run.files)]
    runs = [run for run in runs if run not in ours]
    rest = [source for source in rest if source.address not in own]
    by_place: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_place[run.address].append(run)
    unknown = [left for source in rest if (left := _attach(source, by_place)) is not None]
    places = dict.fromkeys([*(run.address for run in ours), *(address.rpartition("/")[0] for address in sorted(own))])
    tree = {run.address for run in ours}
    unknown += [
        Unknown(address=place, reason=say(*OWN))
        for place in places
        if place in tree or not any(place.startswith(f"{one}/") for one in tree)
    ]
    return runs, unknown


def run_folder(source: SourceFile) -> str:
    """Address of the folder that a file's run lies in."""
    tree = _CASE_TREE.fullmatch(source.folder)
    return tree["run"] if tree else source.folder


def without_stamp(name: str) -> str:
    """A file name without the time that S3 keys put before it."""
    stamped = _STAMPED.fullmatch(name)
    return stamped[2] if stamped else name


def _recognized(source: SourceFile) -> tuple[Layout, RunFile] | None:
    if known := recognize(source.name):
        return known[0], RunFile(source=source, name=source.name, role=known[1], stamp="")
    stamped = _STAMPED.fullmatch(source.name)
    if stamped and (known := recognize(stamped[2])):
        return known[0], RunFile(source=source, name=stamped[2], role=known[1], stamp=stamped[1])
    return None


def _split(place: str, layout: Layout, files: Sequence[RunFile]) -> list[Run]:
    """The runs in one place: a name that comes again begins the next one."""
    tree = _CASE_TREE.fullmatch(f"{place}/images")
    runs: list[Run] = []
    for file in sorted(files, key=lambda file: (file.stamp, file.source.address)):
        if not runs or layout.one_file or file.name in {other.name for other in runs[-1].files}:
            runs.append(Run(address=place, layout=layout, case_id=tree["id"] if tree else "", turn=len(runs) + 1))
        runs[-1].files.append(file)
    for run in runs:
        order = {role.key: number for number, role in enumerate(layout.roles)}
        run.files.sort(key=lambda file: (order[file.role.key], file.role.number(file.name)))
    return runs


def _attach(source: SourceFile, by_place: dict[str, list[Run]]) -> Unknown | None:
    """Give a file that no script named to the run that it lies with; tell why when there is none."""
    if source.name == "SUMMARY_REPORT.html":
        beside = [run for place, runs in by_place.items() if place.rpartition("/")[0] == source.folder for run in runs]
        for run in beside:
            run.files.append(RunFile(source=source, name=source.name, role=SUMMARY, stamp=""))
        if beside:
            return None
    if _CASE_TREE.fullmatch(source.folder) and (runs := by_place.get(run_folder(source))):
        stamped = _STAMPED.fullmatch(source.name)
        name, stamp = (stamped[2], stamped[1]) if stamped else (source.name, "")
        # Of several runs, the last that had begun when it was written.
        run = next((run for run in reversed(runs) if stamp and min(file.stamp for file in run.files) <= stamp), runs[0])
        taken = {file.name for file in run.files}
        name = next((free for free in (name, source.name) if free not in taken), f"{source.folder.rpartition('/')[2]}_{source.name}")
        role = OTHER_PICTURE if OTHER_PICTURE.pattern.fullmatch(name) else OTHER_FILE
        run.files.append(RunFile(source=source, name=name, role=role, stamp=stamp))
        return None
    for pattern, korean, english in _NO_RESULTS:
        if pattern.search(source.address):
            return Unknown(address=source.address, reason=say(korean, english))
    return Unknown(
        address=source.address,
        reason=say("예전 도구가 쓴 파일 이름이 아닙니다.", "No former script wrote a file of this name."),
    )
