"""The last step of every workflow: its report for people, and the same as data."""

from __future__ import annotations

import json

from google.protobuf.json_format import MessageToDict

from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.orchestrator.reports import Report, render_html
from services.orchestrator.workflows.context import Context, Making
from services.orchestrator.workflows.texts import say


async def save_report(context: Context, report: Report, result: JobResult) -> str:
    """Save `report.html` (self-contained) and `report.json`; gives the HTML's artifact name."""
    making = Making(origins=[(figure.artifact.name, figure.artifact.sha256) for figure in report.figures])
    data = {
        "job": context.job,
        "kind": report.kind,
        "submitted": context.submitted.isoformat(),
        "result": MessageToDict(result),
        "artifacts": [MessageToDict(figure.artifact) for figure in report.figures],
    }
    await context.save(
        "report.json",
        json.dumps(data, ensure_ascii=False, indent=2).encode(),
        kind="data",
        title=say("title.data", context.language),
        media_type="application/json",
        making=making,
    )
    page = await render_html(report, result, job=context.job, submitted=context.submitted)
    saved = await context.save(
        "report.html",
        page,
        kind="report",
        title=say("title.report", context.language),
        media_type="text/html; charset=utf-8",
        making=making,
    )
    return saved.name
