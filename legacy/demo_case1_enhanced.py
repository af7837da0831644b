#!/usr/bin/env python3
"""CCTV frame → montage variants, their faces at 512×512, as `demo_case1_enhanced.py` always was called.

    python demo_case1_enhanced.py 화면.jpg --output enhanced_outputs --variations 3

As a library: `process_case1_enhanced("화면.jpg", "enhanced_outputs", 3)`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from dasibom_legacy import settings
from dasibom_legacy.demo import Place, batches, positive, run_case1, run_demo
from dasibom_legacy.jobs import FinishedJob
from dasibom_legacy.lettering import mark_synthetic
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png
from PIL import Image

from dasibom import layouts
from dasibom.language import say
from dasibom.orchestrator.v1.result_pb2 import Montage

DEFAULT_FOLDER = "enhanced_outputs"
DEFAULT_VARIATIONS = 3
SIDE = 512
_SEED, _SEED_STEP = 42, 1000
_TOP = 0.6  # share of the height that holds the head where no face was found


@dataclass(frozen=True)
class EnhancedResult:
    """Where the results are."""

    best: str
    variations: list[str]
    analysis: str


def process_case1_enhanced(
    image_path: Place, output_dir: Place = DEFAULT_FOLDER, num_variations: int = DEFAULT_VARIATIONS
) -> EnhancedResult:
    """Run the case and keep its results.

    The first variation shows what was seen and no more; the others differ in what nobody knows, such as the length of the hair. The
    best is the first one in which a face can be found.

    Args:
        image_path: file, folder, `s3://` object or prefix, or `http(s)://` address.
        output_dir: folder for results.
        num_variations: montages to draw.

    Raises:
        LegacyError: the case could not be run, and why.
    """
    folder = Path(output_dir)
    drawn: list[tuple[FinishedJob, Montage]] = []
    for number, size in enumerate(batches(num_variations)):
        job = run_case1(image_path, name="demo_case1_enhanced", variants=size, seed=_SEED + _SEED_STEP * number, refine=True)
        drawn += [(job, montage) for montage in job.result.case1.montages]
    variations = [
        write_file(folder / f"enhanced_variation_{number}.png", as_png(_portrait(job, montage)))
        for number, (job, montage) in enumerate(drawn, start=1)
    ]
    chosen = next((number for number, (_, montage) in enumerate(drawn) if montage.face), 0)
    best = write_file(folder / "enhanced_montage_best.png", Path(variations[chosen]).read_bytes())
    text = layouts.enhanced_answers(drawn[0][0].result, best=best, variants=variations, language=settings.language())
    return EnhancedResult(best, variations, write_file(folder / "enhanced_analysis_result.txt", text.encode()))


def _portrait(job: FinishedJob, montage: Montage) -> Image.Image:
    """The face of a montage with some room around it; the upper middle where none was found."""
    if montage.face:
        face = job.image(montage.refined_face or montage.face)
        return face.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    picture = job.image(montage.image)
    side = min(picture.width, round(picture.height * _TOP))
    left = (picture.width - side) // 2
    # The label stands in a corner that is cut off.
    return mark_synthetic(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=(left, 0, left + side, side)))


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("CCTV 화면 → 여러 몽타주", "CCTV frame → montage variants"))
    parser.add_argument("image_path", help=say("사진: 파일, 폴더, s3://, http(s)://", "picture: file, folder, s3:// or http(s)://"))
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    parser.add_argument("--variations", "-v", type=positive, default=DEFAULT_VARIATIONS, help=say("몽타주 수", "number of montages"))
    arguments = parser.parse_args()
    result = process_case1_enhanced(arguments.image_path, arguments.output, arguments.variations)
    print(f"🎉 완료! 최고 품질 결과: {result.best}")
    print(f"📁 모든 변형들: {arguments.output}")
    print(f"📝 분석 결과: {result.analysis}")


if __name__ == "__main__":
    run_demo(main)
