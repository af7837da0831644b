"""The scripts of the local toolkit: `demo_*.py`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.acceptance.conftest import SAMPLES
from tests.acceptance.legacy.conftest import Shell
from tests.acceptance.legacy.layout import MANY, mismatch

ANSWERS = [r"Q: .+", r"A: .+", ""]
TITLES = ["⏰ 시간 관련 정보", "📍 위치 관련 정보", "🚶 행동 패턴 정보", "👤 신체적 특징", "🌍 환경적 맥락"]
LABELS = [
    *("촬영 시간대", "날씨 상태", "계절", "장소 유형", "배경 건물/지역", "주변 표지판/텍스트"),
    *("보행 속도", "자세", "이동 방향", "동행 여부", "소지품", "액세서리", "신발", "주변 인물", "주변 차량", "조명 상태"),
]
CLUES = [
    "=" * 60,
    r"실종자 식별 보완 정보 보고서 \(케이스 3\)",
    "=" * 60,
    r"생성 시간: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "",
    "🔍 핵심 식별 단서",
    "-" * 30,
    MANY,
    "📋 상세 분석 결과",
    "-" * 30,
    "",
    "🏙️ 상황 맥락 분석:",
    MANY,
    "👤 인물 세부 특징 분석:",
    MANY,
    "💡 수사 권고사항",
    "-" * 30,
    r"1\. .+",
    MANY,
    "",
    "",
]


@pytest.fixture
def face(shell: Shell) -> Path:
    path = shell.folder / "얼굴 사진.jpg"
    path.write_bytes((SAMPLES / "face.jpg").read_bytes())
    return path


@pytest.fixture
def info(shell: Shell) -> str:
    (shell.folder / "인물 정보.json").write_bytes((SAMPLES / "person_info.json").read_bytes())
    return "인물 정보.json"


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return picture.size


def test_case1_writes_a_montage_and_ten_answers(shell: Shell, frame: Path) -> None:
    done = shell.run("demo_case1.py", frame.name, "--out", "결과 1")
    assert done.stdout.splitlines()[-2:] == [
        "✅ 완료! 결과는 결과 1/montage.png에 저장되었습니다.",
        "분석 결과도 결과 1/analysis_result.txt에 저장되었습니다.",
    ]
    assert shell.files("결과 1") == ["analysis_result.txt", "montage.png"]
    text = (shell.folder / "결과 1/analysis_result.txt").read_text("utf-8")
    assert mismatch(text, ["=== 인물 분석 결과 ===", "", *ANSWERS * 10, ""]) == ""
    assert "A: 주황색" in text  # what can be measured is answered, and not passed over
    missing = shell.run("demo_case1.py", "오타.jpg", status=1)
    assert missing.stdout.splitlines()[-2:] == ["❌ 파일을 찾을 수 없습니다: 오타.jpg", "몽타주 생성에 실패했습니다."]
    shell.run("demo_case1.py", "오타.jpg", status=0, DASIBOM_LEGACY_EXIT_ZERO="1")


def test_case1_enhanced_writes_as_many_faces_as_asked_for(shell: Shell, frame: Path) -> None:
    done = shell.run("demo_case1_enhanced.py", frame.name, "-v", "2")
    assert done.stdout.splitlines()[-3:] == [
        "🎉 완료! 최고 품질 결과: enhanced_outputs/enhanced_montage_best.png",
        "📁 모든 변형들: enhanced_outputs",
        "📝 분석 결과: enhanced_outputs/enhanced_analysis_result.txt",
    ]
    folder = shell.folder / "enhanced_outputs"
    variations = ["enhanced_variation_1.png", "enhanced_variation_2.png"]
    assert shell.files("enhanced_outputs") == ["enhanced_analysis_result.txt", "enhanced_montage_best.png", *variations]
    assert [size(folder / name) for name in variations] == [(512, 512), (512, 512)]
    assert len({(folder / name).read_bytes() for name in variations}) == 2
    specification = [
        "=== 개선된 인물 분석 결과 ===",
        "",
        *ANSWERS * 10,
        "",
        "=== 생성된 파일들 ===",
        "최고 품질 몽타주: enhanced_outputs/enhanced_montage_best.png",
        *(f"변형 {number}: enhanced_outputs/{name}" for number, name in enumerate(variations, start=1)),
        "",
    ]
    assert mismatch((folder / "enhanced_analysis_result.txt").read_text("utf-8"), specification) == ""
    assert "--variations" in shell.run("demo_case1_enhanced.py", frame.name, "-v", "0", status=2).stderr


def test_case2_puts_the_face_on_a_body_and_says_when_it_cannot(shell: Shell, face: Path, info: str, frame: Path) -> None:
    done = shell.run("demo_case2.py", "-i", info, "-f", face.name)
    assert done.stdout.splitlines()[-1] == "✅ 완료! 최종 결과: outputs/final_result_case2.png"
    assert shell.files("outputs") == ["final_result_case2.png", "generated_body.png"]
    before, after = (shell.folder / "outputs" / name for name in ("generated_body.png", "final_result_case2.png"))
    assert before.read_bytes() != after.read_bytes()

    Image.new("RGB", (200, 200), "gray").save(shell.folder / "벽.png")
    faceless = shell.run("demo_case2.py", "--info", info, "--face", "벽.png", "-o", "벽", status=1)
    assert "얼굴을 찾지 못했습니다" in faceless.stdout
    assert faceless.stdout.splitlines()[-1] == "❌ 처리 실패"
    assert shell.files("벽") == ["generated_body.png"]

    (shell.folder / "깨짐.json").write_text('{"gender": ', "utf-8")
    broken = shell.run("demo_case2.py", "-i", "깨짐.json", "-f", face.name, status=1)
    assert "올바른 JSON이 아닙니다" in broken.stdout
    assert broken.stdout.splitlines()[-1] == "❌ 처리 실패"
    shell.run("demo_case2.py", "-i", "깨짐.json", "-f", face.name, status=0, DASIBOM_LEGACY_EXIT_ZERO="1")
    assert "--face" in shell.run("demo_case2.py", "-i", info, status=2).stderr


def test_case2_enhanced_makes_as_many_attempts_as_asked_for(shell: Shell, face: Path, info: str) -> None:
    done = shell.run("demo_case2_enhanced.py", "-i", info, "-f", face.name, "-a", "2", "-o", "몸")
    assert done.stdout.splitlines()[-3:] == ["🎉 모든 처리 완료!", "🏆 최고 품질 결과: 몸/enhanced_case2_final.png", "📂 모든 파일: 몸/"]
    pictures = ["enhanced_case2_before_postprocess.png", "enhanced_case2_final.png"]
    names = ["body_attempt_1.png", "body_attempt_2.png", *pictures, "enhanced_case2_summary.txt", "enhanced_generated_body.png"]
    assert shell.files("몸") == names
    before, final = ((shell.folder / "몸" / name).read_bytes() for name in pictures)
    assert before != final
    given = json.loads((SAMPLES / "person_info.json").read_text("utf-8"))
    specification = [
        "=== 개선된 케이스 2 처리 결과 ===",
        "",
        "입력 정보:",
        *(f"  {re.escape(key)}: {re.escape(value)}" for key, value in given.items()),
        "",
        f"참조 얼굴 이미지: {face.name}",
        "",
        "생성된 파일들:",
        "  최종 결과: 몸/enhanced_case2_final.png",
        "  전신 이미지: 몸/enhanced_generated_body.png",
        "  시도 1: 몸/body_attempt_1.png",
        "  시도 2: 몸/body_attempt_2.png",
        "",
    ]
    assert mismatch((shell.folder / "몸/enhanced_case2_summary.txt").read_text("utf-8"), specification) == ""
    assert "--attempts" in shell.run("demo_case2_enhanced.py", "-i", info, "-f", face.name, "-a", "9", status=2).stderr


def test_gpu_safe_needs_no_gpu_and_no_photo(shell: Shell, info: str) -> None:
    done = shell.run("demo_case2_gpu_safe.py", "--info", info, "--output", "셋")
    names = ["main_high_res.png", "variation_1.png", "variation_2.png"]
    lines = done.stdout.splitlines()
    start = lines.index("🖼️  생성된 이미지: 3개")
    assert lines[start + 1 : start + 4] == [
        f"  • {label}: 셋/{name}" for label, name in zip(("메인 이미지", "변형 1", "변형 2"), names, strict=True)
    ]
    assert lines[-1] == "🎉 성공! 총 3개 이미지가 생성되었습니다."
    assert shell.files("셋") == names
    with Image.open(shell.folder / "셋/main_high_res.png") as picture:
        darkest, brightest = picture.convert("L").getextrema()
        assert brightest - darkest > 100  # formerly black


def test_sdxl_only_goes_on_without_a_photo_that_is_not_there(shell: Shell, info: str) -> None:
    done = shell.run("demo_case2_sdxl_only.py", "-i", info, "-f", "없음.jpg")
    assert "⚠️  얼굴 사진 없이 진행합니다. 파일을 찾을 수 없습니다: 없음.jpg" in done.stdout
    variations = [f"sdxl_variation_{number}_case2.png" for number in (1, 2, 3)]
    assert done.stdout.splitlines()[-5:] == [
        "🎉 완료! 결과 파일들:",
        "  메인: outputs/sdxl_full_body_case2.png",
        *(f"  변형 {number}: outputs/{name}" for number, name in enumerate(variations, start=1)),
    ]
    assert shell.files("outputs") == ["sdxl_full_body_case2.png", *variations]
    assert len({(shell.folder / "outputs" / name).read_bytes() for name in variations}) > 1
    assert "파일을 찾을 수 없습니다: 없음.json" in shell.run("demo_case2_sdxl_only.py", "-i", "없음.json", status=1).stdout


def clue_lines(text: str) -> list[str]:
    """The part of a report that lists clues."""
    return text.partition("🔍 핵심 식별 단서\n" + "-" * 30)[2].partition("📋")[0].strip().splitlines()


def test_case3_compares_korean_values_and_lists_clues_in_the_former_layout(shell: Shell, frame: Path, face: Path) -> None:
    known = {
        "context: What time of day does this appear to be taken?": "밤",
        "상의": "주황색",
        "추정 키": 170,
        "기존_신고_정보": "혼자 있었음",
    }
    (shell.folder / "정보.json").write_text(json.dumps(known, ensure_ascii=False), "utf-8")
    done = shell.run("demo_case3.py", frame.name, "-k", "정보.json", "-f", face.name)
    assert shell.files("outputs") == ["investigation_report_case3.txt"]
    text = (shell.folder / "outputs/investigation_report_case3.txt").read_text("utf-8")
    assert mismatch(text, CLUES) == ""
    assert "\n\n\n📋 상세" in text
    titles = [line.removesuffix(":") for line in clue_lines(text) if line and not line.startswith("  ")]
    assert titles == [title for title in TITLES if title in titles] != []
    labels = [line.removeprefix("  • ").partition(": ")[0] for line in clue_lines(text) if line.startswith("  • ")]
    assert labels == [label for label in LABELS if label in labels]
    assert "분석 실패" not in text

    lines = done.stdout.splitlines()
    counts = {name: int(number) for name, number in re.findall(r"^(새로운|확인된|모순되는) 정보: (\d+)개$", done.stdout, re.M)}
    assert counts["확인된"] >= 2  # the time of day, and a color, in Korean
    assert counts["모순되는"] == 0
    start = lines.index("✅ 케이스 3 처리 완료!")
    assert lines[start + 1 : start + 3] == ["📄 수사 보고서: outputs/investigation_report_case3.txt", "🔍 핵심 식별 단서 요약:"]
    assert lines[start + 3] == "⏰ 시간 정보:"


def test_case3_fixed_reads_folders_and_counts_what_says_something(shell: Shell, frame: Path) -> None:
    folder = shell.folder / "여러 화면"
    folder.mkdir()
    frame.rename(folder / frame.name)
    (folder / "둘째 화면.jpg").write_bytes((SAMPLES / "cctv_frame_2.jpg").read_bytes())
    (folder / "깨진 화면.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    done = shell.run("demo_case3_fixed.py", "여러 화면", "--known", "없음.json")
    assert "⚠️  알려진 정보 없이 진행합니다. 파일을 찾을 수 없습니다: 없음.json" in done.stdout
    assert "⚠️  건너뜀: 여러 화면/깨진 화면.jpg" in done.stdout
    text = (shell.folder / "outputs/investigation_report_case3.txt").read_text("utf-8")
    assert mismatch(text, CLUES) == ""
    listed = [line for line in clue_lines(text) if line.startswith("  • ")]
    assert done.stdout.splitlines()[-1] == f"📊 총 {len(listed)}개의 유용한 단서가 발견되었습니다."
    assert re.search(r"^⏰ 시간 관련 정보: \d개$", done.stdout, re.M)
    (shell.folder / "빈 폴더").mkdir()
    assert "이미지가 없습니다: 빈 폴더" in shell.run("demo_case3_fixed.py", "빈 폴더", status=1).stdout


def test_super_resolution_leaves_out_what_no_model_can_and_draws_every_label(shell: Shell, face: Path) -> None:
    with Image.open(face) as picture:
        width, height = picture.width // 2, picture.height // 2
        picture.resize((width, height)).save(shell.folder / "작은 얼굴.png")
    done = shell.run("demo_super_resolution.py", "작은 얼굴.png")
    assert re.search(r"^⚠️  Stable Diffusion 4x: 이 서비스에 해당 모델이 없어 건너뜁니다", done.stdout, re.M)
    names = [
        "01_preprocessed.png",
        "03_real_esrgan.png",
        "04_traditional_lanczos_4x.png",
        "05_final_face_enhanced.png",
        "super_resolution_comparison.png",
    ]
    assert shell.files("outputs") == names
    lines = done.stdout.splitlines()
    start = lines.index("✅ 처리 완료! 결과는 outputs 폴더에 저장되었습니다.")
    assert lines[start + 1] == "📋 생성된 파일:"
    assert [line.partition(" - ")[0] for line in lines[start + 2 :]] == [f"  {name}" for name in names]
    folder = shell.folder / "outputs"
    assert {size(folder / name) for name in names[1:4]} == {(4 * width, 4 * height)}
    assert size(folder / names[4]) == (2 * 850 + 50, 2 * 650 + 50)
    final, before = ((folder / name).read_bytes() for name in (names[3], names[1]))
    assert final != before  # there is a face

    plain = shell.run("demo_super_resolution.py", "작은 얼굴.png", "-m", "traditional", "-o", "t")
    assert "⚠️  Stable" not in plain.stdout
    assert shell.files("t") == [name for name in names if "esrgan" not in name]
    none = shell.run("demo_super_resolution.py", "작은 얼굴.png", "-m", "stable_diffusion", "-o", "n", status=1)
    assert "❌ 쓸 수 있는 방법이 없습니다." in none.stdout
    assert not (shell.folder / "n").exists()
    assert "invalid choice" in shell.run("demo_super_resolution.py", "작은 얼굴.png", "-m", "nova", status=2).stderr
