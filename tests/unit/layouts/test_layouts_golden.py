"""The former text files, line by line: headings, rulers, blanks, bullets and order as they were; the values are ours."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from dasibom import layouts
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.result_pb2 import (
    Attribute,
    BodyVariant,
    Case1Result,
    Case2Result,
    Case3Result,
    Comparison,
    Disagreement,
    Enhancement,
    FrameFindings,
    JobResult,
    Narrative,
    SuperResolutionResult,
)

WHEN = datetime(2025, 9, 24, 13, 5, 9)


def seen(topic: str, label: str, category: str, text: str, **fields: object) -> Attribute:
    return Attribute(topic=topic, label=label, category=category, text=text, known=True, **fields)  # type: ignore[arg-type]


GENDER = seen("gender", "성별", "person", "여성", confidence=0.9)
HAIR = seen("hair_color", "머리 색", "person", "검은색")
TOP = seen("upper_color", "상의 색", "clothing", "빨간색", confidence=0.8, frames=[1], disagreements=[Disagreement(frame=2, text="주황색")])
AGE_UNKNOWN = Attribute(topic="age", label="추정 나이", category="person", text="알 수 없음")

CASE1 = JobResult(
    case1=Case1Result(
        frames=[FrameFindings(number=1, attributes=[GENDER, TOP]), FrameFindings(number=2, attributes=[AGE_UNKNOWN])],
        attributes=[GENDER, HAIR, TOP, AGE_UNKNOWN],
    )
)


def test_frame_analysis_has_a_block_for_each_frame_and_then_the_summary() -> None:
    assert (
        layouts.frame_analysis(CASE1, model="vision")
        == """\
=== vision 상세 분석 (개별) ===

[이미지 1 분석]
[인물]
- 성별: 여성 (신뢰도 90%)
[옷차림·소지품]
- 상의 색: 빨간색 (신뢰도 80%; 화면 1; 화면 2에서는 주황색)

[이미지 2 분석]
알 수 없었던 항목: 추정 나이

=== 통합 요약 ===

• 인물: 성별 여성, 머리 색 검은색
• 옷차림·소지품: 상의 색 빨간색
• 화면별 차이: 상의 색 (2: 주황색)
• 다음에 확인할 것: 상의 색, 추정 나이"""
    )


def test_frame_analysis_without_anything_known_has_no_summary() -> None:
    nothing = JobResult(case1=Case1Result(frames=[FrameFindings(number=1)]))
    assert layouts.frame_analysis(nothing, model="vision") == "=== vision 상세 분석 (개별) ===\n\n[이미지 1 분석]\n확인된 특징 없음"


def test_numbered_analysis_stands_between_a_line_of_dashes_and_a_ruler() -> None:
    lines = layouts.numbered_analysis(CASE1, model="vision").split("\n")
    assert lines[:4] == ["=== 다시봄 AI 인물 분석 결과 ===", "", "vision Vision Analysis:", "-" * 50]
    assert [line.split(". ")[0] for line in lines[4:14]] == [str(number) for number in range(1, 11)]
    assert lines[5] == "2. 상의 색: 빨간색"
    assert lines[14:] == ["=" * 50]


def test_answers_are_ten_pairs_each_with_a_blank_line() -> None:
    lines = layouts.answers(CASE1).split("\n")
    assert lines[:2] == ["=== 인물 분석 결과 ===", ""]
    assert len(lines) == 2 + 10 * 3 + 1
    for start in range(2, 32, 3):
        question, answer, blank = lines[start : start + 3]
        assert question.startswith("Q: ")
        assert answer.startswith("A: ")
        assert blank == ""
    assert lines[6] == "A: 빨간색"
    assert lines[3] == "A: 분석 실패"


def test_enhanced_answers_end_with_the_files() -> None:
    text = layouts.enhanced_answers(CASE1, best="out/best.png", variants=["out/1.png", "out/2.png"])
    plain = layouts.answers(CASE1).replace("=== 인물 분석 결과 ===", "=== 개선된 인물 분석 결과 ===")
    assert text == plain + "\n=== 생성된 파일들 ===\n최고 품질 몽타주: out/best.png\n변형 1: out/1.png\n변형 2: out/2.png\n"


CASE2 = JobResult(
    case2=Case2Result(
        face=[GENDER],
        final="refined_02.png",
        bodies=["body_01.png", "body_02.png"],
        variants=[BodyVariant(body="body_02.png"), BodyVariant(body="body_01.png")],
    )
)


def test_face_analysis_is_a_heading_a_blank_and_the_findings() -> None:
    assert layouts.face_analysis(CASE2) == "=== 얼굴 특징 분석 ===\n\n[인물]\n- 성별: 여성 (신뢰도 90%)"
    assert layouts.face_analysis(JobResult(case2=Case2Result())) == "=== 얼굴 특징 분석 ===\n\n확인된 특징 없음"


def test_body_summary_echoes_what_was_given_and_lists_the_files() -> None:
    given = {"gender": "여성", "나이": 25, "모르는 것": "그대로"}
    assert (
        layouts.body_summary(CASE2, given=given, face="faces/증명.jpg", path="out/{}".format)
        == """\
=== 개선된 케이스 2 처리 결과 ===

입력 정보:
  gender: 여성
  나이: 25
  모르는 것: 그대로

참조 얼굴 이미지: faces/증명.jpg

생성된 파일들:
  최종 결과: out/refined_02.png
  전신 이미지: out/body_02.png
  시도 1: out/body_01.png
  시도 2: out/body_02.png
"""
    )


CASE3 = JobResult(
    case3=Case3Result(
        attributes=[
            seen("time_of_day", "촬영 시간대", "time", "저녁"),
            seen("season", "계절", "time", "fog"),
            seen("location_type", "장소 유형", "place", "역"),
            seen("background", "배경 건물", "place", "상가"),
            seen("signs", "표지판·글자", "place", "3번 출구"),
            seen("pace", "보행 속도", "behavior", "빠름"),
            seen("carrying", "소지품", "behavior", "우산"),
            seen("lighting", "조명 상태", "environment", "어두움"),
            GENDER,
        ],
        face=[HAIR],
        similarity=0.41,
        similarity_note="닮은 정도만으로 판단하지 마십시오.",
        comparisons=[
            Comparison(label="상의 색", known="빨강", seen="빨간색", agreement=result_pb2.AGREEMENT_CONFIRMED, confidence=0.8),
            Comparison(label="자세", known="구부정", agreement=result_pb2.AGREEMENT_UNKNOWN),
            Comparison(label="성별", known="남성", seen="여성", agreement=result_pb2.AGREEMENT_CONTRADICTING),
            Comparison(label="조명 상태", seen="어두움", agreement=result_pb2.AGREEMENT_NEW),
        ],
        recommendations=["첫째", "둘째"],
        narrative=Narrative(text="모델의 글", model=ModelUse(model="writer")),
    )
)


def test_the_investigation_report_has_its_eight_sections_between_rulers() -> None:
    ruler = "=" * 58
    known = {"기존_신고_정보": "20대 여성", "키": 170}
    expected = f"""
{ruler}
                    실종자 수사 종합 보고서
                   다시봄 AI vision 분석 결과
{ruler}

보고서 생성 시간: 2025-09-24 13:05:09

=== 1. CCTV 상황 분석 ===
[행동]
- 보행 속도: 빠름
- 소지품: 우산
[시간]
- 촬영 시간대: 저녁
- 계절: fog
[장소]
- 장소 유형: 역
- 배경 건물: 상가
- 표지판·글자: 3번 출구
[주변]
- 조명 상태: 어두움

=== 2. 인물 세부 특징 분석 ===
[인물]
- 성별: 여성 (신뢰도 90%)

=== 3. 얼굴 특징 분석 ===
[인물]
- 머리 색: 검은색
CCTV 얼굴과의 닮은 정도 (-1~1): 0.41
닮은 정도만으로 판단하지 마십시오.

=== 4. 기존 정보와의 비교 분석 ===
[새로 확인된 것]
- 조명 상태: 화면 ‘어두움’
[서로 다른 것]
- 성별: 알려진 정보 ‘남성’ / 화면 ‘여성’
[일치하는 것]
- 상의 색: 알려진 정보 ‘빨강’ / 화면 ‘빨간색’ (신뢰도 80%)
[확인되지 않은 것]
- 자세: 알려진 정보 ‘구부정’
[수사 권고]
1. 첫째
2. 둘째
[언어 모델이 쓴 요약 (AI 작성, 사실 확인 필요): writer]
모델의 글

=== 5. 기존 알려진 정보 ===
{json.dumps(known, ensure_ascii=False, indent=2)}

{ruler}
                       보고서 요약
{ruler}

이 보고서는 CCTV 화면과 함께 받은 자료를 인공지능으로 살펴본 결과를 모은 것입니다.

수사관께서는 추가로 조사할 것과 수색할 곳을 정하는 데 참고하시기 바랍니다.

※ 주의: 인공지능의 분석은 수사 단서이며 증거가 아닙니다. 최종 판단은 전문가가 하십시오.

{ruler}
"""
    assert layouts.investigation_report(CASE3, model="vision", when=WHEN, known=known) == expected


def test_the_investigation_report_of_nothing_says_so_in_every_section() -> None:
    lines = layouts.investigation_report(JobResult(case3=Case3Result()), model="vision", when=WHEN).split("\n")
    for heading, text in {
        "=== 1. CCTV 상황 분석 ===": "CCTV 분석 데이터 없음",
        "=== 2. 인물 세부 특징 분석 ===": "인물 분석 데이터 없음",
        "=== 3. 얼굴 특징 분석 ===": "얼굴 사진이 제공되지 않았거나 분석할 수 없음",
        "=== 4. 기존 정보와의 비교 분석 ===": "비교 분석 데이터 없음",
        "=== 5. 기존 알려진 정보 ===": "{}",
    }.items():
        assert lines[lines.index(heading) + 1 : lines.index(heading) + 3] == [text, ""]


def test_the_investigation_report_takes_what_was_known_from_the_comparisons_when_it_is_not_told() -> None:
    text = layouts.investigation_report(CASE3, model="vision", when=WHEN)
    assert json.dumps({"상의 색": "빨강", "자세": "구부정", "성별": "남성"}, ensure_ascii=False, indent=2) in text


CLUE_REPORT = """\
============================================================
실종자 식별 보완 정보 보고서 (케이스 3)
============================================================
생성 시간: 2025-09-24 13:05:09

🔍 핵심 식별 단서
------------------------------

⏰ 시간 관련 정보:
  • 촬영 시간대: 저녁
  • 계절: fog

📍 위치 관련 정보:
  • 장소 유형: 역
  • 배경 건물/지역: 상가
  • 주변 표지판/텍스트: 3번 출구

🚶 행동 패턴 정보:
  • 보행 속도: 빠름

👤 신체적 특징:
  • 소지품: 우산

🌍 환경적 맥락:
  • 조명 상태: 어두움


📋 상세 분석 결과
------------------------------

🏙️ 상황 맥락 분석:
Q: At what time of day was this recorded?
A: 저녁

Q: What kind of location is it? Indoor or outdoor?
A: 역

Q: Which buildings, what building or area lies behind?
A: 상가

Q: How is the lighting?
A: 어두움

Q: Can signs or text be seen?
A: 3번 출구

Q: Which season does it seem to be?
A: fog


👤 인물 세부 특징 분석:
Q: How fast does the person walk? Fast, slow or normally?
A: 빠름

Q: What is the person carrying in their hands?
A: 우산

💡 수사 권고사항
------------------------------
1. 첫째
2. 둘째

"""


def test_the_report_of_clues_is_laid_out_as_it_was() -> None:
    assert layouts.clue_report(CASE3, when=WHEN) == CLUE_REPORT


def test_the_second_edition_of_the_report_of_clues_has_shorter_labels_and_no_answers_that_say_nothing() -> None:
    expected = (
        CLUE_REPORT.replace("배경 건물/지역", "배경 건물").replace("주변 표지판/텍스트", "표지판/텍스트").replace("  • 계절: fog\n", "")
    )
    assert layouts.clue_report(CASE3, when=WHEN, second_edition=True) == expected


def test_quality_analysis_is_a_heading_a_blank_and_the_findings() -> None:
    result = SuperResolutionResult(
        quality=[seen("noise", "잡음", "image", "조금 있음", confidence=0.7)],
        enhancements=[
            Enhancement(method="compact", image="a.png", sharpness=0.1),
            Enhancement(method="bicubic", image="b.png", sharpness=0.05),
        ],
        final="a.png",
        choice_reason="가장 선명합니다.",
    )
    assert (
        layouts.quality_analysis(JobResult(super_resolution=result))
        == """\
=== 이미지 품질 분석 ===

[화질]
- 잡음: 조금 있음 (신뢰도 70%)
[방법별 결과]
- compact: 선명도 0.1000 – 선택
- bicubic: 선명도 0.0500
선택 이유: 가장 선명합니다."""
    )


MARKS = {
    "MONTAGE_QUESTIONS": (
        "this person wearing|shirt or top|on the bottom|shoes|bag or accessories|hair look|"
        "male or female|How old|tall or short|notable features"
    ),
    "CONTEXT_QUESTIONS": (
        "time of day|kind of location|weather|other people|building or area|vehicles|lighting|signs or text|season|walking or standing"
    ),
    "DETAIL_QUESTIONS": (
        "Fast, slow|posture|in their hands|direction|alone|jewelry|expression|tattoos|clothes fit|head covering|footwear|walking style|"
        "mobility aids|body language"
    ),
}


@pytest.mark.parametrize("questions", sorted(MARKS))
def test_programs_know_each_question_by_the_words_that_it_always_had(questions: str) -> None:
    asked = [question.text for question in getattr(layouts, questions)]
    marks = MARKS[questions].split("|")
    assert len(asked) == len(marks)
    for text, mark in zip(asked, marks, strict=True):
        assert mark in text
