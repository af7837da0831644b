#!/usr/bin/env python3
"""CCTV frame (+ known information) → report of clues that say something, as `demo_case3_fixed.py` always was called.

    python demo_case3_fixed.py 화면.jpg -k known_info.json --output outputs

As a library: `process_case3_fixed("화면.jpg", known_info="known_info.json").report_path`.
"""

from __future__ import annotations

from dasibom_legacy.demo import Info, Place, run_demo
from dasibom_legacy.scene import DEFAULT_FOLDER, SceneReport, read_arguments, report_scene

_MOST_LINES = 2  # of a category on the console


def process_case3_fixed(
    cctv_image: Place, face_image: Place | None = None, known_info: Info | None = None, output_dir: Place = DEFAULT_FOLDER
) -> SceneReport:
    """Run the case and write the report. See `scene.report_scene`."""
    return report_scene(cctv_image, face_image, known_info, output_dir, name="demo_case3_fixed", second_edition=True)


def main() -> None:
    """Run the script."""
    arguments = read_arguments()
    report = process_case3_fixed(arguments.cctv_image, arguments.face, arguments.known, arguments.output)
    print("✅ 케이스 3 처리 완료!")
    print(f"📄 수사 보고서: {report.report_path}")
    for group in report.clues:
        print(f"{group.title}: {len(group.lines)}개")
        for line in group.lines[:_MOST_LINES]:
            print(f"  • {line}")
    print(f"📊 총 {sum(len(group.lines) for group in report.clues)}개의 유용한 단서가 발견되었습니다.")


if __name__ == "__main__":
    run_demo(main)
