from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from workflow_world import picture

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.file_pb2 import Artifact, Origin, Provenance
from dasibom.orchestrator.v1.result_pb2 import (
    Attribute,
    Case1Result,
    Case2Result,
    Case3Result,
    Comparison,
    Enhancement,
    JobResult,
    Montage,
    SuperResolutionResult,
)
from services.common import imaging
from services.orchestrator.reports import Figure, Report, render_html

SMALL, LARGE = picture(1, 160, 80), picture(1, 1600, 800)
WHEN = datetime(2026, 3, 14, 20, 30, tzinfo=UTC)
EVIL = '<script>alert("x")</script>&\'"'


def figure(name: str, kind: str, *, synthetic: bool = False, title: str = "제목", data: bytes = SMALL) -> Figure:
    made = Provenance(
        origins=[Origin(name=EVIL, sha256="0" * 64)],
        models=[ModelUse(service="diffusion", model="composite", revision="1", licence="MIT", weight_sha256="ab" * 32)],
        parameters={"scale": EVIL},
        seed=42,
        software_version="9.9",
    )
    artifact = Artifact(name=name, kind=kind, title=title, synthetic=synthetic, sha256="cd" * 32, provenance=made)
    return Figure(artifact=artifact, data=data)


def attribute(**fields: object) -> Attribute:
    return Attribute(topic="upper_color", label="상의 색", category="clothing", known=True, **fields)  # type: ignore[arg-type]


async def page(report: Report, result: JobResult) -> str:
    return (await render_html(report, result, job="jb_1", submitted=WHEN)).decode()


class _Tags(HTMLParser):
    """Checks that every element is closed in order, and collects what the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


RESULTS = {
    "case1": JobResult(
        case1=Case1Result(attributes=[attribute(text="빨간색")], montages=[Montage(image="m.png")], prompt="a person"), summary="요약"
    ),
    "case2": JobResult(case2=Case2Result(final="c.png", similarity=0.5, prompt="a person"), summary="요약"),
    "case3": JobResult(case3=Case3Result(recommendations=["확인하십시오"]), summary="요약"),
    "super_resolution": JobResult(
        super_resolution=SuperResolutionResult(final="e.png", enhancements=[Enhancement(method="compact", image="e.png", sharpness=0.5)]),
        summary="요약",
    ),
}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", sorted(RESULTS))
async def test_every_report_is_one_whole_page_that_needs_nothing_else(kind: str, language: str) -> None:
    figures = [figure("o.png", "original"), figure("m.png", "montage", synthetic=True), figure("c.png", "composite", synthetic=True)]
    figures += [figure("e.png", "enhanced", synthetic=True), figure("x.png", "comparison", synthetic=True), figure("f.png", "face")]
    report = Report(kind=kind, language=language, figures=figures)  # type: ignore[arg-type]
    text = await page(report, RESULTS[kind])
    tags = _Tags()
    tags.feed(text)
    assert not tags.open
    assert tags.links
    assert all(link.startswith("data:image/jpeg;base64,") for link in tags.links)
    assert '<meta charset="utf-8">' in text
    assert f'<html lang="{language}">' in text
    assert "@page" in text
    assert "jb_1" in text
    assert ("수사 단서이며 증거가 아닙니다" if language == "ko" else "A lead, not evidence") in text
    assert "요약" in text


async def test_text_from_models_and_submitters_cannot_become_markup() -> None:
    result = Case3Result(
        attributes=[attribute(text=EVIL, method=EVIL, disagreements=[result_pb2.Disagreement(frame=2, text=EVIL)])],
        comparisons=[Comparison(label=EVIL, known=EVIL, seen=EVIL, agreement=result_pb2.AGREEMENT_CONFIRMED)],
        recommendations=[EVIL],
    )
    report = Report(kind="case3", language="ko", given=[(EVIL, EVIL)], figures=[figure(EVIL, "original", title=EVIL)])
    text = await page(report, JobResult(case3=result, summary=EVIL, warnings=[EVIL]))
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 12
    tags = _Tags()
    tags.feed(text)
    assert not tags.open


async def test_pictures_are_shrunk_for_the_page_and_marked_where_a_model_made_them() -> None:
    original, made = figure("o.png", "original", data=LARGE), figure("m.png", "montage", synthetic=True, data=LARGE)
    text = await page(Report(kind="case1", language="ko", figures=[original, made]), RESULTS["case1"])
    montage, plain = [imaging.decode(base64.b64decode(data)) for data in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', text)]
    assert (montage.width, plain.width) == (1200, 640)
    corner = montage.pixels[-60:-20, -160:-40].astype(int)
    before = imaging.thumbnail(imaging.decode(made.data), 1200)[-60:-20, -160:-40].astype(int)
    assert abs(corner - before).mean() > 20
    assert text.count('class="ai"') == 2  # beside the montage, and beside its provenance


async def test_confidence_is_told_in_a_word_and_percent() -> None:
    rows = [attribute(text=text, confidence=share) for text, share in (("a", 0.9), ("b", 0.6), ("c", 0.4), ("d", 0.1))]
    text = await page(Report(kind="case3", language="ko"), JobResult(case3=Case3Result(attributes=[*rows, attribute(text="e")])))
    for words in ("높음 (90%)", "보통 (60%)", "낮음 (40%)", "매우 낮음 (10%)", "수치 없음"):
        assert words in text


async def test_what_could_not_be_told_is_listed_without_a_row_of_its_own() -> None:
    unknown = [Attribute(topic=key, label=label, category="person", text="알 수 없음") for key, label in (("age", "나이"), ("nose", "코"))]
    text = await page(Report(kind="case3", language="ko"), JobResult(case3=Case3Result(attributes=unknown)))
    assert "나이, 코" in text
    assert "<th>나이</th>" not in text


async def test_contradictions_come_first_in_the_comparison() -> None:
    listed = [
        Comparison(label=label, known="a", seen="b", agreement=agreement)
        for label, agreement in (
            ("새것", result_pb2.AGREEMENT_NEW),
            ("같음", result_pb2.AGREEMENT_CONFIRMED),
            ("다름", result_pb2.AGREEMENT_CONTRADICTING),
        )
    ]
    text = await page(Report(kind="case3", language="ko"), JobResult(case3=Case3Result(comparisons=listed)))
    assert text.index("다름") < text.index("<th>같음") < text.index("새것")


async def test_provenance_tells_model_revision_seed_parameters_and_hash() -> None:
    text = await page(Report(kind="case1", language="ko", figures=[figure("m.png", "montage", synthetic=True)]), RESULTS["case1"])
    for part in ("diffusion/composite · 1 · MIT", "시드 42", "scale = ", "cd" * 32, "weights abababababab"):
        assert part in text


async def test_time_is_korean_standard_time_in_korean_and_utc_in_english() -> None:
    assert "2026년 3월 15일 05:30:00 (한국 표준시)" in await page(Report(kind="case1", language="ko"), RESULTS["case1"])
    assert "2026-03-14 20:30:00 UTC" in await page(Report(kind="case1", language="en"), RESULTS["case1"])


async def test_the_same_input_gives_the_same_bytes() -> None:
    report = Report(kind="case1", language="ko", figures=[figure("o.png", "original")])
    assert await page(report, RESULTS["case1"]) == await page(report, RESULTS["case1"])
