"""One grid on its way: from the prompt to the picture."""

from __future__ import annotations

from collections.abc import Callable

from services.common.outside import OutsideDeclined, OutsideUnavailable
from services.common.picture import Picture
from services.diffusion.backends.midjourney.proxy import Proxy

_FAULTS = 5  # in a row; fewer are passed over: a proxy restarts now and then, and keeps its tasks


class Drawing:
    """A grid that Midjourney is asked for."""

    def __init__(self, prompt: str, picture: Picture | None) -> None:
        """Nothing is asked yet.

        Args:
            prompt: in Midjourney's prompt language.
            picture: to start from.
        """
        self.percent = 0
        self.grid: Picture | None = None  # once it is there
        self._prompt = prompt
        self._picture = picture
        self._task: str | None = None  # the proxy's id, once accepted
        self._faults = 0

    @property
    def accepted(self) -> bool:
        """Whether the proxy has taken it."""
        return self._task is not None

    def advance(self, proxy: Proxy, heartbeat: Callable[[], None]) -> None:
        """Take the next step: submit, or look how far it is and fetch it when it is done.

        When the proxy's queue is full the drawing stays unaccepted, to be tried again.

        Args:
            proxy: where it is made.
            heartbeat: called while something is downloaded; may raise to stop.

        Raises:
            OutsideDeclined: Midjourney did not draw it; says why.
            ServiceError: what the proxy's calls raise; errors that pass, when they come again and again.
        """
        try:
            if self._task is None:
                self._task = proxy.submit(self._prompt, self._picture)
            else:
                self._look(proxy, self._task, heartbeat)
            self._faults = 0
        except OutsideUnavailable:
            self._faults += 1
            if self._task is None or self._faults >= _FAULTS:
                raise

    def _look(self, proxy: Proxy, task: str, heartbeat: Callable[[], None]) -> None:
        progress = proxy.progress(task)
        if progress.state == "failed":
            raise OutsideDeclined(f"Midjourney did not draw this: {progress.reason}")
        self.percent = max(self.percent, progress.percent)
        if progress.state == "done":
            self.grid = proxy.fetch(progress.image_url, heartbeat)
            self.percent = 100
