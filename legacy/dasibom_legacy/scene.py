"""Case 3 as both scripts of the local toolkit run it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dasibom import layouts
from dasibom.language import say
from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase3Request
from dasibom.orchestrator.v1.result_pb2 import Comparison
from dasibom_legacy import jobs, settings
from dasibom_legacy.demo import Info, Place, usable_face
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import find_sources, no_pictures, upload, upload_all
from dasibom_legacy.mesh import connect
from dasibom_legacy.output import write_file
from dasibom_legacy.records import known_texts, read_json

DEFAULT_FOLDER = "outputs"
FILE = "investigation_report_case3.txt"


@dataclass(frozen=True, kw_only=True)
class SceneReport:
    """What case 3 gave."""

    report_path: str
    clues: list[layouts.ClueLines]
    context: dict[str, str]  # question to answer
    details: dict[str, str]  # question to answer
    comparison: dict[str, list[dict[str, str]]] | None  # `new_insights`, `confirmations`, `contradictions`; None without known information


def report_scene(
    cctv_image: Place, face: Place | None, known: Info | None, output_dir: Place, *, name: str, second_edition: bool = False
) -> SceneReport:
    """Run case 3 and write the report of clues.

    Args:
        cctv_image: file, folder, `s3://` object or prefix, or `http(s)://` address.
        face: photo of the face, if there is one.
        known: JSON file of what is known, or what it holds; one that cannot be read is left out, with a line on the console.
        output_dir: folder for the report.
        name: of the job.
        second_edition: see `layouts.clue_report`.

    Raises:
        LegacyError: the case could not be run, and why.
    """
    sources = find_sources(cctv_image)
    if not sources:
        raise LegacyError(no_pictures(cctv_image))
    told = _read_known(known)
    photo = usable_face(face)
    client = connect()
    request = SubmitCase3Request(frames=[picture.message for picture in upload_all(client, sources)], known_info=known_texts(told))
    if photo is not None:
        request.face.CopyFrom(upload(client, photo).message)
    result = jobs.run(client, request, name=name).result
    language = settings.language()
    text = layouts.clue_report(result, when=datetime.now().astimezone(), second_edition=second_edition, language=language)
    attributes = result.case3.attributes
    return SceneReport(
        report_path=write_file(Path(output_dir) / FILE, text.encode()),
        clues=layouts.clue_groups(result, second_edition=second_edition, language=language),
        context={question.text: question.answer(attributes) for question in layouts.CONTEXT_QUESTIONS},
        details={question.text: question.answer(attributes) for question in layouts.DETAIL_QUESTIONS},
        comparison=_compared(result.case3.comparisons) if told else None,
    )


def _read_known(known: Info | None) -> dict[str, Any]:
    if not known:
        return {}
    if isinstance(known, Mapping):
        return dict(known)
    try:
        return read_json(known)
    except LegacyError as error:
        print(say(f"⚠️  알려진 정보 없이 진행합니다. {error.message}", f"⚠️  Going on without what is known. {error.message}"))
        return {}


def _compared(comparisons: Iterable[Comparison]) -> dict[str, list[dict[str, str]]]:
    """Findings against what was known, by the names of before; what cannot be seen is in none of them."""

    def rows(agreement: int, seen: str, known: str = "") -> list[dict[str, str]]:
        return [
            {"category": item.topic, "question": item.label, seen: item.seen} | ({known: item.known} if known else {})
            for item in comparisons
            if item.agreement == agreement
        ]

    return {
        "new_insights": rows(result_pb2.AGREEMENT_NEW, "new_info"),
        "confirmations": rows(result_pb2.AGREEMENT_CONFIRMED, "confirmed_info"),
        "contradictions": rows(result_pb2.AGREEMENT_CONTRADICTING, "detected", "known"),
    }


def read_arguments() -> argparse.Namespace:
    """The command line of both scripts."""
    parser = argparse.ArgumentParser(description=say("CCTV 화면 (+ 알려진 정보) → 단서 보고서", "CCTV frame (+ known information) → clues"))
    parser.add_argument("cctv_image", help=say("CCTV 화면: 파일, 폴더, s3://, http(s)://", "frame: file, folder, s3:// or http(s)://"))
    parser.add_argument("--face", "-f", help=say("얼굴 사진: 파일, s3://, http(s)://", "face: file, s3:// or http(s)://"))
    parser.add_argument("--known", "-k", help=say("알려진 정보 JSON 파일", "JSON file of what is known"))
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    return parser.parse_args()
