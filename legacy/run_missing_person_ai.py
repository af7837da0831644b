#!/usr/bin/env python3
"""One case from start to end, with a summary, as `run_missing_person_ai.py` always was called.

    python run_missing_person_ai.py --case 1 --cctv-image 화면.jpg
    python run_missing_person_ai.py --case 2 --person-info person_info.json --face-image 얼굴.jpg
    python run_missing_person_ai.py --case 3 --cctv-image 화면.jpg --face-image 얼굴.jpg --known-info known_info.json
    python run_missing_person_ai.py --auto --cctv-image 화면.jpg --face-image 얼굴.jpg
    python run_missing_person_ai.py -sr 흐린_화면.jpg --output 결과

As a library: `MissingPersonAI(output="결과").run_case1("화면.jpg")`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bedrock_case3 import BedrockCase3
from bedrock_enhanced_case1 import EnhancedBedrockCase1
from bedrock_enhanced_case2 import EnhancedBedrockCase2
from bedrock_super_resolution import BedrockSuperResolution
from dasibom_legacy import settings
from dasibom_legacy.case_id import generate_case_id
from dasibom_legacy.demo import Place, run_demo
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import find_one, find_sources, no_pictures
from dasibom_legacy.mesh import connect
from dasibom_legacy.output import write_file
from dasibom_legacy.records import read_json
from dasibom_legacy.summary import default_models, summary_report

from dasibom.client import DasibomError
from dasibom.command.exits import describe
from dasibom.language import say

SUMMARY = "SUMMARY_REPORT.html"
_RULER = "=" * 60
_ENHANCED = "09_final_result.png"

Record = dict[str, Any]
"""`case`, `output_directory`, `success`, what was given, and what came of it."""


class MissingPersonAI:
    """Runs cases into folders below one output folder."""

    def __init__(self, region: str = settings.FORMER_REGION, output: Place | None = None) -> None:
        """Nothing is connected yet.

        Args:
            region: of S3 inputs.
            output: folder for results; `outputs_{time}` when None.
        """
        self.region = region
        self.output = Path(output or f"outputs_{generate_case_id()}")

    def run_super_resolution(self, image: Place) -> str:
        """Enhance a picture; gives the path of the best result.

        Raises:
            LegacyError: it could not be done, and why.
        """
        folder = self.output / "super_resolution"
        BedrockSuperResolution(self.region).process_complete_pipeline(image, output_dir=folder)
        return str(folder / _ENHANCED)

    def run_case1(self, cctv_image: Place, *, use_sr: bool = True) -> Record:
        """CCTV frames → montage; gives the record with `input_image`, `enhanced_image` (None without enhancement) and `results`.

        The enhanced picture is for the eye: the case reads the original.
        """
        given = {"input_image": str(cctv_image), "enhanced_image": self._enhance(cctv_image) if use_sr else None}

        def run(folder: Path) -> Record:
            results = EnhancedBedrockCase1(self.region).process_complete_pipeline(cctv_image, output_dir=folder)
            return {"success": "montage" in results, "results": results}

        return self._record("case1", "case1_montage", given, {"results": {}}, run)

    def run_case2(self, person_info: Place, face_image: Place) -> Record:
        """Person information + face → full body; gives the record with `person_info`, `face_image` and `results`."""
        given = {"person_info": str(person_info), "face_image": str(face_image)}

        def run(folder: Path) -> Record:
            results = EnhancedBedrockCase2(self.region).process_complete_pipeline(person_info, face_image, output_dir=folder)
            return {"success": "final" in results, "results": results}

        return self._record("case2", "case2_synthesis", given, {"results": {}}, run)

    def run_case3(
        self, cctv_image: Place, face_image: Place | None = None, known_info: Place | None = None, *, use_sr: bool = True
    ) -> Record:
        """CCTV → report; gives the record with `cctv_image`, `enhanced_cctv`, `face_image`, `known_info` and `report_path`.

        See `run_case1` for the enhanced picture.
        """
        given = {
            "cctv_image": str(cctv_image),
            "enhanced_cctv": self._enhance(cctv_image) if use_sr else None,
            "face_image": str(face_image) if face_image else None,
            "known_info": str(known_info) if known_info else None,
        }

        def run(folder: Path) -> Record:
            results = BedrockCase3(self.region).process_complete_pipeline(cctv_image, face_image, known_info, output_dir=folder)
            return {"success": bool(results["report_path"]), "report_path": results["report_path"]}

        return self._record("case3", "case3_investigation", given, {"report_path": None}, run)

    def write_summary(self, records: Sequence[Record]) -> str:
        """Write `SUMMARY_REPORT.html`; gives its path."""
        created = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}"
        page = summary_report(records, created=created, models=default_models(connect()))
        return write_file(self.output / SUMMARY, page.encode())

    def _enhance(self, image: Place) -> str | None:
        try:
            return self.run_super_resolution(image)
        except (LegacyError, DasibomError) as error:
            reason = describe(error) if isinstance(error, DasibomError) else error.message
            print(say(f"⚠️  화질을 높이지 못해 원본만 씁니다. {reason}", f"⚠️  Not enhanced; the original alone is used. {reason}"))
            return None

    def _record(
        self, case: str, folder: str, given: Mapping[str, Any], nothing: Mapping[str, Any], run: Callable[[Path], Record]
    ) -> Record:
        """The record of a case; one that failed has no success, nothing in place of results, and its reason on the console."""
        place = self.output / folder
        record: Record = {"case": case, "output_directory": str(place), "success": False, **given, **nothing}
        try:
            return record | run(place)
        except LegacyError as error:
            print(f"❌ {error.message}")
        except DasibomError as error:
            print(f"❌ {describe(error)}")
        return record


def detect_case(cctv_image: str | None, face_image: str | None, person_info: str | None) -> str:
    """The case that what is given allows, `case1`, `case2` or `case3`; `unknown` when it allows none."""
    if person_info and face_image:
        return "case2"
    if cctv_image and face_image:
        return "case3"
    return "case1" if cctv_image else "unknown"


def _check(case: str, arguments: argparse.Namespace) -> None:
    """See that everything that the case needs is given and there, before anything is started.

    Raises:
        LegacyError: something is not, and what.
    """
    needed = {"case1": ("cctv_image",), "case2": ("person_info", "face_image"), "case3": ("cctv_image",)}[case]
    absent = [f"--{name.replace('_', '-')}" for name in needed if not getattr(arguments, name)]
    if absent:
        options = ", ".join(absent)
        raise LegacyError(say(f"{case}에는 {options} 옵션이 필요합니다.", f"{case} needs {options}."))
    if case != "case2" and not find_sources(arguments.cctv_image, arguments.region):
        raise LegacyError(no_pictures(arguments.cctv_image))
    if arguments.face_image and case != "case1":
        find_one(arguments.face_image, arguments.region)
    json_file = {"case2": arguments.person_info, "case3": arguments.known_info}.get(case)
    if json_file:
        read_json(json_file)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=say("실종자 찾기 AI: 케이스 하나를 끝까지 실행", "run one case from start to end"))
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--case", "-c", type=int, choices=(1, 2, 3), help=say("케이스 번호", "number of the case"))
    what.add_argument("--auto", "-a", action="store_true", help=say("주어진 자료로 케이스를 정함", "choose the case by what is given"))
    what.add_argument("--super-resolution-only", "-sr", metavar="IMAGE", help=say("화질 향상만", "super-resolution alone"))
    parser.add_argument("--region", "-r", default=settings.FORMER_REGION, help=say("S3 리전", "S3 region"))
    parser.add_argument("--output", "-o", help=say("결과 폴더 (기본: outputs_{시각})", "folder for results (outputs_{time})"))
    parser.add_argument("--no-sr", action="store_true", help=say("화질 향상을 하지 않음 (케이스 1, 3)", "no super-resolution (cases 1, 3)"))
    source = say("파일, 폴더, s3://, http(s)://", "file, folder, s3:// or http(s)://")
    parser.add_argument("--cctv-image", help=say(f"CCTV 화면: {source}", f"CCTV frame: {source}"))
    parser.add_argument("--face-image", help=say(f"얼굴 사진: {source}", f"photo of the face: {source}"))
    parser.add_argument("--person-info", help=say("인물 정보 JSON 파일", "JSON file about the person"))
    parser.add_argument("--known-info", help=say("알려진 정보 JSON 파일", "JSON file of what is known"))
    return parser.parse_args()


def _chosen_case(arguments: argparse.Namespace) -> str:
    """The case to run.

    Raises:
        LegacyError: what is given allows none.
    """
    if not arguments.auto:
        return f"case{arguments.case}"
    case = detect_case(arguments.cctv_image, arguments.face_image, arguments.person_info)
    if case == "unknown":
        raise LegacyError(
            say(
                "자료가 모자라 케이스를 정할 수 없습니다.\n"
                "  케이스 1: --cctv-image\n  케이스 2: --person-info, --face-image\n  케이스 3: --cctv-image, --face-image",
                "What is given allows no case.\n"
                "  case 1: --cctv-image\n  case 2: --person-info, --face-image\n  case 3: --cctv-image, --face-image",
            )
        )
    print(f"🎯 자동 감지된 케이스: {case}")
    return case


def main() -> int:
    """Run the script."""
    arguments = _read_arguments()
    if arguments.super_resolution_only:
        result = MissingPersonAI(arguments.region, arguments.output).run_super_resolution(arguments.super_resolution_only)
        print(f"✅ 완료: {result}")
        return 0
    case = _chosen_case(arguments)
    _check(case, arguments)
    connect()
    system = MissingPersonAI(arguments.region, arguments.output)
    if case == "case1":
        record = system.run_case1(arguments.cctv_image, use_sr=not arguments.no_sr)
    elif case == "case2":
        record = system.run_case2(arguments.person_info, arguments.face_image)
    else:
        record = system.run_case3(arguments.cctv_image, arguments.face_image, arguments.known_info, use_sr=not arguments.no_sr)
    summary = system.write_summary([record])
    print(f"📊 전체 실행 결과 리포트: {summary}")
    print(_RULER)
    print("🎉 모든 처리 완료!" if record["success"] else "❌ 처리 실패")
    print(f"📊 요약 리포트: {summary}")
    print(f"📁 전체 결과: {system.output}")
    print(_RULER)
    return 0 if record["success"] else 1


if __name__ == "__main__":
    run_demo(main)
