"""What the page of a report shows, case by case; the template only lays it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from dasibom.orchestrator.v1.result_pb2 import Enhancement, JobResult
from services.orchestrator.reports.embedding import Picture
from services.orchestrator.reports.report import Report
from services.orchestrator.reports.rows import (
    AttributeTable,
    ComparisonRow,
    ProvenanceRow,
    attribute_table,
    comparison_rows,
    model_line,
    provenance_row,
)
from services.orchestrator.reports.texts import words as words_in

_KOREA = timezone(timedelta(hours=9), "KST")


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Pictures under one heading."""

    heading: str
    pictures: list[Picture]
    size: str  # `large`, `medium` or `small`


@dataclass(kw_only=True)
class Page:
    """One report."""

    language: str
    words: Mapping[str, str]
    kind: str
    job: str
    submitted: str
    summary: str
    warnings: list[str]
    synthetic: list[Picture]  # the pictures that models made
    version: str
    given: list[tuple[str, str]]
    models: list[str]  # that looked at pictures, one line each
    lead: list[Gallery] = field(default_factory=list)  # what was made, shown first
    material: list[Gallery] = field(default_factory=list)  # what it was made from
    tables: list[AttributeTable] = field(default_factory=list)
    comparisons: list[ComparisonRow] = field(default_factory=list)
    recommendations: list[str] = field(default_factory=list)
    enhancements: list[Enhancement] = field(default_factory=list)
    chosen: str = ""  # artifact name of the chosen enhancement
    choice_reason: str = ""
    similarity: float | None = None
    prompt: str = ""
    provenance: list[ProvenanceRow] = field(default_factory=list)


def make_page(report: Report, result: JobResult, pictures: Sequence[Picture], *, job: str, submitted: datetime) -> Page:
    """Lay a result out for its case.

    Args:
        report: what was collected while the workflow ran.
        result: what it found.
        pictures: the report's figures, embedded.
        job: the job's id.
        submitted: when the job was submitted, with a time zone.
    """
    words = words_in(report.language)
    page = Page(
        language=report.language,
        words=words,
        kind=report.kind,
        job=job,
        submitted=_time(submitted, report.language),
        summary=result.summary,
        warnings=list(result.warnings),
        synthetic=[picture for picture in pictures if picture.synthetic],
        version=next((figure.artifact.provenance.software_version for figure in report.figures), ""),
        given=report.given,
        models=[model_line(use) for use in report.models],
        provenance=[provenance_row(figure.artifact, words, left_out=("prompt",)) for figure in report.figures],
    )
    _FILL[report.kind](page, result, pictures)
    page.lead = [gallery for gallery in page.lead if gallery.pictures]
    page.material = [gallery for gallery in page.material if gallery.pictures]
    return page


def _case1(page: Page, result: JobResult, pictures: Sequence[Picture]) -> None:
    case = result.case1
    page.lead = [_gallery(page, "montage", pictures, "large" if len(case.montages) == 1 else "medium")]
    page.material = [
        _gallery(page, kind, pictures, size) for kind, size in (("original", "medium"), ("face", "small"), ("enhanced", "medium"))
    ]
    page.tables = [attribute_table(page.words["attributes"], case.attributes, page.words)]
    page.prompt = case.prompt


def _case2(page: Page, result: JobResult, pictures: Sequence[Picture]) -> None:
    case = result.case2
    final = [picture for picture in pictures if picture.name == case.final]
    others = [picture for picture in pictures if picture.kind in ("body", "composite") and picture.name != case.final]
    page.lead = [
        _gallery(page, "comparison", pictures, "large"),
        Gallery(heading=page.words["pictures.final"], pictures=final, size="large"),
    ]
    page.material = [
        _gallery(page, "original", pictures, "small"),
        Gallery(heading=page.words["pictures.body"], pictures=others, size="small"),
    ]
    page.tables = [attribute_table(page.words["attributes.reference"], case.face, page.words)]
    page.prompt = case.prompt
    page.similarity = case.similarity if case.HasField("similarity") else None


def _case3(page: Page, result: JobResult, pictures: Sequence[Picture]) -> None:
    case = result.case3
    page.lead = [_gallery(page, "original", pictures, "medium"), _gallery(page, "face", pictures, "small")]
    page.tables = [attribute_table(page.words["attributes"], case.attributes, page.words)]
    if case.face:
        page.tables.append(attribute_table(page.words["attributes.reference"], case.face, page.words))
    page.comparisons = comparison_rows(case.comparisons, page.words)
    page.recommendations = list(case.recommendations)
    page.similarity = case.similarity if case.HasField("similarity") else None


def _super_resolution(page: Page, result: JobResult, pictures: Sequence[Picture]) -> None:
    case = result.super_resolution
    final = [picture for picture in pictures if picture.name == case.final]
    page.lead = [
        Gallery(heading=page.words["pictures.chosen"], pictures=final, size="large"),
        _gallery(page, "comparison", pictures, "large"),
    ]
    page.material = [_gallery(page, "original", pictures, "medium")]
    page.tables = [attribute_table(page.words["attributes.quality"], case.quality, page.words)]
    page.enhancements = list(case.enhancements)
    page.chosen = case.final
    page.choice_reason = case.choice_reason


_FILL = {"case1": _case1, "case2": _case2, "case3": _case3, "super_resolution": _super_resolution}


def _gallery(page: Page, kind: str, pictures: Sequence[Picture], size: str) -> Gallery:
    return Gallery(heading=page.words[f"pictures.{kind}"], pictures=[item for item in pictures if item.kind == kind], size=size)


def _time(moment: datetime, language: str) -> str:
    if language == "en":
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    korean = moment.astimezone(_KOREA)
    return f"{korean.year}년 {korean.month}월 {korean.day}일 {korean:%H:%M:%S} (한국 표준시)"
