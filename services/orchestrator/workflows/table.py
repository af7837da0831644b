"""Which workflow a submitted request is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.orchestrator.workflows import analyze, case1, case2, case3, super_resolution
from services.orchestrator.workflows.context import Context


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """One kind of job."""

    kind: job_pb2.JobKind.ValueType
    request: type[Message]
    run: Callable[[Context, Any], Awaitable[JobResult]]


WORKFLOWS: dict[str, Workflow] = {
    workflow.request.DESCRIPTOR.full_name: workflow
    for workflow in (
        Workflow(kind=job_pb2.JOB_KIND_CASE1, request=pb.SubmitCase1Request, run=case1.run),
        Workflow(kind=job_pb2.JOB_KIND_CASE2, request=pb.SubmitCase2Request, run=case2.run),
        Workflow(kind=job_pb2.JOB_KIND_CASE3, request=pb.SubmitCase3Request, run=case3.run),
        Workflow(kind=job_pb2.JOB_KIND_SUPER_RESOLUTION, request=pb.SubmitSuperResolutionRequest, run=super_resolution.run),
        Workflow(kind=job_pb2.JOB_KIND_ANALYZE, request=pb.AnalyzeCaseRequest, run=analyze.run),
    )
}
"""By full name of the submit message."""


async def run_workflow(context: Context, request_type: str, request: bytes) -> JobResult:
    """Run the workflow of a stored submission."""
    workflow = WORKFLOWS[request_type]
    return await workflow.run(context, workflow.request.FromString(request))
