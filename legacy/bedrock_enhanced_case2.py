#!/usr/bin/env python3
"""Person information + face photo → full-body picture, as `bedrock_enhanced_case2.py` always was called.

    python bedrock_enhanced_case2.py -i person_info.json -f 얼굴.jpg
    python bedrock_enhanced_case2.py --info person_info.json --face s3://bucket/얼굴.jpg --bucket results --case-id 7

The information is the form of before in Korean or English, or a record of the police's service or the backend as it is.

As a library: `EnhancedBedrockCase2().process_complete_pipeline("person_info.json", "얼굴.jpg", case_id="7")`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any

from dasibom_legacy import jobs, settings
from dasibom_legacy.console import close_with_urls, run_script
from dasibom_legacy.inputs import find_one, upload
from dasibom_legacy.mesh import connect
from dasibom_legacy.options import add_result_options, chosen_output
from dasibom_legacy.output import CaseOutput, id_or_folder, open_output
from dasibom_legacy.records import put_person, read_json

from dasibom import layouts
from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase2Request

CASE_TYPE = "case2_synthesis"


class EnhancedBedrockCase2:
    """Case 2 on the DasiBom service."""

    def __init__(self, region_name: str = settings.FORMER_REGION, bucket_name: str | None = None) -> None:
        """Nothing is connected yet.

        Args:
            region_name: of S3.
            bucket_name: where results go; `DASIBOM_LEGACY_BUCKET` when None, else a local folder.
        """
        self.region_name = region_name
        self.bucket_name = bucket_name

    def process_complete_pipeline(
        self,
        person_info: str | os.PathLike[str] | Mapping[str, Any],
        face_image: str | os.PathLike[str],
        case_id: str | os.PathLike[str] | None = None,
        *,
        output_dir: str | os.PathLike[str] | None = None,
    ) -> dict[str, Any]:
        """Run the case and keep its results.

        Args:
            person_info: JSON file, or what it holds.
            face_image: file, `s3://` object or `http(s)://` address.
            case_id: of the run, made from the time when empty; a folder for results is understood, too.
            output_dir: folder for results.

        Returns:
            `case_id`, `case_type`, `s3_urls`, `body` and `final` (`PIL.Image`), `face_analysis` (dict of `description`, `success`).

        Raises:
            LegacyError, DasibomError: the case could not be run, and why.
        """
        identity, folder = id_or_folder(case_id)
        output = open_output(CASE_TYPE, case_id=identity, folder=output_dir or folder, bucket=self.bucket_name, region=self.region_name)
        return self.run(person_info, face_image, output)

    def run(
        self, person_info: str | os.PathLike[str] | Mapping[str, Any], face_image: str | os.PathLike[str], output: CaseOutput
    ) -> dict[str, Any]:
        """The same with results where `output` says."""
        info = person_info if isinstance(person_info, Mapping) else read_json(person_info)
        source = find_one(face_image, self.region_name)
        output.check()
        client = connect()
        request = SubmitCase2Request(face=upload(client, source, self.region_name).message, variants=1)
        put_person(request, info)
        job = jobs.run(client, request, name=f"bedrock_enhanced_case2 {output.case_id}")
        return {"case_id": output.case_id, "case_type": CASE_TYPE, "s3_urls": output.urls} | _keep(job, output)


def _keep(job: jobs.FinishedJob, output: CaseOutput) -> dict[str, Any]:
    """Keep everything under its names; gives the pictures and texts of the returned dict."""
    language = settings.language()
    case = job.result.case2
    best = case.variants[0]
    output.text("face_analysis", "01_face_analysis.txt", layouts.face_analysis(job.result, language=language))
    output.image("generated_body", "02_generated_body.png", job.data(best.body))
    if best.composite:
        output.image("face_composite", "03_face_composite.png", job.data(best.composite))
    # Without a face that could be put on, the final picture is the body; formerly nothing was kept then.
    output.image("final_enhanced", "04_final_enhanced.png", job.data(case.final))
    output.image("comparison", "05_comparison.png", job.data(case.comparison))
    output.manifest(job.document)
    return {
        "body": job.image(best.body),
        "final": job.image(case.final),
        "face_analysis": {
            "description": "\n".join(layouts.finding_lines(case.face, language)),
            "success": any(item.known for item in case.face),
        },
    }


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("인물 정보 + 얼굴 사진 → 전신 이미지", "person information + face → full body"))
    parser.add_argument("--info", "-i", required=True, help=say("인물 정보 JSON 파일", "JSON file about the person"))
    parser.add_argument("--face", "-f", required=True, help=say("얼굴 사진: 파일, s3://, http(s)://", "face: file, s3:// or http(s)://"))
    add_result_options(parser, CASE_TYPE)
    arguments = parser.parse_args()
    case = EnhancedBedrockCase2(arguments.region, arguments.bucket)
    answer = case.run(arguments.info, arguments.face, chosen_output(arguments, CASE_TYPE))
    close_with_urls(answer["case_id"], answer["s3_urls"])
    return 0


if __name__ == "__main__":
    run_script(main)
