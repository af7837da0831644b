"""When a run was. Former scripts wrote local time without its zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from .layouts import STAMP
from .runs import Run

_STAMP = re.compile(rf"(?<!\d){STAMP}(?!\d)")
_RUN_FOLDER = re.compile(rf"outputs_({STAMP})")
_TOLD = re.compile(r"생성 시(?:간|각): (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)( UTC)?")


def begin_of(run: Run, texts: Mapping[str, str], zone: tzinfo) -> tuple[datetime, bool]:
    """When a run began, and whether it says so itself.

    What the run says counts before what lies around it: its case id, the times in its file names, the time in its texts, the time in the
    name of an `outputs_…` folder; at last, when its first file was written.

    Args:
        run: the run.
        texts: its texts, by file name.
        zone: that local times are in.
    """
    named = [*_stamps([run.case_id], zone), *_stamps((f"{file.stamp} {file.name}" for file in run.files), zone)]
    if named:
        return min(named), True
    told = [time for text in texts.values() for time in _told(text, zone)]
    if told:
        return min(told), True
    folders = [time for stamp in _RUN_FOLDER.findall(run.address)[-1:] if (time := _parse(stamp, zone))]
    if folders:
        return folders[0], True
    return min(file.source.modified for file in run.files), False


def end_of(run: Run, begin: datetime, zone: tzinfo) -> datetime:
    """When a run ended, as far as its file names tell; else when it began."""
    return max([begin, *_stamps((f"{file.stamp} {file.name}" for file in run.files), zone)])


def _stamps(texts: Iterable[str], zone: tzinfo) -> list[datetime]:
    return [time for text in texts for stamp in _STAMP.findall(text) if (time := _parse(stamp, zone))]


def _parse(stamp: str, zone: tzinfo) -> datetime | None:
    try:
        return datetime.strptime(stamp, "%Y%m%d_%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    except ValueError:  # digits, but no time
        return None


def _told(text: str, zone: tzinfo) -> list[datetime]:
    times = []
    for words, utc in _TOLD.findall(text):
        try:
            times.append(datetime.fromisoformat(words).replace(tzinfo=UTC if utc else zone).astimezone(UTC))
        except ValueError:
            continue
    return times
