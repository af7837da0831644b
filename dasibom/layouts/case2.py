"""The text files of case 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dasibom.layouts.findings import Language, finding_lines, pick
from dasibom.orchestrator.v1.result_pb2 import JobResult


def face_analysis(result: JobResult, *, language: Language = "ko") -> str:
    """`01_face_analysis.txt` and `face_analysis.txt`: what was seen in the face photo."""
    text = "\n".join(finding_lines(result.case2.face, language)) or pick("확인된 특징 없음", "Nothing could be told", language)
    return "\n".join([pick("=== 얼굴 특징 분석 ===", "=== The face ===", language), "", text])


def body_summary(
    result: JobResult,
    *,
    given: Mapping[str, object],
    face: str,
    path: Callable[[str], str] = str,
    best: str = "",
    language: Language = "ko",
) -> str:
    """`enhanced_case2_summary.txt`: what was given, and what was made of it.

    Args:
        result: of case 2.
        given: what the submitter told, echoed as it is.
        face: path or name of the reference photo.
        path: gives the path of an artifact, by its name.
        best: path of a copy of the best body; that of the artifact when empty.
        language: of headings.
    """
    case = result.case2
    best = best or path(case.variants[0].body if case.variants else next(iter(case.bodies), ""))
    lines = [
        pick("=== 개선된 케이스 2 처리 결과 ===", "=== Case 2 ===", language),
        "",
        pick("입력 정보:", "Given:", language),
        *(f"  {key}: {value}" for key, value in given.items()),
        "",
        f"{pick('참조 얼굴 이미지', 'Reference photo', language)}: {face}",
        "",
        pick("생성된 파일들:", "Files:", language),
        f"  {pick('최종 결과', 'Final picture', language)}: {path(case.final)}",
        f"  {pick('전신 이미지', 'Full body', language)}: {best}",
        *(f"  {pick('시도', 'Attempt', language)} {number}: {path(body)}" for number, body in enumerate(case.bodies, start=1)),
        "",
    ]
    return "\n".join(lines)
