"""What a run shows while it fetches: bars on a terminal, else a line for each file's start, each tenth of it, and its end."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from dasibom.command.terminal import err, plain
from dasibom.language import say


def size_text(size: int) -> str:
    """A size in decimal units, as disks are sold and the hub writes it."""
    amount, units = float(size), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.1f} {units[0]}" if units[0] != "B" else f"{size} B"


class Display:
    """All files of one run, on standard error."""

    def __init__(self) -> None:
        """Make a display; it shows within its context."""
        self._lively = err.is_terminal
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=err, disable=not self._lively)

    def __enter__(self) -> Self:
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave the terminal as it was."""
        self._progress.stop()

    def of(self, label: str) -> FileDisplay:
        """The part for one file."""
        return FileDisplay(self._progress, self._progress.add_task(plain(label), total=None), plain(label), lively=self._lively)


class FileDisplay:
    """One file."""

    def __init__(self, progress: Progress, task: TaskID, label: str, *, lively: bool) -> None:
        """Belongs to a `Display`."""
        self._progress = progress
        self._task = task
        self._label = label
        self._lively = lively
        self._tenth = -1  # that was told last

    def move(self, done: int, total: int) -> None:
        """So many bytes are there, of so many (0 when unknown)."""
        self._progress.update(self._task, completed=done, total=total or None)
        if self._lively:
            return
        tenth = 10 * done // total if total else 0
        if self._tenth < 0:
            self._line(f"{say('받는 중', 'fetching')} {size_text(total) if total else say('(크기 모름)', '(size unknown)')}")
        elif tenth > self._tenth and done < total:
            self._line(f"{10 * tenth} %")
        self._tenth = max(tenth, self._tenth)

    def note(self, text: str) -> None:
        """Something to know."""
        self._line(plain(text))

    def end(self, text: str) -> None:
        """It is done, or it is not; the text says, and takes the place of the bar."""
        self._progress.remove_task(self._task)
        self._line(plain(text))

    def _line(self, text: str) -> None:
        self._progress.console.print(f"{self._label}: {text}")
