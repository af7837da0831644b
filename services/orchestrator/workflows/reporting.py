"""The last step of every workflow: its report for people, and the same as data."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable

from google.protobuf.json_format import MessageToDict

from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.orchestrator.reports import Page, PdfFailed, Report, embed, make_page, render_html, render_pdf, render_text
from services.orchestrator.workflows.context import Context, Making
from services.orchestrator.workflows.texts import say

HTML, TEXT, PDF, DATA = "report.html", "report.txt", "report.pdf", "report.json"

_log = logging.getLogger(__name__)


async def save_report(context: Context, report: Report, result: JobResult, warn: Callable[[str], Awaitable[None]]) -> None:
    """Save the report as a page, as plain text, as PDF and as data.

    Args:
        context: the world.
        report: what was collected while the workflow ran.
        result: what it found; names the report already.
        warn: notes in the result what it has to do without, by the key of a text.
    """
    pictures = await embed(report.figures)

    def page() -> Page:
        return make_page(report, result, pictures, job=context.job, submitted=context.submitted)

    try:
        typeset: bytes | None = await render_pdf(page())
    except PdfFailed:
        _log.exception("the PDF of a report could not be made")
        typeset = None
        await warn("no_pdf")
    text = render_text(report, result, job=context.job, submitted=context.submitted)
    await _save(context, report, HTML, await render_html(page()), "title.report", "text/html; charset=utf-8")
    await _save(context, report, TEXT, text.encode(), "title.report_text", "text/plain; charset=utf-8")
    if typeset is not None:
        await _save(context, report, PDF, typeset, "title.report_pdf", "application/pdf")
    data = json.dumps(_everything(context, report, result), ensure_ascii=False, indent=2)
    await _save(context, report, DATA, data.encode(), "title.data", "application/json", kind="data")


async def _save(context: Context, report: Report, name: str, data: bytes, title: str, media_type: str, *, kind: str = "report") -> None:
    making = Making(origins=[(artifact.name, artifact.sha256) for artifact in report.artifacts])
    await context.save(name, data, kind=kind, title=say(title, context.language), media_type=media_type, making=making)


def _everything(context: Context, report: Report, result: JobResult) -> dict[str, object]:
    """All that the report tells, and what it rests on."""
    return {
        "job": context.job,
        "kind": report.kind,
        "language": report.language,
        "submitted": context.submitted.isoformat(),
        "seed": context.seed,
        "softwareVersion": report.version,
        "caution": say("caution", context.language),
        "summary": result.summary,
        "warnings": list(result.warnings),
        "given": [{"label": label, "text": text} for label, text in report.given],
        "inputs": [
            {
                "artifact": item.artifact,
                "title": item.title,
                "name": item.name,
                "sha256": item.sha256,
                "width": item.width,
                "height": item.height,
            }
            for item in report.inputs
        ],
        "models": [MessageToDict(model) for model in report.all_models],
        "result": MessageToDict(result),
        "artifacts": [MessageToDict(artifact) for artifact in report.artifacts],
    }
