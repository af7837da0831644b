"""The text file of super-resolution."""

from __future__ import annotations

from dasibom.layouts.findings import Language, finding_lines, pick
from dasibom.orchestrator.v1.result_pb2 import JobResult


def quality_analysis(result: JobResult, *, language: Language = "ko") -> str:
    """`03_quality_analysis.txt`: how good the original is, how the methods did, and which was chosen."""
    case = result.super_resolution
    lines = [pick("=== 이미지 품질 분석 ===", "=== Picture quality ===", language), ""]
    lines += finding_lines(case.quality, language) or [pick("확인된 것 없음", "Nothing could be told", language)]
    if case.enhancements:
        sharpness = pick("선명도", "sharpness", language)
        lines.append(f"[{pick('방법별 결과', 'Results by method', language)}]")
        for item in case.enhancements:
            chosen = f" – {pick('선택', 'chosen', language)}" if item.image == case.final else ""
            lines.append(f"- {item.method}: {sharpness} {item.sharpness:.4f}{chosen}")
    if case.choice_reason:
        lines.append(f"{pick('선택 이유', 'Why this one', language)}: {case.choice_reason}")
    return "\n".join(lines)
