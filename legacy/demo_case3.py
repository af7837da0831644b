#!/usr/bin/env python3
"""CCTV frame (+ known information) → report of clues, as `demo_case3.py` always was called.

    python demo_case3.py 화면.jpg -k known_info.json --output outputs

As a library: `process_case3("화면.jpg", known_info="known_info.json").report_path`.
"""

from __future__ import annotations

from dasibom_legacy.demo import Info, Place, run_demo
from dasibom_legacy.scene import DEFAULT_FOLDER, SceneReport, read_arguments, report_scene

_MOST_LINES = 3  # of a category on the console
_TITLES = {
    "⏰ 시간 관련 정보": "⏰ 시간 정보",
    "📍 위치 관련 정보": "📍 위치 정보",
    "🚶 행동 패턴 정보": "🚶 행동 패턴",
    "👤 신체적 특징": "👤 신체 특징",
    "🌍 환경적 맥락": "🌍 환경 맥락",
}
"""Short titles of the console, by those of the report."""


def process_case3(
    cctv_image: Place, face_image: Place | None = None, known_info: Info | None = None, output_dir: Place = DEFAULT_FOLDER
) -> SceneReport:
    """Run the case and write the report. See `scene.report_scene`."""
    return report_scene(cctv_image, face_image, known_info, output_dir, name="demo_case3")


def main() -> None:
    """Run the script."""
    arguments = read_arguments()
    report = process_case3(arguments.cctv_image, arguments.face, arguments.known, arguments.output)
    if report.comparison is not None:
        print(f"새로운 정보: {len(report.comparison['new_insights'])}개")
        print(f"확인된 정보: {len(report.comparison['confirmations'])}개")
        print(f"모순되는 정보: {len(report.comparison['contradictions'])}개")
    print("✅ 케이스 3 처리 완료!")
    print(f"📄 수사 보고서: {report.report_path}")
    print("🔍 핵심 식별 단서 요약:")
    for group in report.clues:
        print(f"{_TITLES.get(group.title, group.title)}:")
        for line in group.lines[:_MOST_LINES]:
            print(f"  • {line}")


if __name__ == "__main__":
    run_demo(main)
