#!/usr/bin/env python3
"""Person information + face photo → several full-body pictures, the best one refined, as `demo_case2_enhanced.py` always was called.

    python demo_case2_enhanced.py -i person_info.json -f 얼굴.jpg --output enhanced_case2_outputs --attempts 3

As a library: `process_case2_enhanced("person_info.json", "얼굴.jpg", "enhanced_case2_outputs", 3)`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from dasibom_legacy import settings
from dasibom_legacy.demo import MOST_VARIANTS, Info, Place, positive, read_info, run_case2, run_demo
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png

from dasibom import layouts
from dasibom.language import say

DEFAULT_FOLDER = "enhanced_case2_outputs"
DEFAULT_ATTEMPTS = 3
FINAL = "enhanced_case2_final.png"
_SEED = 100


def process_case2_enhanced(
    person_info: Info, face_image: Place, output_dir: Place = DEFAULT_FOLDER, attempts: int = DEFAULT_ATTEMPTS
) -> str:
    """Run the case and keep its results.

    The best attempt is the one whose face is most like the photo; where no model can tell, the one with the least visible seam.

    Args:
        person_info: JSON file, or what it holds.
        face_image: file, `s3://` object or `http(s)://` address.
        output_dir: folder for results.
        attempts: bodies to draw, at most 8.

    Returns:
        Path of the final picture.

    Raises:
        LegacyError: the case could not be run, or no face could be put on a body.
    """
    info = read_info(person_info)
    folder = Path(output_dir)
    job = run_case2(info, face_image, name="demo_case2_enhanced", variants=attempts, seed=_SEED, refine=True)
    case = job.result.case2
    best = case.variants[0]
    paths = {}
    for number, body in enumerate(case.bodies, start=1):
        paths[body] = write_file(folder / f"body_attempt_{number}.png", as_png(job.data(body)))
    chosen = write_file(folder / "enhanced_generated_body.png", as_png(job.data(best.body)))
    if not best.composite:
        raise LegacyError(say(f"얼굴을 합성하지 못했습니다. 전신 이미지: {chosen}", f"The face could not be put on. Body: {chosen}"))
    paths[case.final] = write_file(folder / FINAL, as_png(job.data(case.final)))
    write_file(folder / "enhanced_case2_before_postprocess.png", as_png(job.data(best.composite)))
    text = layouts.body_summary(
        job.result, given=info, face=str(face_image), path=paths.__getitem__, best=chosen, language=settings.language()
    )
    write_file(folder / "enhanced_case2_summary.txt", text.encode())
    return paths[case.final]


def _attempts(text: str) -> int:
    number = positive(text)
    if number > MOST_VARIANTS:
        raise argparse.ArgumentTypeError(say(f"{MOST_VARIANTS}까지 됩니다", f"{MOST_VARIANTS} at most"))
    return number


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("인물 정보 + 얼굴 사진 → 전신 이미지", "person information + face → full body"))
    parser.add_argument("--info", "-i", required=True, help=say("인물 정보 JSON 파일", "JSON file about the person"))
    parser.add_argument("--face", "-f", required=True, help=say("얼굴 사진: 파일, s3://, http(s)://", "face: file, s3:// or http(s)://"))
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    parser.add_argument("--attempts", "-a", type=_attempts, default=DEFAULT_ATTEMPTS, help=say("시도 횟수 (1-8)", "attempts (1-8)"))
    arguments = parser.parse_args()
    path = process_case2_enhanced(arguments.info, arguments.face, arguments.output, arguments.attempts)
    print("🎉 모든 처리 완료!")
    print(f"🏆 최고 품질 결과: {path}")
    print(f"📂 모든 파일: {arguments.output}/")


if __name__ == "__main__":
    run_demo(main, failed="❌ 처리 실패")
