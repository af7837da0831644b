#!/usr/bin/env python3
"""Person information → full-body picture and three variations, no face put on, as `demo_case2_sdxl_only.py` always was called.

    python demo_case2_sdxl_only.py -i person_info.json --output outputs

As a library: `process_case2_sdxl_only("person_info.json", output_dir="outputs")`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypedDict

from dasibom_legacy.demo import Info, Place, read_info, run_case2, run_demo, usable_face
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png

from dasibom.language import say

DEFAULT_FOLDER = "outputs"
_SEED, _VARIATIONS = 42, 3  # of the variations: 42, 43, 44


class Generated(TypedDict):
    """Paths of the pictures."""

    main_image: str
    variations: list[str]


def process_case2_sdxl_only(person_info: Info, face_image: Place | None = None, output_dir: Place = DEFAULT_FOLDER) -> Generated:
    """Draw the pictures and keep them.

    Args:
        person_info: JSON file, or what it holds.
        face_image: a photo that the drawing follows where the information says nothing; its face is not put on.
        output_dir: folder for results.

    Raises:
        LegacyError: they could not be drawn, and why.
    """
    info = read_info(person_info)
    face = usable_face(face_image)
    folder = Path(output_dir)
    main = run_case2(info, face, name="demo_case2_sdxl_only")
    main_image = write_file(folder / "sdxl_full_body_case2.png", as_png(main.data(main.result.case2.bodies[0])))
    others = run_case2(info, face, name="demo_case2_sdxl_only", variants=_VARIATIONS, seed=_SEED)
    variations = [
        write_file(folder / f"sdxl_variation_{number}_case2.png", as_png(others.data(body)))
        for number, body in enumerate(others.result.case2.bodies, start=1)
    ]
    return {"main_image": main_image, "variations": variations}


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("인물 정보 → 전신 이미지", "person information → full-body pictures"))
    parser.add_argument("--info", "-i", required=True, help=say("인물 정보 JSON 파일", "JSON file about the person"))
    parser.add_argument(
        "--face", "-f", help=say("참고할 얼굴 사진 (합성하지 않음)", "photo to follow where the information says nothing; not put on")
    )
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    arguments = parser.parse_args()
    made = process_case2_sdxl_only(arguments.info, arguments.face, arguments.output)
    print("🎉 완료! 결과 파일들:")
    print(f"  메인: {made['main_image']}")
    for number, path in enumerate(made["variations"], start=1):
        print(f"  변형 {number}: {path}")


if __name__ == "__main__":
    run_demo(main)
