#!/usr/bin/env python3
"""CCTV frame (+ face, + known information) → investigation report, as `bedrock_case3.py` always was called.

    python bedrock_case3.py 화면.jpg -f 얼굴.jpg -k known_info.json
    python bedrock_case3.py 화면.jpg --output outputs
    python bedrock_case3.py s3://bucket/화면.jpg --bucket results --case-id 7

As a library: `BedrockCase3().process_complete_pipeline("화면.jpg", "얼굴.jpg", "known_info.json")`, or step by step by
`analyze_context`, `analyze_person`, `compare_with_known_info`, `analyze_face` and `generate_report`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dasibom_legacy import jobs, settings
from dasibom_legacy.console import run_script
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import find_one, find_sources, no_pictures, upload, upload_all
from dasibom_legacy.mesh import connect
from dasibom_legacy.options import add_result_options, chosen_output, speaks_local
from dasibom_legacy.output import CaseOutput, id_or_folder, open_output
from dasibom_legacy.records import known_texts, read_json

from dasibom import layouts
from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase3Request

CASE_TYPE = "case3_investigation"
Known = str | os.PathLike[str] | Mapping[str, Any]
Place = str | os.PathLike[str]


class BedrockCase3:
    """Case 3 on the DasiBom service."""

    def __init__(self, region_name: str = settings.FORMER_REGION, bucket_name: str | None = None) -> None:
        """Nothing is connected yet.

        Args:
            region_name: of S3.
            bucket_name: where the report goes; `DASIBOM_LEGACY_BUCKET` when None, else a local folder.
        """
        self.region_name = region_name
        self.bucket_name = bucket_name
        self._jobs: dict[tuple[str, str, str], jobs.FinishedJob] = {}

    def process_complete_pipeline(
        self,
        cctv_image: Place,
        face_image: Place | None = None,
        known_info: Known | None = None,
        case_id: Place | None = None,
        *,
        output_dir: Place | None = None,
    ) -> dict[str, Any]:
        """Run the case and keep its report.

        Args:
            cctv_image: file, folder, `s3://` object or prefix, or `http(s)://` address.
            face_image: photo of the face, if there is one.
            known_info: JSON file, or what it holds.
            case_id: of the run, made from the time when empty; a folder for the report is understood, too.
            output_dir: folder for the report.

        Returns:
            `case_id`, `case_type`, `s3_urls` (`report`), `report_path`, `context_analysis`, `person_analysis`, `comparison_analysis`,
            `face_analysis`, `known_info`, `timestamp`.

        Raises:
            LegacyError, DasibomError: the case could not be run, and why.
        """
        identity, folder = id_or_folder(case_id)
        output = open_output(CASE_TYPE, case_id=identity, folder=output_dir or folder, bucket=self.bucket_name, region=self.region_name)
        return self.run(cctv_image, face_image, known_info, output)

    def run(self, cctv_image: Place, face_image: Place | None, known_info: Known | None, output: CaseOutput) -> dict[str, Any]:
        """The same with the report where `output` says."""
        known = _read_known(known_info)
        output.check()
        job = self._examine(cctv_image, face_image, known)
        sections = layouts.report_sections(job.result, language=settings.language())
        path = _keep(job, known, output)
        return {
            "case_id": output.case_id,
            "case_type": CASE_TYPE,
            "s3_urls": output.urls,
            "report_path": path,
            "context_analysis": sections["scene"],
            "person_analysis": sections["person"],
            "comparison_analysis": sections["comparison"],
            "face_analysis": sections["face"],
            "known_info": known,
            "timestamp": output.moment.isoformat(),
        }

    def analyze_context(self, cctv_image: Place) -> dict[str, Any]:
        """What the frame tells of the scene: dict of `context_analysis` (text), `timestamp` (ISO) and `source`."""
        return self._section("context_analysis", "scene", cctv_image)

    def analyze_person(self, cctv_image: Place) -> dict[str, Any]:
        """What the frame tells of the person: dict of `person_analysis` (text), `timestamp` (ISO) and `source`."""
        return self._section("person_analysis", "person", cctv_image)

    def compare_with_known_info(
        self, context: Mapping[str, Any], person: Mapping[str, Any], known_info: Known | None = None
    ) -> dict[str, Any]:
        """Findings against what was known.

        Args:
            context: what `analyze_context` gave.
            person: what `analyze_person` gave, of the same frame.
            known_info: JSON file, or what it holds.

        Returns:
            `comparison_analysis` (text), `known_info`, `timestamp` (ISO), `source`.

        Raises:
            LegacyError: the two are of different frames.
        """
        if context["source"] != person["source"]:
            raise LegacyError(say("서로 다른 사진의 분석입니다.", "These are findings of different pictures."), former_status=1)
        known = _read_known(known_info)
        return self._section("comparison_analysis", "comparison", context["source"], known=known) | {"known_info": known}

    def analyze_face(self, face_image: Place, cctv_image: Place) -> str:
        """What the photo tells of the face, and how alike it is to the face of the frame."""
        return layouts.report_sections(self._examine(cctv_image, face_image, {}).result, language=settings.language())["face"]

    def generate_report(
        self,
        context: Mapping[str, Any],
        person: Mapping[str, Any],
        comparison: Mapping[str, Any],
        face_image: Place | None = None,
        case_id: Place | None = None,
    ) -> str:
        """Write the report on what the other methods gave; gives its path or `s3://` URL."""
        if context["source"] != person["source"]:
            raise LegacyError(say("서로 다른 사진의 분석입니다.", "These are findings of different pictures."), former_status=1)
        identity, folder = id_or_folder(case_id)
        output = open_output(CASE_TYPE, case_id=identity, folder=folder, bucket=self.bucket_name, region=self.region_name)
        return str(self.run(context["source"], face_image, comparison["known_info"], output)["report_path"])

    def _section(self, key: str, section: str, image: Place, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
        sections = layouts.report_sections(self._examine(image, None, known or {}).result, language=settings.language())
        return {key: sections[section], "timestamp": datetime.now().astimezone().isoformat(), "source": os.fspath(image)}

    def _examine(self, image: Place, face: Place | None, known: Mapping[str, Any]) -> jobs.FinishedJob:
        """The job on these inputs; asked for again, it is not run again."""
        key = (os.fspath(image), os.fspath(face) if face else "", repr(sorted(known.items())))
        if key not in self._jobs:
            sources = find_sources(image, self.region_name)
            if not sources:
                raise LegacyError(no_pictures(image))
            photo = find_one(face, self.region_name) if face else None
            client = connect()
            frames = [picture.message for picture in upload_all(client, sources, self.region_name)]
            request = SubmitCase3Request(frames=frames, known_info=known_texts(known))
            if photo is not None:
                request.face.CopyFrom(upload(client, photo, self.region_name).message)
            self._jobs[key] = jobs.run(client, request, name="bedrock_case3")
        return self._jobs[key]


def _read_known(known_info: Known | None) -> dict[str, Any]:
    if not known_info:
        return {}
    return dict(known_info) if isinstance(known_info, Mapping) else read_json(known_info)


def _keep(job: jobs.FinishedJob, known: Mapping[str, Any], output: CaseOutput) -> str:
    """Keep the report; gives where."""
    text = layouts.investigation_report(job.result, model=job.eyes, when=output.moment, known=known, language=settings.language())
    # The time stands in the key already.
    local_name = f"bedrock_investigation_report_{output.stamp}.txt"
    path = output.text("report", "investigation_report.txt", text, local_name=local_name)
    output.manifest(job.document)
    return path


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(
        description=say("CCTV 화면 (+ 얼굴, + 알려진 정보) → 수사 보고서", "CCTV frame → investigation report")
    )
    parser.add_argument("cctv_image", help=say("CCTV 화면: 파일, 폴더, s3://, http(s)://", "frame: file, folder, s3:// or http(s)://"))
    parser.add_argument("--face", "-f", help=say("얼굴 사진: 파일, s3://, http(s)://", "face: file, s3:// or http(s)://"))
    parser.add_argument("--known", "-k", help=say("알려진 정보 JSON 파일", "JSON file of what is known"))
    add_result_options(parser, CASE_TYPE)
    arguments = parser.parse_args()
    output = chosen_output(arguments, CASE_TYPE)
    answer = BedrockCase3(arguments.region, arguments.bucket).run(arguments.cctv_image, arguments.face, arguments.known, output)
    if speaks_local(arguments, output):
        print("✅ 완료! 종합 수사 보고서가 생성되었습니다:")
        print(f"📄 {answer['report_path']}")
        return 0
    print("🎉 완료! 종합 수사 보고서가 생성되었습니다:")
    print(f"📋 케이스 ID: {answer['case_id']}")
    print(f"📄 S3 보고서: {answer['report_path']}")
    if arguments.face:
        print("👤 얼굴 참조 사진 포함 분석 완료")
    if arguments.known:
        print("🔍 기존 정보와의 비교 분석 포함")
    return 0


if __name__ == "__main__":
    run_script(main)
