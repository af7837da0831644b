#!/usr/bin/env python3
"""CCTV frame → ten findings and a montage, as `bedrock_case1.py` always was called.

    python bedrock_case1.py 화면.jpg
    python bedrock_case1.py 화면.jpg --output outputs

As a library: `BedrockCase1().process_complete_pipeline("화면.jpg", "outputs")`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from dasibom_legacy import jobs, settings
from dasibom_legacy.console import run_script
from dasibom_legacy.inputs import find_one, upload
from dasibom_legacy.mesh import connect
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png

from dasibom import layouts
from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request

KEYS = ("clothing", "top_color", "bottom", "shoes", "accessories", "hair", "gender", "age", "build", "features")
DEFAULT_FOLDER = "outputs"


class BedrockCase1:
    """The first case 1 on the DasiBom service."""

    def __init__(self, region_name: str = settings.FORMER_REGION) -> None:
        """Nothing is connected yet; the region is that of S3 inputs."""
        self.region_name = region_name

    def process_complete_pipeline(
        self, image_path: str | os.PathLike[str], output_dir: str | os.PathLike[str] = DEFAULT_FOLDER
    ) -> dict[str, Any]:
        """Run the case and keep its results.

        Args:
            image_path: file, `s3://` object or `http(s)://` address.
            output_dir: folder for results.

        Returns:
            The findings by `KEYS`, all of them as `full_analysis`, `montage` (`PIL.Image`), and the paths `montage_path`, `report_path`.

        Raises:
            LegacyError, DasibomError: the case could not be run, and why.
        """
        client = connect()
        picture = upload(client, find_one(image_path, self.region_name), self.region_name)
        job = jobs.run(client, SubmitCase1Request(frames=[picture.message], variants=1, enhance=False), name="bedrock_case1")
        report = layouts.numbered_analysis(job.result, model=job.eyes, language=settings.language())
        montage = job.result.case1.montages[0].image
        folder = Path(output_dir)
        paths = {
            "montage_path": write_file(folder / "bedrock_montage.png", as_png(job.data(montage))),
            "report_path": write_file(folder / "bedrock_analysis_report.txt", report.encode()),
        }
        return {**_findings(report), "montage": job.image(montage), **paths}


def _findings(report: str) -> dict[str, str]:
    """The numbered lines of a report by the keys of before, and all of them together."""
    numbered = [line for line in report.splitlines() if line.partition(". ")[0].isdecimal()]
    findings = {key: line.partition(": ")[2] for key, line in zip(KEYS, numbered, strict=True)}
    return {**findings, "full_analysis": "\n".join(numbered)}


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("CCTV 화면 → 특징 분석과 몽타주", "CCTV frame → findings and a montage"))
    parser.add_argument("image_path", help=say("사진: 파일, s3://, http(s)://", "picture: file, s3:// or http(s)://"))
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    parser.add_argument("--region", "-r", default=settings.FORMER_REGION, help=say("S3 리전", "S3 region"))
    arguments = parser.parse_args()
    answer = BedrockCase1(arguments.region).process_complete_pipeline(arguments.image_path, arguments.output)
    print(f"✅ 완료! 결과는 {arguments.output} 폴더에 저장되었습니다.")
    print(f"  - 몽타주: {answer['montage_path']}")
    print(f"  - 분석 보고서: {answer['report_path']}")
    return 0


if __name__ == "__main__":
    run_script(main)
