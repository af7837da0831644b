#!/usr/bin/env python3
"""Person information → three full-body pictures, without a face photo put on, as `demo_case2_gpu_safe.py` always was called.

    python demo_case2_gpu_safe.py -i person_info.json --output outputs

As a library: `process_case2_gpu_safe("person_info.json", output_dir="outputs")`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from dasibom_legacy.demo import Info, Place, read_info, run_case2, run_demo, usable_face
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.output import write_file
from dasibom_legacy.pictures import as_png

from dasibom.language import say

DEFAULT_FOLDER = "outputs"
_PICTURES = (  # label, file, seed
    ("메인 이미지", "main_high_res.png", 42),
    ("변형 1", "variation_1.png", 123),
    ("변형 2", "variation_2.png", 456),
)


def process_case2_gpu_safe(person_info: Info, face_image: Place | None = None, output_dir: Place = DEFAULT_FOLDER) -> list[tuple[str, str]]:
    """Draw the pictures and keep them; a variation that fails is left out, with a line on the console.

    Args:
        person_info: JSON file, or what it holds.
        face_image: a photo that the drawing follows where the information says nothing; its face is not put on.
        output_dir: folder for results.

    Returns:
        Label and path of each picture.

    Raises:
        LegacyError: the main picture could not be drawn, and why.
    """
    return _draw(person_info, face_image, Path(output_dir))[0]


def _draw(person_info: Info, face_image: Place | None, folder: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """The pictures, and the devices that drew them."""
    info = read_info(person_info)
    face = usable_face(face_image)
    made: list[tuple[str, str]] = []
    devices: dict[str, None] = {}
    for label, name, seed in _PICTURES:
        try:
            job = run_case2(info, face, name="demo_case2_gpu_safe", seed=seed)
        except LegacyError as error:
            if not made:
                raise
            print(f"⚠️  {label}: {error.message}")
            continue
        body = job.result.case2.variants[0].body
        made.append((label, write_file(folder / name, as_png(job.data(body)))))
        devices |= dict.fromkeys(use.device for use in job.artifacts[body].provenance.models if use.device)
    return made, list(devices)


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=say("인물 정보 → 전신 이미지 3장", "person information → three full-body pictures"))
    parser.add_argument("--info", "-i", required=True, help=say("인물 정보 JSON 파일", "JSON file about the person"))
    parser.add_argument(
        "--face", "-f", help=say("참고할 얼굴 사진 (합성하지 않음)", "photo to follow where the information says nothing; not put on")
    )
    parser.add_argument("--output", "-o", default=DEFAULT_FOLDER, help=say("결과 폴더", "folder for results"))
    arguments = parser.parse_args()
    made, devices = _draw(arguments.info, arguments.face, Path(arguments.output))
    print(f"🖼️  생성된 이미지: {len(made)}개")
    for label, path in made:
        print(f"  • {label}: {path}")
    print(say(f"💾 처리 장치: {', '.join(devices)}", f"💾 Device: {', '.join(devices)}"))
    print(f"🎉 성공! 총 {len(made)}개 이미지가 생성되었습니다.")


if __name__ == "__main__":
    run_demo(main)
