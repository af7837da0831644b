#!/usr/bin/env python3
"""Person information + face photo → full-body picture with that face, as `demo_case2.py` always was called.

    python demo_case2.py -i person_info.json -f 얼굴.jpg --output outputs

As a library: `process_case2("person_info.json", "얼굴.jpg", "outputs")`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from dasibom_legacy.demo import Info, Place, read_info, run_case2, run_demo
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png

from dasibom.language import say

DEFAULT_FOLDER = "outputs"


def process_case2(person_info: Info, face_image: Place, output_dir: Place = DEFAULT_FOLDER) -> str | None:
    """Run the case and keep its results: the body, and the body with the face.

    Args:
        person_info: JSON file, or what it holds.
        face_image: file, `s3://` object or `http(s)://` address.
        output_dir: folder for results.

    Returns:
        Path of the final picture; None when it could not be made, and the console says why.
    """
    try:
        job = run_case2(read_info(person_info), face_image, name="demo_case2")
        folder, best = Path(output_dir), job.result.case2.variants[0]
        write_file(folder / "generated_body.png", as_png(job.data(best.body)))
        if best.composite:
            return write_file(folder / "final_result_case2.png", as_png(job.data(best.composite)))
    except LegacyError as error:
        print(f"❌ {error.message}")
    return None


def main() -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("인물 정보 + 얼굴 사진 → 전신 이미지", "person information + face → full body"))
    parser.add_argument("--info", "-i", required=True, help=say("인물 정보 JSON 파일", "JSON file about the person"))
    parser.add_argument("--face", "-f", required=True, help=say("얼굴 사진: 파일, s3://, http(s)://", "face: file, s3:// or http(s)://"))
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    arguments = parser.parse_args()
    path = process_case2(arguments.info, arguments.face, arguments.output)
    if path is None:
        print("❌ 처리 실패")
        return 1
    print(f"✅ 완료! 최종 결과: {path}")
    return 0


if __name__ == "__main__":
    run_demo(main, failed="❌ 처리 실패")
