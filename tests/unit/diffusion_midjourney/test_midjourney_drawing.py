"""Pictures come out of grids, with progress, in patience, and for as long as somebody waits."""

from __future__ import annotations

import base64
import time
from dataclasses import replace

import numpy as np
import pytest

from services.common import imaging
from services.common.backend import Cancelled
from services.common.errors import DeadlineExceeded
from services.diffusion.backends.midjourney.backend import MidjourneyBackend
from tests.outside.midjourney_proxy import CELL_COLORS, SECRET, MidjourneyProxy, status
from tests.unit.diffusion_midjourney.conftest import PHOTO, SPEC, Watcher, backend_of, task


def colors_of(images: list) -> list[tuple[int, ...]]:
    """The middle pixel of each picture."""
    return [tuple(int(value) for value in image.pixels[image.pixels.shape[0] // 2, image.pixels.shape[1] // 2]) for image in images]


def test_a_grid_gives_up_to_four_pictures(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    (images,) = backend.generate([task(num_images=3, seed=5)])
    assert colors_of(images) == list(CELL_COLORS[:3])
    assert [image.seed for image in images] == [5, 6, 7]
    assert {image.pixels.shape for image in images} == {(128, 96, 3)}
    (body,) = proxy.submitted
    assert body.keys() == {"prompt"}
    assert "검은 단발머리 --ar 3:4 --seed 5" in body["prompt"]


def test_more_pictures_take_more_grids_with_seeds_of_their_own(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    (images,) = backend.generate([task(num_images=6, seed=2**32 - 2)])
    assert colors_of(images) == [*CELL_COLORS, *CELL_COLORS[:2]]
    assert [image.seed for image in images] == [2**32 - 2, 2**32 - 1, 0, 1, 2, 3]
    assert [body["prompt"].rpartition("--seed ")[2] for body in proxy.submitted] == [str(2**32 - 2), "2"]


def test_requests_of_a_batch_are_drawn_side_by_side(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    results = backend.generate([task("하나"), task("둘", num_images=2)])
    assert [len(images) for images in results] == [1, 2]
    first, second = proxy.looks["1"], proxy.looks["2"]
    assert second[0] < first[-1]


def test_pictures_come_in_the_size_asked_for(backend: MidjourneyBackend) -> None:
    (images,) = backend.generate([task(width=200, height=100)])
    assert images[0].pixels.shape == (100, 200, 3)


def test_progress_is_the_proxys_own(backend: MidjourneyBackend) -> None:
    monitor = Watcher()
    backend.generate([task(monitor=monitor)])
    assert [("imagine", step, 100) for step in (0, 37, 93, 100)] == sorted(set(monitor.steps))
    assert monitor.steps == sorted(monitor.steps)


def test_looks_become_rarer_up_to_a_bound(proxy: MidjourneyProxy) -> None:
    proxy.behavior.steps = [status("IN_PROGRESS", "1%")] * 9 + proxy.behavior.steps[-1:]
    backend = backend_of(proxy, replace(SPEC, defaults={"poll_seconds": 0.02, "max_poll_seconds": 0.1}))
    backend.load()
    backend.generate([task()])
    waits = [0.03, 0.045, 0.0675, *[0.1] * 6]
    assert all(np.diff(proxy.looks["1"]) >= np.array(waits) - 0.005)
    backend.unload()


def test_a_picture_to_start_from_is_sent_small_when_pictures_may_leave(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    backend.generate([task(init_image=PHOTO, strength=0.5)])
    (body,) = proxy.submitted
    (url,) = body["base64Array"]
    head, _, data = url.partition(",")
    assert head == "data:image/jpeg;base64"
    sent = imaging.decode(base64.b64decode(data))
    assert (sent.width, sent.height) == (512, 1024)
    assert "--iw 1" in body["prompt"]


def test_a_caller_who_leaves_is_let_go_while_midjourney_draws(proxy: MidjourneyProxy) -> None:
    proxy.behavior.steps = [status("IN_PROGRESS", "10%")]
    backend = backend_of(proxy, replace(SPEC, defaults={"poll_seconds": 120.0}))
    backend.load()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        backend.generate([task(monitor=Watcher(leave_after=2))])
    assert time.monotonic() - started < 60
    backend.unload()


def test_a_drawing_that_takes_too_long_is_given_up(proxy: MidjourneyProxy) -> None:
    proxy.behavior.steps = [status("IN_PROGRESS", "10%")]
    backend = backend_of(proxy, replace(SPEC, defaults={**SPEC.defaults, "timeout_seconds": 0.2}))
    backend.load()
    with pytest.raises(DeadlineExceeded, match=r"within 0\.2 seconds"):
        backend.generate([task()])
    backend.unload()


@pytest.mark.parametrize("code", [1, 21, 22])
@pytest.mark.parametrize("result", ["7", 7])
def test_a_task_that_is_queued_or_there_already_is_waited_for(
    proxy: MidjourneyProxy, backend: MidjourneyBackend, code: int, result: object
) -> None:
    proxy.behavior.submits = [{"code": code, "description": "", "result": result}]
    (images,) = backend.generate([task()])
    assert len(images) == 1
    assert list(proxy.looks) == ["7"]


def test_a_full_queue_is_waited_for_while_own_drawings_are_in_it(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    full = {"code": 23, "description": "queue full"}
    proxy.behavior.submits = [{"code": 1, "result": None}, full, full]
    (images,) = backend.generate([task(num_images=8)])
    assert len(images) == 8
    assert len(proxy.submitted) == 4


def test_faults_that_pass_are_passed_over(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    proxy.behavior.steps = [502, "", status("SUBMITTED"), 500, *proxy.behavior.steps[-1:]]
    proxy.behavior.cut = True
    (images,) = backend.generate([task()])
    assert colors_of(images) == list(CELL_COLORS[:1])


def test_the_secret_goes_to_the_proxy_and_not_along_with_the_download(proxy: MidjourneyProxy) -> None:
    proxy.behavior.secret = SECRET
    backend = backend_of(proxy, midjourney_secret=SECRET)
    backend.load()
    backend.generate([task()])
    backend.unload()
    assert SECRET not in str(proxy.picture_headers)
    assert len(proxy.picture_headers) == 1
