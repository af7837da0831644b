"""What a run found and made, as a `JobResult`: only what its files say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from google.rpc import status_pb2

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1.result_pb2 import (
    Attribute,
    BodyVariant,
    Case1Result,
    Case2Result,
    Case3Result,
    Comparison,
    Enhancement,
    FrameFindings,
    JobResult,
    Montage,
    Narrative,
    SuperResolutionResult,
)
from services.common.errors import FailedPrecondition
from services.common.questions import Category
from services.common.status import to_status
from services.orchestrator.workflows.clues import clues
from services.orchestrator.workflows.comparison import compare

from .content import Content
from .findings import NUMBERED_TOPICS, from_answers, from_face, from_numbers, from_words, says_nothing
from .models import CLAUDE
from .runs import Run
from .sections import body, first, frames, numbered, sections

_OLD = "예전 AI 도구의 결과를 옮긴 것입니다. 당시의 모델과 설정은 확인되지 않았습니다. 모델이 만든 그림은 단서일 뿐 증거가 아닙니다."
_ALTERED = "당시의 분석은 원본이 아니라 모델이 고쳐 그린 화면을 읽은 것입니다."
_NO_FACE = "당시 실행에서는 전신 그림에 얼굴을 합성하지 못했습니다."
_REDRAWN = "얼굴은 사진이 아니라 글에 따라 다시 그린 것입니다."
_METHODS = {
    "nova": "amazon.nova-canvas-v1:0",
    "titan": "amazon.titan-image-generator-v2:0",
    "sdxl": "stability.stable-diffusion-xl-v1",
    "bicubic": "bicubic",
    "stable_diffusion": "stabilityai/stable-diffusion-x4-upscaler",
    "esrgan": "ai-forever/Real-ESRGAN",
    "lanczos": "lanczos",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended."""

    result: JobResult | None
    error: status_pb2.Status | None  # in place of a result, when the run had found nothing


class _Files:
    """The files of a run, by role."""

    def __init__(self, contents: Sequence[Content]) -> None:
        self._contents = contents

    def names(self, role: str) -> dict[int, str]:
        """Number to name; pictures that show nothing are left out."""
        return {each.number: each.name for each in self._contents if each.role.key == role and not each.blank}

    def name(self, role: str) -> str:
        """The first name; empty when there is no such file."""
        return next(iter(self.names(role).values()), "")

    def texts(self, role: str) -> list[str]:
        return [each.text for each in self._contents if each.role.key == role]

    def same(self, one: str, other: str) -> bool:
        """Whether two files had the same bytes."""
        hashes = {each.name: each.original_sha256 for each in self._contents}
        return hashes[one] == hashes[other]


def outcome(run: Run, contents: Sequence[Content]) -> Outcome:
    """How a run ended, and what it found and made.

    A run of case 1 or 3 whose texts hold no finding at all had failed, whatever was drawn after it.
    """
    files = _Files(contents)
    result = _BUILDERS[run.layout.kind](files)
    if _found_nothing(result, files):
        message = "당시 실행에서 분석이 모두 실패했습니다. 남은 파일만 보관합니다."
        failed = FailedPrecondition(message, reason="LEGACY_ANALYSIS_FAILED", metadata={"script": run.layout.key})
        return Outcome(result=None, error=to_status(failed))
    result.warnings.append(_OLD)
    for each in contents:
        if each.blank:
            result.warnings.append(f"{each.name}: 검은 그림이라 결과로 쓰지 않았습니다.")
    result.summary = result.summary or f"{run.layout.key}의 결과, 파일 {len(contents)}개."
    return Outcome(result=result, error=None)


def _found_nothing(result: JobResult, files: _Files) -> bool:
    read = any(files.texts(role) for role in ("answers", "numbered", "frames", "sections", "clues"))
    case1, case3 = result.case1, result.case3
    found = any(item.known for item in (*case1.attributes, *case3.attributes, *case3.face)) or any(frame.summary for frame in case1.frames)
    return read and not found and result.WhichOneof("result") in ("case1", "case3")


def _case1(files: _Files) -> JobResult:
    case = Case1Result(report=files.name("page"))
    case.text_report = files.name("frames") or files.name("answers") or files.name("numbered")
    for text in files.texts("answers"):
        case.attributes.extend(from_answers(text))
    for text in files.texts("numbered"):
        found = body(text.partition("Vision Analysis:")[2] or text)
        case.attributes.extend(from_numbers(found, NUMBERED_TOPICS) or from_words(found, "인물 분석", Category.PERSON))
    result = JobResult(case1=case)
    said: dict[int, str] = {}
    for text in files.texts("frames"):
        parts = sections(text)
        result.summary = parts.pop("통합 요약", "") or parts.pop("Summary", "")
        said = {number: words for number, words in frames("\n\n".join(parts.values()) or body(text)).items() if not says_nothing(words)}
    enhanced = files.names("enhanced")
    result.case1.frames.extend(
        FrameFindings(number=number, enhanced=enhanced.get(number, ""), summary=said.get(number, ""))
        for number in sorted({*enhanced, *said})
    )
    result.case1.montages.extend(_montages(files))
    if enhanced:
        result.warnings.append(_ALTERED)
    return result


def _montages(files: _Files) -> list[Montage]:
    drawn = list(files.names("montage").values())
    best = files.name("best")
    # The best one is a copy of the first: not another montage.
    if best and not any(files.same(best, name) for name in drawn):
        drawn.insert(0, best)
    montages = [Montage(image=name) for name in drawn]
    if montages:
        montages[0].face, montages[0].refined_face = files.name("face"), files.name("refined")
    return montages


def _case2(files: _Files) -> JobResult:
    faces = [item for text in files.texts("face_text") for item in from_face(body(text))]
    bodies = [*files.names("body").values(), *files.names("variation").values(), *files.names("redrawn").values()]
    best = files.name("best")
    if best and not any(files.same(best, name) for name in bodies):
        bodies.insert(0, best)
    composite, refined, redrawn = (files.name(role) for role in ("composite", "refined", "redrawn"))
    case = Case2Result(
        face=faces,
        bodies=bodies,
        composites=[name for name in (composite, refined) if name],
        final=refined or composite or redrawn or (bodies[0] if bodies else ""),
        comparison=files.name("comparison"),
        text_report=files.name("face_text") or files.name("notes"),
    )
    # Which of several bodies got the face is not written anywhere, but the scripts always took the first.
    case.variants.extend(BodyVariant(body=name) for name in bodies)
    if case.variants:
        case.variants[0].composite, case.variants[0].refined = composite, refined
    result = JobResult(case2=case)
    if redrawn:
        result.warnings.append(_REDRAWN)
    elif not case.composites:
        result.warnings.append(_NO_FACE)
    return result


def _case3(files: _Files) -> JobResult:
    case = Case3Result(text_report=files.name("sections") or files.name("clues"))
    for text in files.texts("sections"):
        _read_sections(case, text)
    for text in files.texts("clues"):
        case.attributes.extend(from_answers(text))
        case.clues.extend(clues(case.attributes, "ko"))
        case.recommendations.extend(_recommendations(text))
    return JobResult(case3=case)


def _read_sections(case: Case3Result, text: str) -> None:
    found = sections(text)
    case.attributes.extend(from_words(first(found, ("CCTV 상황", "The scene")), "CCTV 상황 분석", Category.PLACE))
    case.attributes.extend(from_words(first(found, ("인물 세부", "The person")), "인물 세부 특징 분석", Category.PERSON))
    case.face.extend(from_words(first(found, ("얼굴 특징", "The face")), "얼굴 특징 분석", Category.PERSON))
    compared = first(found, ("비교 분석", "Against what was known"))
    if compared and not says_nothing(compared):
        case.narrative.CopyFrom(Narrative(text=compared, model=CLAUDE))
    case.comparisons.extend(_known(first(found, ("기존 알려진", "What was known"))))


def _known(text: str) -> Iterable[Comparison]:
    """What was known before: by topic; the former comparison was free words."""
    try:
        known = json.loads(text or "{}")
    except ValueError:
        return []
    if not isinstance(known, dict):
        return []
    seen: list[Attribute] = []
    return compare(
        {str(key): value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for key, value in known.items()}, seen, "ko"
    )


def _recommendations(text: str) -> list[str]:
    found = re.split(r"^💡.*$", text, maxsplit=1, flags=re.MULTILINE)
    listed = body(found[1]) if len(found) > 1 else ""
    count = len(re.findall(r"^\d+\. ", listed, re.MULTILINE))
    return numbered(listed, count) or [] if count else []


def _super_resolution(files: _Files) -> JobResult:
    case = SuperResolutionResult(
        original=files.name("original"),
        preprocessed=files.name("preprocessed"),
        final=files.name("final"),
        comparison=files.name("comparison"),
        text_report=files.name("quality"),
    )
    case.enhancements.extend(
        Enhancement(method=method, image=name) for key, method in _METHODS.items() if (name := files.name(f"method:{key}"))
    )
    case.final = case.final or next((each.image for each in case.enhancements), "")
    for text in files.texts("quality"):
        case.quality.extend(from_words(body(text), "화질 분석", Category.IMAGE))
    return JobResult(super_resolution=case)


_BUILDERS: dict[int, Callable[[_Files], JobResult]] = {
    job_pb2.JOB_KIND_CASE1: _case1,
    job_pb2.JOB_KIND_CASE2: _case2,
    job_pb2.JOB_KIND_CASE3: _case3,
    job_pb2.JOB_KIND_SUPER_RESOLUTION: _super_resolution,
}
