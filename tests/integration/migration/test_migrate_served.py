"""Migrated jobs as callers of the API see them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub
from tests.integration.jobs.conftest import Orchestrator
from tests.integration.jobs.conftest import orchestrator as orchestrator  # noqa: PLC0414 - a fixture
from tests.integration.jobs.conftest import redis_url as redis_url  # noqa: PLC0414 - a fixture
from tests.integration.jobs.test_job_api import serve
from tests.integration.migration.conftest import Target
from tests.integration.migration.former_results import demo_tree, enhanced_case1, tree


@pytest.fixture
async def served(orchestrator: Orchestrator, tmp_path: Path) -> AsyncIterator[tuple[Target, Any]]:
    """Where to migrate to, and a stub to the API over it."""
    host = await serve(orchestrator)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{host.port}") as channel:
        yield Target(folder=tmp_path, history=orchestrator.history, storage=orchestrator.storage), OrchestratorServiceStub(channel)
    await host.stop()


async def test_a_migrated_job_is_listed_read_watched_downloaded_and_deleted(served: tuple[Target, Any], tmp_path: Path) -> None:
    target, api = served
    source = tree(tmp_path / "outputs_20250923_101112" / "case1_montage", enhanced_case1())
    await target.run(source)
    listed = await api.ListJobs(pb.ListJobsRequest(page_size=10, label="legacy_script=bedrock_enhanced_case1"))
    (found,) = listed.jobs
    job = await api.GetJob(pb.GetJobRequest(job=found.id))
    assert (job.state, job.kind, job.display_name) == (job_pb2.JOB_STATE_SUCCEEDED, job_pb2.JOB_KIND_CASE1, "case1_montage")
    assert job.result.case1.montages[0].image == "03_nova_montage.png"
    files = {artifact.name: artifact for artifact in job.artifacts}
    text = files["02_claude_analysis.txt"]
    parts = [part async for part in api.Download(pb.DownloadRequest(file=text.file))]
    assert b"".join(part.data for part in parts) == (source / "02_claude_analysis.txt").read_bytes()
    assert parts[0].content_type == "text/plain; charset=utf-8"
    events = [answer.event async for answer in api.WatchJob(pb.WatchJobRequest(job=job.id))]
    assert [event.state_change.state for event in events] == [job_pb2.JOB_STATE_SUCCEEDED]
    published = await api.PublishJob(pb.PublishJobRequest(job=job.id, case_id="1024"))
    assert published.url.startswith("https://")
    await api.DeleteJob(pb.DeleteJobRequest(job=job.id))
    assert list((tmp_path / "files" / "jobs").rglob("fl_*")) == []


async def test_a_failed_one_tells_why_and_cannot_be_retried(served: tuple[Target, Any], tmp_path: Path) -> None:
    target, api = served
    tree(tmp_path / "old", demo_tree())
    await target.run(tmp_path / "old" / "test_results" / "case1")
    (found,) = (await api.ListJobs(pb.ListJobsRequest(page_size=10, states=[job_pb2.JOB_STATE_FAILED]))).jobs
    job = await api.GetJob(pb.GetJobRequest(job=found.id))
    assert "분석이 모두 실패" in job.error.message
    with pytest.raises(grpc.aio.AioRpcError, match="imported"):
        await api.RetryJob(pb.RetryJobRequest(job=job.id))
    assert len((await api.GetJob(pb.GetJobRequest(job=job.id))).artifacts) == 2
