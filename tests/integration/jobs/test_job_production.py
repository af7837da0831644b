"""The same code on the production profile: PostgreSQL and S3."""

from __future__ import annotations

import asyncio

import pytest

from services.orchestrator.history import JobNotFound, JobState, Lease
from tests.integration.jobs.conftest import Orchestrator
from tests.integration.jobs.test_job_running import hang, state_of


async def test_a_job_runs_is_taken_over_and_is_erased_on_postgresql_and_s3(production_orchestrator: Orchestrator) -> None:
    orchestrator = production_orchestrator
    job = await orchestrator.submit()
    reached = asyncio.Event()

    async def hang_at_montage(rpc: str) -> None:
        if rpc == "Generate":
            reached.set()
            await hang(rpc)

    orchestrator.models.before = hang_at_montage
    dead = asyncio.create_task(orchestrator.runner("dead", lease_seconds=60.0, heartbeat_seconds=60.0).run(job.id))
    await asyncio.wait_for(reached.wait(), 20)
    finished = dict(orchestrator.models.calls)
    orchestrator.models.before = None
    await orchestrator.history.leases.heartbeat(Lease(job=job.id, owner="dead", fencing_token=1, recoveries=0), ttl=-1)
    await orchestrator.runner("heir").run(job.id)
    assert await state_of(orchestrator, job.id) is JobState.SUCCEEDED
    assert orchestrator.models.calls == {**finished, "Generate": 2}
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)
    artifacts = await orchestrator.history.artifacts.list(job.id)
    report = await orchestrator.history.files.get(next(artifact.file for artifact in artifacts if artifact.name == "report.html"))
    assert (await orchestrator.storage.read(report.storage_key)).startswith(b"<!")
    await orchestrator.eraser.delete_job(job.id, actor="tester")
    with pytest.raises(JobNotFound):
        await orchestrator.history.jobs.get(job.id)
    assert [key async for key in orchestrator.storage.list("")] == []
