"""The files that every case ends with: a page, plain text, PDF and data, all of the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
import typst
from workflow_world import StatedModels, World, picture

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1.file_pb2 import Artifact, Origin, Provenance
from dasibom.orchestrator.v1.input_pb2 import PersonInfo
from dasibom.orchestrator.v1.orchestrator_service_pb2 import (
    SubmitCase1Request,
    SubmitCase2Request,
    SubmitCase3Request,
    SubmitSuperResolutionRequest,
)
from dasibom.orchestrator.v1.result_pb2 import Attribute, Case3Result, JobResult, Narrative
from services.orchestrator.reports import Figure, PdfFailed, Report, embed, make_page, render_pdf
from services.orchestrator.workflows import case1, case2, case3, reporting, super_resolution
from services.orchestrator.workflows.context import Language

FRAME, FACE = picture(1), picture(2)
WHEN = datetime(2026, 3, 14, 20, 30, tzinfo=UTC)
REPORTS = {
    "report.html": "text/html; charset=utf-8",
    "report.txt": "text/plain; charset=utf-8",
    "report.pdf": "application/pdf",
    "report.json": "application/json",
}


async def run(kind: str, language: Language = "ko") -> tuple[World, JobResult]:
    """One job from its inputs to its reports."""
    world = World(StatedModels(seen={FRAME: {"upper_color": ("red", "빨간색", 0.8)}}), language=language)
    frame, face = world.give("역 입구.png", FRAME), world.give("얼굴.png", FACE)
    match kind:
        case "case1":
            return world, await case1.run(world, SubmitCase1Request(frames=[frame], variants=2))
        case "case2":
            info = PersonInfo(gender="여성", age="30대", hair="검은색", clothing="빨간색 상의")
            return world, await case2.run(world, SubmitCase2Request(person_info=info, face=face))
        case "case3":
            known = {"upper_color": "빨간색"}
            return world, await case3.run(world, SubmitCase3Request(frames=[frame], face=face, known_info=known))
        case _:
            return world, await super_resolution.run(world, SubmitSuperResolutionRequest(image=frame))


KINDS = ["case1", "case2", "case3", "super_resolution"]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_case_ends_with_a_page_plain_text_pdf_and_data(kind: str) -> None:
    world, answer = await run(kind)
    made = {name: world.artifacts[name].media_type for name in REPORTS}
    assert made == REPORTS
    assert [world.artifacts[name].kind for name in REPORTS] == ["report", "report", "report", "data"]
    told = getattr(answer, kind)
    assert (told.report, told.text_report) == ("report.html", "report.txt")
    assert world.files["report.pdf"].startswith(b"%PDF-")
    assert len(world.files["report.pdf"]) < 3_000_000


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("case1", "=== stated-vqa 상세 분석 (개별) ===", "[이미지 1 분석]"),
        ("case2", "=== 얼굴 특징 분석 ===", "=== 개선된 케이스 2 처리 결과 ==="),
        ("case3", "=" * 58, "=== 5. 기존 알려진 정보 ==="),
        ("super_resolution", "=== 이미지 품질 분석 ===", "[방법별 결과]"),
    ],
)
async def test_the_text_begins_in_the_former_layout_and_ends_with_what_must_be_known_about_it(kind: str, first: str, second: str) -> None:
    world, _ = await run(kind)
    lines = world.files["report.txt"].decode().splitlines()
    assert first in lines[:2]
    assert second in lines
    about = lines.index("=== 이 보고서에 대하여 ===")
    assert lines.index(second) < about
    assert "※ 수사 단서이며 증거가 아닙니다" in lines[about:]
    assert any("jb_test" in line for line in lines[about:])
    assert any(re.fullmatch(r"- .*(역 입구|얼굴)\.png \(SHA-256 [0-9a-f]{64}\)", line) for line in lines[about:])
    synthetic = [name for name, artifact in world.artifacts.items() if artifact.synthetic]
    for name in synthetic:
        assert any(line.startswith(f"- {name}: ") for line in lines[about:]), name


async def test_the_text_tells_the_seed_of_every_picture_that_chance_had_a_part_in() -> None:
    world, answer = await run("case1")
    text = world.files["report.txt"].decode()
    for montage in answer.case1.montages:
        assert re.search(rf"- {montage.image}: .* \(시드 {montage.seed}\)", text)


@pytest.mark.parametrize("kind", KINDS)
async def test_english_texts_hold_no_korean_of_ours(kind: str) -> None:
    world, _ = await run(kind, "en")
    text = world.files["report.txt"].decode()
    given = "역 입구|얼굴|빨간색 상의|빨간색|여성|검은색|대"
    assert not re.findall(r"[가-힣]+", re.sub(given, "", text))
    assert "A lead, not evidence" in text


@pytest.mark.parametrize("kind", KINDS)
async def test_the_data_hold_everything(kind: str) -> None:
    world, answer = await run(kind)
    data = json.loads(world.files["report.json"])
    assert data["kind"] == kind
    assert data["job"] == "jb_test"
    assert data["submitted"] == "2026-03-14T11:00:00+00:00"
    assert data["seed"] == 7
    assert data["softwareVersion"] == "1"
    assert data["summary"] == answer.summary
    assert data["warnings"] == list(answer.warnings)
    assert data["caution"] == "수사 단서이며 증거가 아닙니다"
    assert data["result"]["superResolution" if kind == "super_resolution" else kind]["textReport"] == "report.txt"
    assert {item["name"] for item in data["artifacts"]} == set(world.artifacts) - set(REPORTS)
    assert all(item["sha256"] == world.artifacts[item["name"]].sha256 for item in data["artifacts"])
    assert data["inputs"]
    assert all(world.artifacts[item["artifact"]].sha256 == item["sha256"] for item in data["inputs"])
    assert {model["service"] for model in data["models"]}


async def test_a_pdf_that_cannot_be_made_costs_a_warning_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(page: object) -> bytes:
        raise PdfFailed("no room on the disk")

    monkeypatch.setattr(reporting, "render_pdf", fail)
    world, answer = await run("case3")
    assert "report.pdf" not in world.artifacts
    warning = answer.warnings[-1]
    assert "PDF" in warning
    assert "no room" not in warning
    assert warning in world.files["report.html"].decode()
    assert warning in world.files["report.txt"].decode()
    assert warning in json.loads(world.files["report.json"])["warnings"]
    assert ("NO_PDF", warning) in world.notices


def _figure(number: int) -> Figure:
    made = Provenance(origins=[Origin(name="o.png")], models=[ModelUse(service="diffusion", model="m", weight_sha256="ab" * 32)], seed=4)
    artifact = Artifact(name=f"m{number}.png", kind="montage", title="몽타주", synthetic=True, sha256="cd" * 32, provenance=made)
    return Figure(artifact=artifact, data=picture(number, 400, 600))


async def _pdf(result: JobResult, *, language: Language = "ko", figures: int = 1, given: list[tuple[str, str]] | None = None) -> bytes:
    report = Report(kind="case3", language=language, given=given or [], figures=[_figure(number) for number in range(figures)])
    return await render_pdf(make_page(report, result, await embed(report.figures), job="jb_1", submitted=WHEN))


async def test_the_same_page_gives_the_same_pdf() -> None:
    result = JobResult(case3=Case3Result(recommendations=["확인하십시오"]), summary="요약")
    assert await _pdf(result) == await _pdf(result)


@pytest.mark.parametrize(
    "evil",
    [
        '#panic("x")',
        '#read("/etc/passwd")',
        "$ x $ *bold* _it_ `raw` <label> @reference // comment /* open",
        "] #set page(width: 1mm) [",
        "\\u{0} \\ # ] [ } { \" '",
        "가" * 4000,
        "a" * 4000,
        "",
    ],
)
async def test_no_text_is_read_as_markup(evil: str) -> None:
    item = Attribute(topic="age", label=evil, text=evil, category="person", known=True, method=evil)
    case = Case3Result(attributes=[item], recommendations=[evil], narrative=Narrative(text=evil), similarity_note=evil, similarity=0.1)
    made = await _pdf(JobResult(case3=case, summary=evil, warnings=[evil]), given=[(evil, evil)])
    assert made.startswith(b"%PDF-")


async def test_a_pdf_says_when_it_was_submitted_not_when_it_was_made() -> None:
    made = await _pdf(JobResult(case3=Case3Result(recommendations=["x"])))
    assert b"/CreationDate(D:20260314203000Z)" in made


def test_the_fonts_of_a_pdf_come_with_the_project() -> None:
    from services.orchestrator.reports import pdf

    assert isinstance(pdf._fonts(), typst.Fonts)
    assert "NanumGothic" in pdf._fonts().families()
