"""Result trees as the former scripts wrote them, drawn and written here."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from services.common import imaging

ANSWERS = {
    "What is this person wearing?": "a dark jacket and jeans",
    "What color is this person's shirt or top?": "black",
    "What is this person wearing on the bottom?": "blue jeans",
    "What type of shoes is this person wearing?": "snow boots",
    "Does this person have a bag or accessories?": "a notebook bag",
    "How does this person's hair look?": "short black hair",
    "Is this person male or female?": "female",
    "How old does this person look?": "about 30",
    "Is this person tall or short?": "분석 실패",
    "Are there other notable features?": "분석 실패",
}
RULER = "=" * 58


def drawing(name: str, size: tuple[int, int] = (96, 64), *, black: bool = False) -> bytes:
    """A picture of its own for each name."""
    if black:
        return imaging.encode(np.zeros((size[1], size[0], 3), np.uint8))
    random = np.random.default_rng(zlib.crc32(name.encode()))
    coarse = random.integers(40, 220, (size[1] // 16, size[0] // 16, 3), dtype=np.uint8)
    return imaging.encode(coarse.repeat(16, axis=0).repeat(16, axis=1))


def answers_text(heading: str, answers: Mapping[str, str]) -> str:
    return f"=== {heading} ===\n\n" + "".join(f"Q: {question}\nA: {answer}\n\n" for question, answer in answers.items())


def tree(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def pictures(*names: str) -> dict[str, bytes]:
    return {name: drawing(name) for name in names}


def enhanced_case1(*, suffixes: tuple[str, ...] = ("",), number: str = "1") -> dict[str, bytes | str]:
    """As version 1.3 or 3.3 named it: numbers with or without two digits."""
    frames = "\n\n".join(f"[이미지 {n} 분석]\n프레임 {n}: 검은 외투를 입은 사람" for n in range(1, len(suffixes) + 1))
    return {
        **pictures(*(f"01_super_resolved{suffix}.png" for suffix in suffixes)),
        "02_claude_analysis.txt": f"=== Claude Opus 상세 분석 (개별) ===\n\n{frames}\n\n=== 통합 요약 ===\n\n- 검은 외투, 짧은 머리",
        **pictures("03_nova_montage.png", f"04_face_crop_{number}.png", f"05_refined_face_{number}.png"),
        "final_report.html": "<!DOCTYPE html><html><head><title>실종자 식별 리포트 - Enhanced Case 1</title></head></html>",
    }


def enhanced_case2() -> dict[str, bytes | str]:
    topics = "얼굴형 피부 눈 눈썹 코 입술 턱선 표시 나이 인상".split()
    items = "\n".join(f"{number}. {topic}: {topic} 설명" for number, topic in enumerate(topics, start=1))
    return {
        "01_face_analysis.txt": f"=== 얼굴 특징 분석 ===\n\n다음과 같습니다.\n{items}\n",
        **pictures("02_generated_body.png", "03_face_composite.png", "04_final_enhanced.png", "05_comparison.png"),
    }


def investigation_report(*, failed: bool = False) -> str:
    scene, person = ("CCTV 분석 데이터 없음", "인물 분석 데이터 없음") if failed else ("저녁 무렵의 실외 거리", "빠르게 걷는 남성")
    return "\n".join(
        [
            "",
            RULER,
            f"{' ' * 20}실종자 수사 종합 보고서",
            f"{' ' * 19}AWS Bedrock Claude 분석 결과",
            RULER,
            "",
            "보고서 생성 시간: 2025-09-22 10:20:30",
            "",
            "=== 1. CCTV 상황 분석 ===",
            scene,
            "",
            "=== 2. 인물 세부 특징 분석 ===",
            person,
            "",
            "=== 3. 얼굴 특징 분석 ===",
            "얼굴 사진이 제공되지 않았거나 분석할 수 없음",
            "",
            "=== 4. 기존 정보와의 비교 분석 ===",
            "비교 분석 데이터 없음" if failed else "새로운 단서: 동쪽으로 이동",
            "",
            "=== 5. 기존 알려진 정보 ===",
            '{\n  "context: What time of day does this appear to be taken?": "저녁",\n  "기존_신고_정보": "어두운 옷차림의 20대"\n}',
            "",
            RULER,
            f"{' ' * 23}보고서 요약",
            RULER,
            "",
            "※ 주의: 참고용입니다.",
            RULER,
            "",
        ]
    )


def clue_report(answers: Mapping[str, str]) -> str:
    """As the second edition of the local script wrote it: each answer repeats its question."""
    asked = "".join(f"Q: {question}\nA: {question}\n{answer}\n\n" for question, answer in answers.items())
    return (
        f"{'=' * 60}\n실종자 식별 보완 정보 보고서 (케이스 3)\n{'=' * 60}\n생성 시간: 2025-09-16 09:00:00\n\n"
        f"🔍 핵심 식별 단서\n{'-' * 30}\n\n\n📋 상세 분석 결과\n{'-' * 30}\n\n🏙️ 상황 맥락 분석:\n{asked}\n👤 인물 세부 특징 분석:\n"
        f"💡 수사 권고사항\n{'-' * 30}\n1. CCTV를 더 확보\n2. 행동 패턴 비교\n3. 환경으로 상황 추정\n4. 목격자 진술과 대조\n\n"
    )


def super_resolution() -> dict[str, bytes | str]:
    made = "04_nova_upscaled 05_titan_upscaled 06_sdxl_enhanced 07_bicubic_upscaled 08_comparison_grid 09_final_result".split()
    return {
        **pictures("01_original.png", "02_preprocessed.png", *(f"{name}.png" for name in made)),
        "03_quality_analysis.txt": "=== 이미지 품질 분석 ===\n\n해상도가 낮고 흐릿합니다.",
    }


def demo_tree() -> dict[str, bytes | str]:
    """`test_results/` as the former project shipped it, and the default folders of the local scripts."""
    failed = dict.fromkeys(ANSWERS, "분석 실패")
    asked = {"What is the weather like?": "sunny day outside", "What is their posture like?": "straight and upright"}
    return {
        "test_results/case1/montage.png": drawing("failed montage"),
        "test_results/case1/analysis_result.txt": answers_text("인물 분석 결과", failed),
        "test_results/case2_gpu/main_high_res.png": drawing("", (96, 128), black=True),
        "test_results/case2_gpu/variation_1.png": drawing("variation", (64, 96)),
        "test_results/case3/investigation_report_case3.txt": clue_report({}),
        "test_results/case3_fixed/investigation_report_case3.txt": clue_report(
            asked | {"Are there any vehicles visible?": "sorry, as a base VLM I am not trained to answer this question."}
        ),
        "outputs/montage.png": drawing("montage"),
        "outputs/analysis_result.txt": answers_text("인물 분석 결과", ANSWERS),
        "outputs/generated_body.png": drawing("body"),
        "outputs/final_result_case2.png": drawing("swapped"),
        "enhanced_outputs/enhanced_variation_1.png": drawing("v1"),
        "enhanced_outputs/enhanced_variation_2.png": drawing("v2"),
        "enhanced_outputs/enhanced_montage_best.png": drawing("v1"),
        "enhanced_outputs/enhanced_analysis_result.txt": answers_text("개선된 인물 분석 결과", ANSWERS)
        + "\n=== 생성된 파일들 ===\n최고 품질 몽타주: x\n",
    }
