"""The investigation report of case 3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from dasibom.layouts.findings import Language, finding_lines, in_categories, pick
from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.result_pb2 import Case3Result, Comparison, JobResult

_RULER = "=" * 58
_SCENE = ("time", "place", "environment", "behavior")
_PERSON = ("person", "clothing")

_VERDICTS = (
    (result_pb2.AGREEMENT_NEW, "새로 확인된 것", "New"),
    (result_pb2.AGREEMENT_CONTRADICTING, "서로 다른 것", "Contradicting"),
    (result_pb2.AGREEMENT_CONFIRMED, "일치하는 것", "Confirmed"),
    (result_pb2.AGREEMENT_UNKNOWN, "확인되지 않은 것", "Open"),
)


def report_sections(result: JobResult, *, language: Language = "ko") -> dict[str, str]:
    """The texts of the report's sections: `scene`, `person`, `face` and `comparison`; empty where there is nothing to tell."""
    case = result.case3
    sections = {
        "scene": finding_lines(in_categories(case.attributes, _SCENE), language),
        "person": finding_lines(in_categories(case.attributes, _PERSON), language),
        "face": _face(case, language),
        "comparison": _comparison(case, language),
    }
    return {name: "\n".join(lines) for name, lines in sections.items()}


def investigation_report(
    result: JobResult,
    *,
    model: str,
    when: datetime,
    known: Mapping[str, object] | None = None,
    language: Language = "ko",
) -> str:
    """`investigation_report_*.txt`: eight sections between rulers.

    Args:
        result: of case 3.
        model: name of the model that looked at the pictures.
        when: time of the report, printed as it is.
        known: what was known before, as it was given; taken from the result's comparisons when None.
        language: of headings; findings are in the job's own.
    """
    case = result.case3
    told = known if known is not None else {item.label: item.known for item in case.comparisons if item.known}
    texts = report_sections(result, language=language)
    sections = (
        ("CCTV 상황 분석", "The scene", texts["scene"], "CCTV 분석 데이터 없음", "No data"),
        ("인물 세부 특징 분석", "The person", texts["person"], "인물 분석 데이터 없음", "No data"),
        (
            "얼굴 특징 분석",
            "The face",
            texts["face"],
            "얼굴 사진이 제공되지 않았거나 분석할 수 없음",
            "No photo, or none that can be read",
        ),
        ("기존 정보와의 비교 분석", "Against what was known", texts["comparison"], "비교 분석 데이터 없음", "No data"),
        ("기존 알려진 정보", "What was known", json.dumps(dict(told), ensure_ascii=False, indent=2), "", ""),
    )
    lines = [
        "",
        _RULER,
        " " * 20 + pick("실종자 수사 종합 보고서", "INVESTIGATION REPORT", language),
        " " * 19 + pick(f"다시봄 AI {model} 분석 결과", f"DasiBom AI, {model}", language),
        _RULER,
        "",
        f"{pick('보고서 생성 시간', 'Time of the report', language)}: {when:%Y-%m-%d %H:%M:%S}",
        "",
    ]
    for number, (korean, english, text, nothing, nothing_english) in enumerate(sections, start=1):
        lines.append(f"=== {number}. {pick(korean, english, language)} ===")
        lines += [text or pick(nothing, nothing_english, language), ""]
    lines += [_RULER, " " * 23 + pick("보고서 요약", "SUMMARY", language), _RULER, ""]
    for paragraph in _closing(language):
        lines += [paragraph, ""]
    return "\n".join([*lines, _RULER, ""])


def _face(case: Case3Result, language: Language) -> list[str]:
    lines = finding_lines(case.face, language)
    if case.HasField("similarity"):
        lines.append(f"{pick('CCTV 얼굴과의 닮은 정도 (-1~1)', 'Likeness of the CCTV face (-1 to 1)', language)}: {case.similarity:.2f}")
    if case.similarity_note:
        lines.append(case.similarity_note)
    return lines


def _comparison(case: Case3Result, language: Language) -> list[str]:
    lines: list[str] = []
    for agreement, korean, english in _VERDICTS:
        items = [item for item in case.comparisons if item.agreement == agreement]
        if items:
            lines += [f"[{pick(korean, english, language)}]", *(f"- {_compared(item, language)}" for item in items)]
    if case.recommendations:
        lines += [f"[{pick('수사 권고', 'Recommendations', language)}]"]
        lines += [f"{number}. {text}" for number, text in enumerate(case.recommendations, start=1)]
    if case.narrative.text:
        title = pick("언어 모델이 쓴 요약 (AI 작성, 사실 확인 필요)", "Summary by a language model (check against the findings)", language)
        lines += [f"[{title}: {case.narrative.model.model}]", case.narrative.text]
    return lines


def _compared(item: Comparison, language: Language) -> str:
    known, seen = pick("알려진 정보", "known", language), pick("화면", "seen", language)
    parts = [f"{known} ‘{item.known}’"] if item.known else []
    parts += [f"{seen} ‘{item.seen}’"] if item.seen else []
    sure = f" ({pick('신뢰도', 'confidence', language)} {item.confidence:.0%})" if item.seen and item.HasField("confidence") else ""
    return f"{item.label}: {' / '.join(parts)}{sure}"


def _closing(language: Language) -> tuple[str, str, str]:
    return (
        pick(
            "이 보고서는 CCTV 화면과 함께 받은 자료를 인공지능으로 살펴본 결과를 모은 것입니다.",
            "This report gathers what artificial intelligence found in the CCTV frames and the material given with them.",
            language,
        ),
        pick(
            "수사관께서는 추가로 조사할 것과 수색할 곳을 정하는 데 참고하시기 바랍니다.",
            "Investigators may use it to decide what to look into and where to search next.",
            language,
        ),
        pick(
            "※ 주의: 인공지능의 분석은 수사 단서이며 증거가 아닙니다. 최종 판단은 전문가가 하십시오.",
            "Note: what artificial intelligence finds is a lead, not evidence. Professionals decide.",
            language,
        ),
    )
