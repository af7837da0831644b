"""The monitor carries progress out of a worker thread and the caller's end into it."""

import asyncio
import threading

import numpy as np
import pytest

from services.common.backend import Cancelled
from services.common.monitor import Progress, ThreadMonitor


async def follow(monitor: ThreadMonitor, work: asyncio.Future[object]) -> list[Progress]:
    return [progress async for progress in monitor.updates(until=work)]


async def test_the_last_progress_arrives_before_the_updates_end() -> None:
    monitor = ThreadMonitor()

    def work() -> None:
        for step in range(1, 6):
            monitor.report("denoise", step, 5)

    seen = await follow(monitor, asyncio.ensure_future(asyncio.to_thread(work)))
    assert seen[-1] == Progress(stage="denoise", step=5, total=5)
    assert [progress.step for progress in seen] == sorted({progress.step for progress in seen})


async def test_a_reader_that_is_slow_gets_the_latest_only_and_no_backlog() -> None:
    monitor = ThreadMonitor()
    work = asyncio.get_running_loop().create_future()
    updates = monitor.updates(until=work)
    await asyncio.to_thread(lambda: [monitor.report("tile", step, 10_000) for step in range(10_000)])
    assert (await anext(updates)).step == 9_999
    work.set_result(None)
    assert [progress async for progress in updates] == []


async def test_the_last_progress_is_not_lost_on_a_reader_who_is_away_when_the_work_ends() -> None:
    monitor = ThreadMonitor()
    work = asyncio.get_running_loop().create_future()
    updates = monitor.updates(until=work)
    monitor.report("denoise", 1, 2)
    assert (await anext(updates)).step == 1
    monitor.report("denoise", 2, 2)
    work.set_result(None)
    await asyncio.sleep(0)
    assert [progress.step async for progress in updates] == [2]


async def test_a_preview_survives_the_plain_steps_that_follow_it_unread() -> None:
    monitor = ThreadMonitor()
    work = asyncio.get_running_loop().create_future()
    updates = monitor.updates(until=work)
    preview = np.zeros((4, 4, 3), np.uint8)
    monitor.report("denoise", 1, 3, preview)
    monitor.report("denoise", 2, 3)
    progress = await anext(updates)
    assert progress.step == 2
    assert progress.preview is preview
    monitor.report("denoise", 3, 3)
    assert (await anext(updates)).preview is None
    monitor.report("denoise", 3, 3, preview)
    monitor.report("encode", 0, 1)
    assert (await anext(updates)).preview is None, "a preview of another stage"


async def test_queue_positions_are_progress_too() -> None:
    monitor = ThreadMonitor()
    updates = monitor.updates(until=asyncio.get_running_loop().create_future())
    monitor.queued(7)
    assert await anext(updates) == Progress(stage="queued", queue_position=7)


async def test_work_stops_at_the_next_report_once_the_caller_has_left() -> None:
    monitor = ThreadMonitor()
    monitor.report("detect", 0, 1)
    monitor.cancel()
    with pytest.raises(Cancelled, match="the caller has left"):
        await asyncio.to_thread(monitor.report, "detect", 1, 1)


async def test_work_stops_at_the_next_report_once_the_deadline_has_passed() -> None:
    assert ThreadMonitor().remaining is None
    assert 0 < (ThreadMonitor(timeout=60).remaining or 0) <= 60
    monitor = ThreadMonitor(timeout=0)
    assert monitor.expired
    with pytest.raises(Cancelled, match="the deadline has passed"):
        monitor.report("detect", 1, 1)


async def test_work_in_a_batch_stops_only_when_everybody_has_left() -> None:
    monitors = [ThreadMonitor() for _ in range(3)]
    for monitor in monitors:
        monitor.share(monitors)
    for monitor in monitors[:2]:
        monitor.cancel()
        for other in monitors:
            other.report("denoise", 1, 2)
    monitors[2].cancel()
    for monitor in monitors:
        with pytest.raises(Cancelled):
            monitor.report("denoise", 2, 2)


def test_work_that_outlives_the_event_loop_stops_at_its_next_report() -> None:
    monitors: list[ThreadMonitor] = []

    async def serve() -> None:
        monitors.append(ThreadMonitor())

    asyncio.run(serve())
    failures: list[BaseException] = []

    def work() -> None:
        try:
            monitors[0].report("denoise", 1, 2)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [type(failure) for failure in failures] == [Cancelled]
