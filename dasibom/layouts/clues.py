"""The report of clues of case 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dasibom.layouts.findings import Language, pick
from dasibom.layouts.questions import CONTEXT_QUESTIONS, DETAIL_QUESTIONS, AskedQuestion
from dasibom.orchestrator.v1.result_pb2 import Attribute, JobResult

_RULER, _LIGHT_RULER = "=" * 60, "-" * 30
_SHORTEST = 4  # characters of a Latin answer that says anything: shorter ones are `no`, `yes`, `day`


@dataclass(frozen=True)
class _Clue:
    """One line of a group."""

    korean: str
    english: str
    topics: tuple[str, ...]
    must_say_something: bool = False  # in the second edition of the report
    korean_second: str = ""  # the label there, where it is another


_GROUPS: tuple[tuple[str, str, tuple[_Clue, ...]], ...] = (
    (
        "⏰ 시간 관련 정보",
        "⏰ Time",
        (
            _Clue("촬영 시간대", "Time of day", ("time_of_day",), must_say_something=True),
            _Clue("날씨 상태", "Weather", ("weather",), must_say_something=True),
            _Clue("계절", "Season", ("season",), must_say_something=True),
        ),
    ),
    (
        "📍 위치 관련 정보",
        "📍 Place",
        (
            _Clue("장소 유형", "Kind of place", ("location_type",)),
            _Clue("배경 건물/지역", "Buildings", ("background",), must_say_something=True, korean_second="배경 건물"),
            _Clue("주변 표지판/텍스트", "Signs and text", ("signs",), must_say_something=True, korean_second="표지판/텍스트"),
        ),
    ),
    (
        "🚶 행동 패턴 정보",
        "🚶 Behavior",
        (
            _Clue("보행 속도", "Pace", ("pace",)),
            _Clue("자세", "Posture", ("posture",)),
            _Clue("이동 방향", "Direction", ("direction",)),
            _Clue("동행 여부", "Company", ("company",)),
        ),
    ),
    (
        "👤 신체적 특징",
        "👤 Body",
        (
            _Clue("소지품", "Carried", ("carrying", "bag"), must_say_something=True),
            _Clue("액세서리", "Accessories", ("accessories",), must_say_something=True),
            _Clue("신발", "Shoes", ("shoes",), must_say_something=True),
        ),
    ),
    (
        "🌍 환경적 맥락",
        "🌍 Surroundings",
        (
            _Clue("주변 인물", "People", ("other_people",)),
            _Clue("주변 차량", "Vehicles", ("vehicles",), must_say_something=True),
            _Clue("조명 상태", "Lighting", ("lighting",)),
        ),
    ),
)


@dataclass(frozen=True)
class ClueLines:
    """Clues under one title."""

    title: str
    lines: list[str]  # `label: answer`


def clue_groups(result: JobResult, *, second_edition: bool = False, language: Language = "ko") -> list[ClueLines]:
    """The clues by category, those without any left out.

    Args:
        result: of case 3.
        second_edition: as `demo_case3_fixed.py` lists them: shorter labels, and no answers that say nothing.
        language: of titles and labels.
    """
    groups = []
    for korean, english, clues in _GROUPS:
        lines = [line for clue in clues if (line := _line(clue, result.case3.attributes, second_edition, language))]
        if lines:
            groups.append(ClueLines(title=pick(korean, english, language), lines=lines))
    return groups


def _line(clue: _Clue, attributes: Sequence[Attribute], second_edition: bool, language: Language) -> str:
    answer = AskedQuestion("", clue.topics).answer(attributes)
    if second_edition and clue.must_say_something and answer.isascii() and len(answer) < _SHORTEST:
        return ""
    korean = clue.korean_second if second_edition and clue.korean_second else clue.korean
    return f"{pick(korean, clue.english, language)}: {answer}" if answer else ""


def clue_report(result: JobResult, *, when: datetime, second_edition: bool = False, language: Language = "ko") -> str:
    """`investigation_report_case3.txt`: clues, questions with their answers, recommendations.

    Args:
        result: of case 3.
        when: time of the report, printed as it is.
        second_edition: see `clue_groups`.
        language: of headings.
    """
    attributes = result.case3.attributes
    lines = [
        _RULER,
        pick("실종자 식별 보완 정보 보고서 (케이스 3)", "Additional information on a missing person (case 3)", language),
        _RULER,
        f"{pick('생성 시간', 'Time', language)}: {when:%Y-%m-%d %H:%M:%S}",
        "",
        pick("🔍 핵심 식별 단서", "🔍 Clues", language),
        _LIGHT_RULER,
    ]
    for group in clue_groups(result, second_edition=second_edition, language=language):
        lines += ["", f"{group.title}:", *(f"  • {line}" for line in group.lines)]
    lines += ["", "", pick("📋 상세 분석 결과", "📋 In detail", language), _LIGHT_RULER]
    lines += ["", pick("🏙️ 상황 맥락 분석:", "🏙️ The scene:", language), *_answered(CONTEXT_QUESTIONS, attributes)]
    lines += ["", pick("👤 인물 세부 특징 분석:", "👤 The person:", language), *_answered(DETAIL_QUESTIONS, attributes)]
    lines += [pick("💡 수사 권고사항", "💡 Recommendations", language), _LIGHT_RULER]
    lines += [f"{number}. {text}" for number, text in enumerate(result.case3.recommendations, start=1)]
    return "\n".join([*lines, "", ""])


def _answered(questions: Sequence[AskedQuestion], attributes: Sequence[Attribute]) -> list[str]:
    lines: list[str] = []
    for question in questions:
        answer = question.answer(attributes)
        if answer:
            lines += [f"Q: {question.text}", f"A: {answer}", ""]
    return lines
