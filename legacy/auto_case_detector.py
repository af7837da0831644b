#!/usr/bin/env python3
"""Sorts the pictures of a missing person's folder and tells which cases they allow, as `auto_case_detector.py` always did.

    python auto_case_detector.py
    python auto_case_detector.py 7 --bucket 사건-자료 --region ap-northeast-2 --person-info person_info.json
    python auto_case_detector.py 7 --run --output 결과

Without `--run` it only plans. As a library: `AutoCaseDetector().detect(7)`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from dasibom_legacy import jobs, settings
from dasibom_legacy.demo import Info, read_info, run_demo
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import UploadedPicture, no_pictures, upload_all
from dasibom_legacy.mesh import connect
from dasibom_legacy.records import put_person
from dasibom_legacy.s3 import SCHEME, list_pictures

from dasibom.language import say
from dasibom.orchestrator.v1.orchestrator_service_pb2 import AnalyzeCaseRequest, SubmitCase2Request
from dasibom.orchestrator.v1.result_pb2 import AnalysisResult, ImageFinding

DEFAULT_ID = 123
CASES = ("case1", "case2", "case3", "super_resolution")
_BUCKETS = {"cctv": "cctv_images", "face": "face_images", "reference": "reference_images"}
_UNSTATED = 0.5  # confidence of a model that gives none


class ClassifiedImage(TypedDict):
    """What a picture is taken for."""

    url: str
    claude_type: str  # as the vqa model says: `CCTV`, `FACE` or `REFERENCE`
    confidence: float  # of that, 0..1
    has_face: bool
    face_quality: float  # fitness for comparison, 0..1
    reason: str


class CasePlan(TypedDict):
    """Everything that was found out."""

    person_id: int
    cctv_images: list[ClassifiedImage]
    face_images: list[ClassifiedImage]
    reference_images: list[ClassifiedImage]
    available_cases: list[str]
    selected_images: dict[str, str]
    reasons: dict[str, str]  # by case, why it can be run or not
    output: str  # folder with the chosen case's results; empty when nothing was run


class AutoCaseDetector:
    """Plans, and on request runs, on the DasiBom service."""

    def __init__(self, region_name: str = settings.FORMER_REGION, bucket_name: str = settings.FORMER_BUCKET) -> None:
        """Nothing is connected yet.

        Args:
            region_name: of S3.
            bucket_name: where the persons' folders are.
        """
        self.region_name = region_name
        self.bucket_name = bucket_name

    def prefix(self, person_id: int) -> str:
        """Where a person's pictures are."""
        return f"{SCHEME}{self.bucket_name}/inputs/missing-person-{person_id}/"

    def list_images(self, person_id: int) -> list[str]:
        """`s3://` URLs of a person's pictures, however many.

        Raises:
            LegacyError: the folder cannot be listed, and why.
        """
        return list_pictures(self.prefix(person_id), self.region_name)

    def detect(self, person_id: int, person_info: Info | None = None, output_dir: str | os.PathLike[str] | None = None) -> CasePlan:
        """Sort a person's pictures and tell what they allow.

        Args:
            person_id: number of the person's folder, which need not be the id of the case.
            person_info: JSON file of what is known of the person, or what it holds; case 2 needs it.
            output_dir: folder for the results of the best case, which is then run; only planned when None.

        Raises:
            LegacyError: there are no pictures, or they could not be sorted, and why.
        """
        urls = self.list_images(person_id)
        if not urls:
            raise LegacyError(no_pictures(self.prefix(person_id)))
        request = AnalyzeCaseRequest(dry_run=output_dir is None)
        if person_info is not None:
            _put_person(request, read_info(person_info))
        client = connect()
        pictures = upload_all(client, urls, self.region_name)
        request.images.extend(picture.message for picture in pictures)
        job = jobs.run(client, request, name=f"auto_case_detector {person_id}")
        plan = _plan(person_id, job.result.analysis, pictures)
        if output_dir is not None and plan["available_cases"]:
            client.save(job.job, output_dir)
            plan["output"] = str(output_dir)
        return plan


def _put_person(request: AnalyzeCaseRequest, info: dict[str, Any]) -> None:
    person = SubmitCase2Request()
    # The person's pictures are those of the folder, where a record's own photo is one of them.
    put_person(person, {key: value for key, value in info.items() if key != "fileUrl"})
    if person.HasField("missing_case"):
        request.missing_case.CopyFrom(person.missing_case)
    else:
        request.person_info.CopyFrom(person.person_info)


def _plan(person_id: int, analysis: AnalysisResult, pictures: Sequence[UploadedPicture]) -> CasePlan:
    entries = {finding.number: _entry(finding, pictures[finding.number - 1].source) for finding in analysis.images}
    sorted_into: dict[str, list[ClassifiedImage]] = {name: [] for name in _BUCKETS.values()}
    for finding in analysis.images:
        sorted_into[_BUCKETS[finding.kind]].append(entries[finding.number])
    plans = {plan.kind: plan for plan in analysis.plans}
    available = [case for case in CASES if case in plans and plans[case].runnable]
    used = {case: [entries[number]["url"] for number in plans[case].images] for case in available}
    faces = sorted_into["face_images"]
    selected: dict[str, str] = {}
    if "case1" in used:
        selected["case1_cctv"] = used["case1"][0]
    if faces:
        selected["case2_face"] = max(faces, key=lambda entry: entry["face_quality"])["url"]
    if "case3" in used:
        selected |= {"case3_cctv": used["case3"][0], "case3_face": used["case3"][-1]}
    return {
        "person_id": person_id,
        "cctv_images": sorted_into["cctv_images"],
        "face_images": faces,
        "reference_images": sorted_into["reference_images"],
        "available_cases": available,
        "selected_images": selected,
        "reasons": {case: plans[case].reason for case in CASES if case in plans},
        "output": "",
    }


def _entry(finding: ImageFinding, url: str) -> ClassifiedImage:
    return {
        "url": url,
        "claude_type": (finding.said or "reference").upper(),
        "confidence": finding.said_confidence if finding.HasField("said_confidence") else _UNSTATED,
        "has_face": finding.face_ratio > 0,
        "face_quality": finding.face_quality,
        "reason": finding.reason,
    }


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("실종자 사진을 분류하고 실행할 케이스를 계획", "sort pictures and plan cases"))
    parser.add_argument(
        "person_id",
        nargs="?",
        type=int,
        default=DEFAULT_ID,
        metavar="ID",
        help=say("inputs/missing-person-{ID}/ 폴더의 번호 (기본: %(default)s)", "number of the folder (default: %(default)s)"),
    )
    parser.add_argument("--bucket", "-b", default=settings.FORMER_BUCKET, help=say("S3 버킷 (기본: %(default)s)", "default: %(default)s"))
    parser.add_argument("--region", "-r", default=settings.FORMER_REGION, help=say("S3 리전 (기본: %(default)s)", "default: %(default)s"))
    parser.add_argument("--person-info", "-i", help=say("인물 정보 JSON 파일 (케이스 2)", "JSON file about the person (case 2)"))
    parser.add_argument("--run", action="store_true", help=say("가장 좋은 케이스를 실행", "run the best case"))
    parser.add_argument("--output", "-o", help=say("--run의 결과 폴더", "folder for the results of --run"))
    arguments = parser.parse_args()
    folder = Path(arguments.output or f"outputs_missing-person-{arguments.person_id}") if arguments.run else None
    plan = AutoCaseDetector(arguments.region, arguments.bucket).detect(arguments.person_id, arguments.person_info, folder)
    for case, reason in plan["reasons"].items():
        print(f"{'✅' if case in plan['available_cases'] else '➖'} {case}: {reason}")
    if plan["output"]:
        print(say(f"📁 실행 결과: {plan['output']}", f"📁 Results: {plan['output']}"))
    print(f"CCTV: {len(plan['cctv_images'])}장")
    print(f"얼굴: {len(plan['face_images'])}장")
    print(f"참고: {len(plan['reference_images'])}장")
    print("🎯 실행 계획:")
    print(f"실행 가능한 케이스: {plan['available_cases']}")
    print(f"선택된 이미지: {plan['selected_images']}")
    return 0


if __name__ == "__main__":
    run_demo(main)
