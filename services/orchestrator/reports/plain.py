"""The report as plain text: the layout that investigators know, then what must be known about the report itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dasibom import layouts
from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.orchestrator.reports.page import korean_time, time_text
from services.orchestrator.reports.report import Report
from services.orchestrator.reports.tables import model_line
from services.orchestrator.reports.texts import words as words_in


def render_text(report: Report, result: JobResult, *, job: str, submitted: datetime) -> str:
    """Write a report out; the same input gives the same text.

    Args:
        report: what was collected while the workflow ran.
        result: what it found.
        job: the job's id.
        submitted: when the job was submitted, with a time zone.
    """
    body = _LAYOUTS[report.kind](report, result, submitted)
    return f"{body.rstrip()}\n\n{_about(report, result, job, submitted)}\n"


def _case1(report: Report, result: JobResult, submitted: datetime) -> str:
    return layouts.frame_analysis(result, model=_looked(report), language=report.language)


def _case2(report: Report, result: JobResult, submitted: datetime) -> str:
    face = layouts.face_analysis(result, language=report.language)
    photo = next((item.name for item in report.inputs), "–")
    return f"{face}\n\n{layouts.body_summary(result, given=dict(report.given), face=photo, language=report.language)}"


def _case3(report: Report, result: JobResult, submitted: datetime) -> str:
    return layouts.investigation_report(result, model=_looked(report), when=korean_time(submitted), language=report.language)


def _super_resolution(report: Report, result: JobResult, submitted: datetime) -> str:
    return layouts.quality_analysis(result, language=report.language)


_LAYOUTS: dict[str, Callable[[Report, JobResult, datetime], str]] = {
    "case1": _case1,
    "case2": _case2,
    "case3": _case3,
    "super_resolution": _super_resolution,
}


def _looked(report: Report) -> str:
    """The models that described the pictures, or all that had a part where none did."""
    named = [use.model for use in report.models if use.service == "vqa"] or [use.model for use in report.models]
    return ", ".join(dict.fromkeys(named))


def _about(report: Report, result: JobResult, job: str, submitted: datetime) -> str:
    words = words_in(report.language)
    synthetic = [item for item in report.artifacts if item.synthetic]
    lines = [
        f"=== {words['about']} ===",
        "",
        f"※ {words['caution']}",
        words["caution.text"],
        words["caution.originals"],
        words["caution.private"],
        "",
        f"{words['job']}: {job}",
        f"{words['submitted']}: {time_text(submitted, report.language)}",
        f"{words['about.version']}: {words['system']} {report.version}",
    ]
    blocks = {
        words["summary"]: [result.summary] if result.summary else [],
        words["warnings"]: list(result.warnings),
        words["about.synthetic"]: [
            f"{item.name}: {item.title}" + (f" ({words['seed']} {item.provenance.seed})" if item.provenance.HasField("seed") else "")
            for item in synthetic
        ],
        words["about.models"]: [model_line(model, words) for model in report.all_models],
        words["about.inputs"]: [f"{item.title}: {item.name} (SHA-256 {item.sha256})" for item in report.inputs],
    }
    for title, items in blocks.items():
        if items:
            lines += ["", f"[{title}]", *(f"- {item}" for item in items)]
    return "\n".join(lines)
