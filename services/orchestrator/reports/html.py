"""The report as one HTML page that needs nothing else: to read, to print on A4, to hand on."""

from __future__ import annotations

import asyncio
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.orchestrator.reports.embedding import embed
from services.orchestrator.reports.page import make_page
from services.orchestrator.reports.report import Report

_PAGES = Environment(
    loader=PackageLoader("services.orchestrator", "reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


async def render_html(report: Report, result: JobResult, *, job: str, submitted: datetime) -> bytes:
    """Render a report; the same input gives the same bytes.

    Args:
        report: kind, language and pictures.
        result: what the workflow found.
        job: the job's id.
        submitted: when the job was submitted, with a time zone.

    Returns:
        UTF-8.
    """
    page = make_page(report, result, await embed(report.figures), job=job, submitted=submitted)
    text = await asyncio.to_thread(_PAGES.get_template("report.html.j2").render, page=page, t=page.words)
    return text.encode()
