from __future__ import annotations

import base64
import io
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from fontTools.ttLib import TTFont
from workflow_world import picture

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1 import input_pb2, result_pb2
from dasibom.orchestrator.v1.file_pb2 import Artifact, Origin, Provenance
from dasibom.orchestrator.v1.result_pb2 import (
    Attribute,
    BodyVariant,
    Case1Result,
    Case2Result,
    Case3Result,
    ClueGroup,
    Comparison,
    DrawnAge,
    Enhancement,
    FrameFindings,
    JobResult,
    Montage,
    Narrative,
    SuperResolutionResult,
)
from services.common import imaging
from services.orchestrator.reports import Figure, GivenPicture, Report, embed, make_page, render_html

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
    laid_out = make_page(report, result, await embed(report.figures), job="jb_1", submitted=WHEN)
    return (await render_html(laid_out)).decode()


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
        similarity=0.5,
        similarity_note=EVIL,
        clues=[ClueGroup(title=EVIL, clues=[attribute(text=EVIL)])],
        narrative=Narrative(text=EVIL, model=ModelUse(model=EVIL)),
    )
    inputs = [GivenPicture(artifact="o.png", title=EVIL, name=EVIL, sha256="0" * 64, width=1, height=1)]
    report = Report(kind="case3", language="ko", given=[(EVIL, EVIL)], inputs=inputs, figures=[figure(EVIL, "original", title=EVIL)])
    text = await page(report, JobResult(case3=result, summary=EVIL, warnings=[EVIL]))
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 20
    tags = _Tags()
    tags.feed(text)
    assert not tags.open


async def test_pictures_are_shrunk_for_the_page_and_marked_where_a_model_made_them() -> None:
    original, made = figure("o.png", "original", data=LARGE), figure("m.png", "montage", synthetic=True, data=LARGE)
    result = Case1Result(frames=[FrameFindings(original="o.png")], montages=[Montage(image="m.png")])
    text = await page(Report(kind="case1", language="ko", figures=[original, made]), JobResult(case1=result))
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
    assert text.index(">다름<") < text.index(">같음<") < text.index(">새것<")


async def test_provenance_tells_model_revision_seed_parameters_and_hash() -> None:
    text = await page(Report(kind="case1", language="ko", figures=[figure("m.png", "montage", synthetic=True)]), RESULTS["case1"])
    for part in ("diffusion/composite · 1 · MIT", "시드 42", "배율 = ", "cd" * 32, "가중치 abababababab"):
        assert part in text


async def test_time_is_korean_standard_time_in_korean_and_utc_in_english() -> None:
    assert "2026년 3월 15일 05:30:00 (한국 표준시)" in await page(Report(kind="case1", language="ko"), RESULTS["case1"])
    assert "2026-03-14 20:30:00 UTC" in await page(Report(kind="case1", language="en"), RESULTS["case1"])


async def test_the_same_input_gives_the_same_bytes() -> None:
    report = Report(kind="case1", language="ko", figures=[figure("o.png", "original")])
    assert await page(report, RESULTS["case1"]) == await page(report, RESULTS["case1"])


async def test_a_page_carries_its_korean_letters_in_two_weights() -> None:
    text = await page(Report(kind="case1", language="ko"), RESULTS["case1"])
    fonts = [base64.b64decode(data) for data in re.findall(r'url\("data:font/woff;base64,([^"]+)"\)', text)]
    assert len(fonts) == 2
    assert all(font.startswith(b"wOFF") and len(font) < 120_000 for font in fonts)
    for font in fonts:
        covered = set(TTFont(io.BytesIO(font)).getBestCmap())
        assert {ord(letter) for letter in "수사단서이며증거가아닙니다"} <= covered


async def test_many_pictures_are_made_smaller_so_that_a_report_stays_small() -> None:
    many = [figure(f"o{number}.png", "montage", data=LARGE) for number in range(40)]
    text = await page(Report(kind="case1", language="ko", figures=many), RESULTS["case1"])
    assert text.count("<img ") == 40
    assert len(text) < 5_500_000


async def test_case1_shows_each_variant_with_seed_and_difference_and_each_frame_beside_its_enhanced_copy() -> None:
    result = Case1Result(
        frames=[FrameFindings(number=1, original="o.png", enhanced="e.png", width=640, height=360, summary="어둡고 흐림")],
        montages=[Montage(image="m.png", seed=4711, variant="머리가 짧음", description="drawn", face="f.png", refined_face="r.png")],
        attributes=[
            attribute(text="빨간색", confidence=0.8, frames=[1, 3], disagreements=[result_pb2.Disagreement(frame=2, text="파란색")])
        ],
    )
    figures = [
        figure("m.png", "montage", synthetic=True),
        figure("f.png", "face", synthetic=True, title="몽타주의 얼굴"),
        figure("r.png", "face", synthetic=True, title="다듬은 얼굴"),
        figure("o.png", "original", title="원본 1"),
        figure("e.png", "enhanced", synthetic=True, title="개선 1"),
    ]
    inputs = [GivenPicture(artifact="o.png", title="원본 1", name="역 입구.jpg", sha256="ef" * 32, width=640, height=360)]
    text = await page(Report(kind="case1", language="ko", inputs=inputs, figures=figures), JobResult(case1=result))
    for part in ("4711", "머리가 짧음", "어둡고 흐림", "역 입구.jpg", "2번 화면은 다름: 파란색", "3장 중 2장", "ef" * 32):
        assert part in text
    assert text.index('alt="원본 1"') < text.index('alt="개선 1"')
    assert text.count("<img ") == len(figures)


async def test_case2_tells_the_age_what_nobody_told_and_how_each_variant_came_about() -> None:
    result = Case2Result(
        final="r.png",
        age=DrawnAge(basis=input_pb2.AGE_BASIS_NOW, age="66세", years_progressed=40),
        missing=["머리"],
        variants=[
            BodyVariant(body="b.png", composite="c.png", refined="r.png", seed=77, similarity=0.61, seam_error=2.4),
            BodyVariant(body="b2.png", seed=78),
        ],
    )
    text = await page(Report(kind="case2", language="ko"), JobResult(case2=result))
    for part in ("현재 나이(66세)", "40년", "<li>머리</li>", "전신: b.png", "얼굴 합성: c.png", "다듬기: r.png", "77", "78", "0.61", "2.4"):
        assert part in text


async def test_case3_shows_clues_by_category_the_caution_of_a_likeness_and_marks_what_a_model_wrote() -> None:
    result = Case3Result(
        similarity=0.62,
        similarity_note="닮았지만 같은 사람이라는 뜻은 아닙니다",
        clues=[ClueGroup(category="time", title="시간 단서", clues=[attribute(text="저녁")])],
        narrative=Narrative(text="첫째 줄\n둘째 줄", model=ModelUse(service="vqa", model="writer", revision="9")),
    )
    text = await page(Report(kind="case3", language="ko"), JobResult(case3=result))
    for part in ("0.62", "닮았지만", "시간 단서", "저녁", "vqa/writer · 9", "<p>첫째 줄</p>", "<p>둘째 줄</p>"):
        assert part in text
    assert text.count('class="ai"') == 1


async def test_super_resolution_shows_the_prepared_copy_and_both_comparisons() -> None:
    result = SuperResolutionResult(
        original="o.png",
        preprocessed="p.png",
        final="e.png",
        comparison="x.png",
        face_comparison="y.png",
        enhancements=[Enhancement(method="bicubic", image="b.png", sharpness=0.25)],
        choice_reason="가장 선명함",
    )
    named = (("o.png", "original"), ("p.png", "enhanced"), ("e.png", "enhanced"), ("x.png", "comparison"), ("y.png", "comparison"))
    figures = [figure(name, kind, title=name) for name, kind in named]
    text = await page(Report(kind="super_resolution", language="ko", figures=figures), JobResult(super_resolution=result))
    for name, _ in named:
        assert text.count(f'alt="{name}"') == 1
    assert "모델을 쓰지 않은 단순 확대" in text
    assert "가장 선명함" in text


@pytest.mark.parametrize("kind", sorted(RESULTS))
async def test_korean_pages_hold_no_english_sentences(kind: str) -> None:
    report = Report(kind=kind, language="ko", figures=[figure("o.png", "original")])  # type: ignore[arg-type]
    text = re.sub(r"<style>.*?</style>|<[^>]+>|[0-9a-f]{12,}", " ", await page(report, RESULTS[kind]), flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-z]{3,}", text))
    named = {"CCTV", "MIT", "SHA", "diffusion", "composite", "compact", "png"}
    assert words - named <= {"person", "alert", "script", "amp", "quot"}  # what the test itself put in
