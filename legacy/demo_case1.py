#!/usr/bin/env python3
"""CCTV frame → answers to ten questions → montage, as `demo_case1.py` always was called.

    python demo_case1.py 화면.jpg --output outputs

As a library: `process_case1("화면.jpg", "outputs")`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from dasibom_legacy import settings
from dasibom_legacy.demo import Place, run_case1, run_demo
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png

from dasibom import layouts
from dasibom.language import say

DEFAULT_FOLDER = "outputs"


def process_case1(image_path: Place, output_dir: Place = DEFAULT_FOLDER) -> tuple[str, str]:
    """Run the case and keep its results.

    Args:
        image_path: file, folder, `s3://` object or prefix, or `http(s)://` address.
        output_dir: folder for results.

    Returns:
        Paths of the montage and of the answers.

    Raises:
        LegacyError: the case could not be run, and why.
    """
    job = run_case1(image_path, name="demo_case1")
    folder = Path(output_dir)
    montage = write_file(folder / "montage.png", as_png(job.data(job.result.case1.montages[0].image)))
    text = layouts.answers(job.result, language=settings.language())
    return montage, write_file(folder / "analysis_result.txt", text.encode())


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("CCTV 화면 → 특징 분석 → 몽타주", "CCTV frame → findings → montage"))
    parser.add_argument("image_path", help=say("사진: 파일, 폴더, s3://, http(s)://", "picture: file, folder, s3:// or http(s)://"))
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    arguments = parser.parse_args()
    montage, answers = process_case1(arguments.image_path, arguments.output)
    print(f"✅ 완료! 결과는 {montage}에 저장되었습니다.")
    print(f"분석 결과도 {answers}에 저장되었습니다.")


if __name__ == "__main__":
    run_demo(main, failed="몽타주 생성에 실패했습니다.")
