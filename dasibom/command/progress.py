"""A job's progress, live: a bar with what is being done, steps and time on a terminal, else a line for each new thing."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from dasibom.client import TERMINAL_STATES
from dasibom.command.terminal import err, plain
from dasibom.language import say
from dasibom.orchestrator.v1.job_pb2 import JobEvent, JobProgress, JobState

_STATES = {
    "QUEUED": say("대기 중", "Waiting"),
    "RUNNING": say("시작했습니다", "Started"),
    "SUCCEEDED": say("완료", "Done"),
    "FAILED": say("실패", "Failed"),
    "CANCELLED": say("취소됨", "Cancelled"),
}


def state_name(state: JobState.ValueType) -> str:
    """A job's state in the user's language."""
    name = JobState.Name(state).removeprefix("JOB_STATE_")
    return say("실행 중", "Running") if name == "RUNNING" else _STATES.get(name, name)


class JobDisplay:
    """Shows the events of one job on standard error."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Make a display.

        Args:
            quiet: show nothing.
        """
        self._quiet = quiet
        self._lively = err.is_terminal and not quiet
        self._started = time.monotonic()
        self._last_line = ""
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TextColumn("{task.fields[steps]}", markup=False),
            TimeElapsedColumn(),
            console=err,
            disable=not self._lively,
            transient=True,
        )
        self._task = self._progress.add_task(_STATES["QUEUED"], total=1.0, steps="")

    def __enter__(self) -> Self:
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave the terminal as it was."""
        self._progress.stop()

    def show(self, event: JobEvent) -> None:
        """Show what happened."""
        match event.WhichOneof("event"):
            case "progress":
                self._show_progress(event.progress)
            case "state_change":
                text = _STATES.get(JobState.Name(event.state_change.state).removeprefix("JOB_STATE_"), "")
                self._progress.update(self._task, description=text)
                if event.state_change.state not in TERMINAL_STATES:
                    self._line(text)
            case "notice":
                self._note(plain(event.notice.message))
            case _:
                pass

    def _show_progress(self, progress: JobProgress) -> None:
        text = plain(progress.message or progress.step)
        if progress.queue_position:
            text += say(f" (앞에 {progress.queue_position}건)", f" ({progress.queue_position} ahead)")
        steps = f"{min(progress.step_number + 1, progress.step_count)}/{progress.step_count}" if progress.step_count else ""
        self._progress.update(self._task, description=text, completed=progress.fraction, steps=steps)
        self._line(f"[{steps}] {text}" if steps else text)

    def _note(self, text: str) -> None:
        if self._lively:
            self._progress.console.print(f"! {text}")
        self._line(f"! {text}")

    def _line(self, text: str) -> None:
        if self._quiet or self._lively or text == self._last_line:
            return
        self._last_line = text
        err.print(f"{time.monotonic() - self._started:6.1f}s  {text}")
