"""The text files of case 1."""

from __future__ import annotations

from collections.abc import Sequence

from dasibom.layouts.findings import Language, category_name, finding_lines, pick
from dasibom.layouts.questions import MONTAGE_QUESTIONS, NO_ANSWER, AskedQuestion
from dasibom.orchestrator.v1.result_pb2 import Attribute, JobResult

_DASHES, _RULER = "-" * 50, "=" * 50
_TO_CHECK = 3  # things to look at next

_NUMBERED = tuple(
    (korean, english, AskedQuestion("", tuple(topics.split())))
    for korean, english, topics in (
        ("옷차림", "Clothing", "clothing upper_type lower_type"),
        ("상의 색", "Color of the top", "upper_color"),
        ("하의", "Bottom", "lower_color lower_type"),
        ("신발", "Shoes", "shoes"),
        ("가방·장신구", "Bag and accessories", "bag accessories carrying"),
        ("머리", "Hair", "hair_color hair_style"),
        ("성별", "Sex", "gender"),
        ("나이", "Age", "age"),
        ("키와 체격", "Height and build", "height build"),
        ("그 밖의 특징", "Other features", "facial_hair glasses headwear marks features"),
    )
)


def frame_texts(result: JobResult, language: Language = "ko") -> list[str]:
    """What was found in each frame."""
    nothing = pick("확인된 특징 없음", "Nothing could be told", language)
    return ["\n".join(finding_lines(frame.attributes, language)) or nothing for frame in result.case1.frames]


def merged_summary(result: JobResult, language: Language = "ko") -> str:
    """What the frames have in common, where they differ, and what to check next; empty when nothing is known."""
    attributes = result.case1.attributes
    known = [item for item in attributes if item.known and item.category != "image"]
    if not known:
        return ""
    lines = []
    for category in dict.fromkeys(item.category for item in known):
        told = ", ".join(f"{item.label} {item.text}" for item in known if item.category == category)
        lines.append(f"• {category_name(category, language)}: {told}")
    differing = [f"{item.label} ({other.frame}: {other.text})" for item in known for other in item.disagreements]
    lines.append(f"• {pick('화면별 차이', 'Differences between frames', language)}: {', '.join(differing) or _none(language)}")
    lines.append(f"• {pick('다음에 확인할 것', 'To check next', language)}: {', '.join(_to_check(attributes)) or _none(language)}")
    return "\n".join(lines)


def _none(language: Language) -> str:
    return pick("없음", "none", language)


def _to_check(attributes: Sequence[Attribute]) -> list[str]:
    """What the frames disagree on, then what nobody could tell of the person."""
    open_items = [item.label for item in attributes if item.known and item.disagreements]
    open_items += [item.label for item in attributes if not item.known and item.category in ("person", "clothing")]
    return list(dict.fromkeys(open_items))[:_TO_CHECK]


def frame_analysis(result: JobResult, *, model: str, language: Language = "ko") -> str:
    """`02_claude_analysis.txt`: frame by frame, then merged.

    Args:
        result: of case 1.
        model: name of the model that looked at the frames.
        language: of headings; findings are in the job's own.
    """
    blocks = [pick(f"=== {model} 상세 분석 (개별) ===", f"=== {model}: frame by frame ===", language)]
    for frame, text in zip(result.case1.frames, frame_texts(result, language), strict=True):
        blocks.append(f"{pick(f'[이미지 {frame.number} 분석]', f'[Image {frame.number}]', language)}\n{text}")
    summary = merged_summary(result, language)
    if summary:
        blocks += [pick("=== 통합 요약 ===", "=== Summary ===", language), summary]
    return "\n\n".join(blocks)


def numbered_analysis(result: JobResult, *, model: str, language: Language = "ko") -> str:
    """`bedrock_analysis_report.txt`: ten numbered findings. See `frame_analysis` for the arguments."""
    unknown = pick("알 수 없음", "unknown", language)
    text = "\n".join(
        f"{number}. {pick(korean, english, language)}: {question.answer(result.case1.attributes) or unknown}"
        for number, (korean, english, question) in enumerate(_NUMBERED, start=1)
    )
    heading = pick("=== 다시봄 AI 인물 분석 결과 ===", "=== DasiBom AI: the person ===", language)
    return "\n".join([heading, "", f"{model} Vision Analysis:", _DASHES, text, _RULER])


def answers(result: JobResult, *, language: Language = "ko") -> str:
    """`analysis_result.txt`: ten questions, each with its answer."""
    return _headed(pick("=== 인물 분석 결과 ===", "=== The person ===", language), result)


def enhanced_answers(result: JobResult, *, best: str, variants: Sequence[str], language: Language = "ko") -> str:
    """`enhanced_analysis_result.txt`: the answers, then the files.

    Args:
        result: of case 1.
        best: path of the best montage.
        variants: paths of all montages.
        language: of headings.
    """
    files = [
        "",
        pick("=== 생성된 파일들 ===", "=== Files ===", language),
        f"{pick('최고 품질 몽타주', 'Best montage', language)}: {best}",
        *(f"{pick('변형', 'Variant', language)} {number}: {path}" for number, path in enumerate(variants, start=1)),
        "",
    ]
    return _headed(pick("=== 개선된 인물 분석 결과 ===", "=== The person, improved ===", language), result) + "\n".join(files)


def _headed(heading: str, result: JobResult) -> str:
    lines = [heading, ""]
    for question in MONTAGE_QUESTIONS:
        lines += [f"Q: {question.text}", f"A: {question.answer(result.case1.attributes) or NO_ANSWER}", ""]
    return "\n".join(lines) + "\n"
