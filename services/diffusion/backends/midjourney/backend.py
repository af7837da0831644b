"""The backend: a grid of four pictures a request to the proxy, looked after until it is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from services.common.backend import ModelSpec, Unsupported
from services.common.errors import DeadlineExceeded
from services.common.outside import OutsideBusy, OutsideForbidden, demand_permission
from services.diffusion.backend import GeneratedImage, GenerateTask
from services.diffusion.backends.midjourney.drawing import Drawing
from services.diffusion.backends.midjourney.grid import CELLS, fit, split
from services.diffusion.backends.midjourney.prompt import imagine_prompt
from services.diffusion.backends.midjourney.proxy import Proxy

FACES = "DASIBOM_MIDJOURNEY_FACES"

_BACKOFF = 1.5  # each wait over the one before
_HEARTBEAT_SECONDS = 0.5  # how late a caller's leaving is noticed at most, calls to the proxy aside
_QUEUE_SECONDS = 30.0  # until another try makes sense when the queue is full
_SEEDS = 2**32


class MidjourneyBackend:
    """Has Midjourney draw. Implements `services.diffusion.backend.DiffusionBackend`, but for one promise that it cannot keep.

    The seed is passed on, yet Midjourney does not draw the same again from the same seed. A request's steps and guidance scale mean
    nothing there. A caller who leaves stops the waiting; what has been submitted is drawn all the same.

    Defaults that its manifest entry may set: `poll_seconds` (first wait between two looks, 1) and `max_poll_seconds` (longest, 10),
    `timeout_seconds` (most for a request, 600), `parameters` (put at the end of every prompt, such as `--v 7`).
    """

    device = "external"

    def __init__(self, spec: ModelSpec, url: str, secret: str, *, allowed: bool, faces_allowed: bool) -> None:
        """Make the backend; nothing is sent yet.

        Args:
            spec: the manifest's entry.
            url: the proxy's address.
            secret: its `mj-api-secret`; empty where it has none.
            allowed: whether requests may leave the cluster.
            faces_allowed: whether pictures may leave too. Nothing here can tell whether a picture shows a real face, so all count.
        """
        self.spec = spec
        self._url = url
        self._secret = secret
        self._allowed = allowed
        self._faces_allowed = faces_allowed
        self._first_wait = float(spec.defaults.get("poll_seconds", 1.0))
        self._longest_wait = float(spec.defaults.get("max_poll_seconds", 10.0))
        self._timeout = float(spec.defaults.get("timeout_seconds", 600.0))
        self._parameters = str(spec.defaults.get("parameters", ""))
        self._proxy: Proxy | None = None

    def load(self) -> None:
        """See that the proxy is there and takes the secret.

        Raises:
            OutsideForbidden: requests may not leave the cluster.
            OutsideUnusable: a setting is missing or wrong; the message names it.
            OutsideUnavailable: the proxy does not answer.
        """
        demand_permission(self._allowed, what="descriptions of people")
        proxy = Proxy(self._url, self._secret)
        try:
            proxy.check()
        except BaseException:
            proxy.close()
            raise
        self._proxy = proxy

    def unload(self) -> None:
        """Close the connections."""
        if self._proxy is not None:
            self._proxy.close()
            self._proxy = None

    def generate(self, tasks: Sequence[GenerateTask]) -> list[list[GeneratedImage]]:
        """Have every picture of every task drawn; see `DiffusionBackend.generate`, and this class for what differs.

        Pictures come in the size asked for: scaled from Midjourney's own and cut at the edges.

        Raises:
            Cancelled: the callers have left, or their deadline has passed.
            Unsupported: a task has a mask.
            OutsideForbidden: a task has a picture, and pictures may not be sent there.
            InvalidRequest: Midjourney bans words of a prompt.
            OutsideBusy: the proxy's queue is full.
            OutsideDeclined: Midjourney did not draw it; says why.
            OutsideUnavailable: the proxy does not answer.
            DeadlineExceeded: it took longer than the manifest allows.
        """
        if self._proxy is None:
            raise RuntimeError("the midjourney backend was asked before it was loaded")
        for task in tasks:
            self._check(task)
        drawings = [self._drawings(task) for task in tasks]
        self._draw(self._proxy, [each for drawn in drawings for each in drawn], lambda: _report(tasks, drawings))
        return [_images(task, drawn) for task, drawn in zip(tasks, drawings, strict=True)]

    def _check(self, task: GenerateTask) -> None:
        if task.mask is not None:
            raise Unsupported("midjourney cannot fill a mask: the proxy protocol has no in-painting; use sdxl or flux")
        if task.init_image is not None and not self._faces_allowed:
            raise OutsideForbidden(
                "midjourney gets no pictures, for they may show a real face; to allow that, set "
                f"{FACES}=true. Words alone are drawn; sdxl and flux start from pictures without sending them anywhere"
            )

    def _drawings(self, task: GenerateTask) -> list[Drawing]:
        seeds = range(task.seed, task.seed + task.num_images, CELLS)
        return [Drawing(imagine_prompt(task, seed % _SEEDS, self._parameters), task.init_image) for seed in seeds]

    def _draw(self, proxy: Proxy, drawings: Sequence[Drawing], heartbeat: Callable[[], None]) -> None:
        """Look after all drawings until each has its grid."""
        give_up_at = time.monotonic() + self._timeout
        wait = self._first_wait
        while True:
            for each in drawings:
                heartbeat()
                if each.grid is None:
                    each.advance(proxy, heartbeat)
            if all(each.grid is not None for each in drawings):
                break
            if not any(each.accepted for each in drawings):
                raise OutsideBusy("Midjourney's queue is full; try again later", retry_after=_QUEUE_SECONDS)
            if time.monotonic() + wait > give_up_at:
                raise DeadlineExceeded(f"Midjourney did not finish within {self._timeout:g} seconds")
            _sleep(wait, heartbeat)
            wait = min(wait * _BACKOFF, self._longest_wait)
        heartbeat()


def _sleep(seconds: float, heartbeat: Callable[[], None]) -> None:
    wake_at = time.monotonic() + seconds
    while (left := wake_at - time.monotonic()) > 0:
        heartbeat()
        time.sleep(min(left, _HEARTBEAT_SECONDS))


def _report(tasks: Sequence[GenerateTask], drawings: Sequence[Sequence[Drawing]]) -> None:
    """Tell every caller how far its grids are, in percent of each."""
    for task, drawn in zip(tasks, drawings, strict=True):
        task.monitor.report("imagine", sum(each.percent for each in drawn), 100 * len(drawn))


def _images(task: GenerateTask, drawings: Sequence[Drawing]) -> list[GeneratedImage]:
    cells = [cell for each in drawings if each.grid is not None for cell in split(each.grid.pixels)]
    return [
        GeneratedImage(pixels=fit(cell, task.width, task.height), seed=(task.seed + index) % _SEEDS)
        for index, cell in enumerate(cells[: task.num_images])
    ]
