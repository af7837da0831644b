"""A caller who leaves in the middle of the work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from services.common.backend import Cancelled, Monitor


class Staying:
    """A caller who waits to the end."""

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        """See `Monitor`."""


class Leaving:
    """A caller who leaves when `left` is set."""

    def __init__(self) -> None:
        self.begun = threading.Event()  # the work has told of itself
        self.left = threading.Event()

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        """See `Monitor`."""
        self.begun.set()
        if self.left.is_set():
            raise Cancelled


def seconds_to_stop(work: Callable[[Monitor], None], usual_seconds: float, settle: Callable[[], None]) -> float | None:
    """Begin some work, leave in its middle, and see how long it goes on.

    Args:
        work: blocks, and reports to the monitor.
        usual_seconds: that it takes when nobody leaves.
        settle: waits until the device has done all that it was given.

    Returns:
        Seconds; None when it had ended by itself.
    """
    caller = Leaving()
    stopped: list[bool | BaseException] = []

    def begin() -> None:
        try:
            work(caller)
            stopped.append(False)
        except Cancelled:
            stopped.append(True)
        except BaseException as error:
            stopped.append(error)

    thread = threading.Thread(target=begin)
    thread.start()
    caller.begun.wait(10 * usual_seconds + 60)
    time.sleep(usual_seconds / 3)
    left = time.perf_counter()
    caller.left.set()
    thread.join()
    settle()
    seconds = time.perf_counter() - left
    if isinstance(stopped[0], BaseException):
        raise stopped[0]
    return seconds if stopped[0] else None
