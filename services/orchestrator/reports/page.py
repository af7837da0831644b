"""What a report shows, case by case; templates only lay it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from dasibom.orchestrator.v1 import input_pb2
from dasibom.orchestrator.v1.result_pb2 import Case2Result, JobResult
from services.orchestrator.reports import tables
from services.orchestrator.reports.embedding import Picture
from services.orchestrator.reports.report import Report
from services.orchestrator.reports.sections import Gallery, Listing, Prose, Section, Shown, is_worth_showing
from services.orchestrator.reports.texts import Words
from services.orchestrator.reports.texts import words as words_in

_KOREA = timezone(timedelta(hours=9), "KST")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One report."""

    language: str
    words: Words
    kind: str
    job: str
    submitted: str
    submitted_at: datetime  # Korean standard time
    summary: str
    warnings: list[str]
    pictures: list[Picture]
    synthetic: list[str]  # artifact names of the pictures that models made
    version: str
    sections: list[Section]


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
    given = {item.artifact for item in report.inputs}
    sections: list[Section] = [
        *_CASES[report.kind](_Material(report=report, result=result, pictures=list(pictures), words=words)),
        tables.input_table(report.inputs, words),
        tables.provenance_table([item for item in report.artifacts if item.name not in given], report.models, words),
    ]
    return Page(
        language=report.language,
        words=words,
        kind=report.kind,
        job=job,
        submitted=time_text(submitted, report.language),
        submitted_at=korean_time(submitted),
        summary=result.summary,
        warnings=list(result.warnings),
        pictures=list(pictures),
        synthetic=[picture.name for picture in pictures if picture.synthetic],
        version=report.version,
        sections=[section for section in sections if is_worth_showing(section)],
    )


@dataclass(frozen=True, kw_only=True)
class _Material:
    """Everything that the sections of a case are made of."""

    report: Report
    result: JobResult
    pictures: list[Picture]
    words: Words

    def gallery(self, heading: str, size: str, wanted: Callable[[Picture], bool]) -> Gallery:
        """The pictures that are wanted."""
        return self.shown(heading, size, [Shown(picture=picture) for picture in self.pictures if wanted(picture)])

    def shown(self, heading: str, size: str, pictures: list[Shown], note: str = "") -> Gallery:
        """These pictures."""
        return Gallery(heading=self.words[heading], size=size, pictures=pictures, note=note)  # type: ignore[arg-type]

    def named(self, *names: str) -> list[Shown]:
        """Pictures by artifact name, those that there are."""
        by_name = {picture.name: picture for picture in self.pictures}
        return [Shown(picture=by_name[name]) for name in names if name in by_name]

    @property
    def prompt(self) -> Prose:
        """What the picture model was asked for."""
        asked = getattr(self.result, self.report.kind).prompt
        return Prose(heading=self.words["prompt"], note=self.words["prompt.note"], tone="quiet", paragraphs=[asked] if asked else [])


def _case1(of: _Material) -> list[Section]:
    case, words = of.result.case1, of.words
    variants = {item.image: item.variant for item in case.montages}
    montages = [
        Shown(picture=item, note=_unsaid(variants.get(item.name, ""), item.title)) for item in of.pictures if item.kind == "montage"
    ]
    refined = [name for item in case.montages for name in (item.face, item.refined_face) if name]
    frames = [name for item in case.frames for name in (item.original, item.enhanced) if name]
    with_copies = any(item.enhanced for item in case.frames)
    return [
        of.shown("pictures.montage", "large" if len(montages) == 1 else "tall", montages),
        tables.montage_table(case.montages, words),
        of.shown("pictures.refined", "small", of.named(*refined)),
        tables.given_table(of.report.given, words),
        tables.attribute_table(words["attributes"], case.attributes, words),
        of.shown("pictures.frames" if with_copies else "pictures.original", "medium", of.named(*frames), words["pictures.frames.note"]),
        tables.frame_table(case.frames, of.report.inputs, words),
        of.gallery("pictures.face", "small", lambda item: item.kind == "face" and not item.synthetic and item.name not in refined),
        of.prompt,
    ]


def _unsaid(note: str, title: str) -> str:
    """The note, unless the title says it already."""
    return "" if note in title else note


def _case2(of: _Material) -> list[Section]:
    case, words = of.result.case2, of.words
    aged = of.gallery("pictures.aged", "small", lambda item: item.kind == "face" and item.synthetic)
    return [
        of.gallery("pictures.comparison", "large", lambda item: item.kind == "comparison"),
        of.shown("pictures.final", "large", of.named(case.final)),
        Prose(heading=words["age"], paragraphs=[_age(case, words)] if case.age.age else []),
        Listing(heading=words["missing"], note=words["missing.note"], items=list(case.missing)),
        tables.given_table(of.report.given, words),
        tables.body_table(case.variants, words),
        aged,
        of.gallery("pictures.body", "tall", lambda item: item.kind in ("body", "composite") and item.name != case.final),
        of.gallery("pictures.reference", "small", lambda item: item.kind == "original"),
        tables.attribute_table(words["attributes.reference"], case.face, words),
        _likeness(words, case.similarity if case.HasField("similarity") else None, ""),
        of.prompt,
    ]


def _age(case: Case2Result, words: Words) -> str:
    basis = "age.now" if case.age.basis == input_pb2.AGE_BASIS_NOW else "age.then"
    text = words[basis].format(age=case.age.age)
    return f"{text} {words['age.progressed'].format(years=case.age.years_progressed)}" if case.age.years_progressed else text


def _case3(of: _Material) -> list[Section]:
    case, words = of.result.case3, of.words
    narrative = case.narrative
    written = f"{words['narrative.note']} {tables.model_line(narrative.model, words)}"
    return [
        Listing(heading=words["recommendations"], note=words["recommendations.note"], items=list(case.recommendations)),
        tables.comparison_table(case.comparisons, words),
        _likeness(words, case.similarity if case.HasField("similarity") else None, case.similarity_note),
        tables.clue_table(case.clues, words),
        of.gallery("pictures.original", "medium", lambda item: item.kind == "original"),
        of.gallery("pictures.face", "small", lambda item: item.kind == "face"),
        Prose(heading=words["narrative"], note=written, tone="ai", paragraphs=narrative.text.split("\n")),
        tables.given_table(of.report.given, words),
        tables.attribute_table(words["attributes"], case.attributes, words),
        tables.attribute_table(words["attributes.reference"], case.face, words),
    ]


def _likeness(words: Words, similarity: float | None, note: str) -> Prose:
    told = [] if similarity is None else [words["similarity.figure"].format(similarity=similarity), note]
    return Prose(heading=words["similarity"], note=words["similarity.note"], paragraphs=[line for line in told if line])


def _super_resolution(of: _Material) -> list[Section]:
    case, words = of.result.super_resolution, of.words
    comparisons = (case.comparison, case.face_comparison)
    other = [item.name for item in of.pictures if item.kind == "comparison" and item.name not in comparisons]
    return [
        of.shown("pictures.chosen", "large", of.named(case.final)),
        of.shown("pictures.comparison", "large", of.named(*comparisons, *other)),
        tables.enhancement_table(case.enhancements, case.final, case.choice_reason, words),
        of.shown("pictures.prepared", "medium", of.named(case.original, case.preprocessed)),
        of.gallery("pictures.face", "small", lambda item: item.kind == "face"),
        tables.attribute_table(words["attributes.quality"], case.quality, words),
    ]


_CASES: dict[str, Callable[[_Material], list[Section]]] = {
    "case1": _case1,
    "case2": _case2,
    "case3": _case3,
    "super_resolution": _super_resolution,
}


def korean_time(moment: datetime) -> datetime:
    """The same moment by Korean clocks."""
    return moment.astimezone(_KOREA)


def time_text(moment: datetime, language: str) -> str:
    """A moment for people: Korean standard time, or UTC in English."""
    if language == "en":
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    korean = korean_time(moment)
    return f"{korean.year}년 {korean.month}월 {korean.day}일 {korean:%H:%M:%S} (한국 표준시)"
