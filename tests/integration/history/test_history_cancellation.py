"""A caller who is cancelled in the middle of a write, such as one whose client has left."""

from __future__ import annotations

import asyncio

from services.orchestrator.history import FileOrigin, History, NewFile


async def test_a_write_whose_caller_leaves_keeps_nobody_waiting_and_costs_no_connection(history: History, new_job) -> None:
    for turns in range(60):
        file = NewFile(name="a", media_type="image/png", size=1, sha256="aa" * 32, storage_key=f"k/{turns}", origin=FileOrigin.UPLOAD)
        leaving = [asyncio.create_task(history.files.add(file)), asyncio.create_task(history.jobs.create(new_job()))]
        for _ in range(turns % 20):
            await asyncio.sleep(0)
        await asyncio.sleep(turns * 1e-4)
        for task in leaving:
            task.cancel()
        async with asyncio.timeout(5):
            await history.audit.append(actor="other", action="waits", subject="nothing")
        await asyncio.gather(*leaving, return_exceptions=True)
    assert len(await history.audit.list()) == 60
