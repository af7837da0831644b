"""`bedrock_case3.py` and `bedrock_super_resolution.py`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import boto3
from PIL import Image

from tests.acceptance.conftest import SAMPLES
from tests.acceptance.legacy.conftest import Shell
from tests.acceptance.legacy.layout import MANY, closing, mismatch

CASE3, SUPER = "bedrock_case3.py", "bedrock_super_resolution.py"
RULER = "=" * 58
REPORT = [
    "",
    RULER,
    " " * 20 + "실종자 수사 종합 보고서",
    " " * 19 + ".+ 분석 결과",
    RULER,
    "",
    r"보고서 생성 시간: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "",
    r"=== 1\. CCTV 상황 분석 ===",
    MANY,
    "",
    r"=== 2\. 인물 세부 특징 분석 ===",
    MANY,
    "",
    r"=== 3\. 얼굴 특징 분석 ===",
    MANY,
    "",
    r"=== 4\. 기존 정보와의 비교 분석 ===",
    MANY,
    "",
    r"=== 5\. 기존 알려진 정보 ===",
    MANY,
    "",
    RULER,
    " " * 23 + "보고서 요약",
    RULER,
    "",
    ".+",
    "",
    ".+",
    "",
    "※ 주의: .+",
    "",
    RULER,
    "",
]
KNOWN = {
    "context: What time of day does this appear to be taken?": "저녁",
    "details: What is their posture like? Straight, slouched, or hunched?": "구부정한 자세",
    "기존_신고_정보": "20대 여성, 어두운 옷, 저녁 시간",
    "height": 162,
}
IMAGES = {
    "original": "01_original.png",
    "preprocessed": "02_preprocessed.png",
    "nova": "04_nova_upscaled.png",
    "bicubic": "07_bicubic_upscaled.png",
    "comparison_grid": "08_comparison_grid.png",
    "final": "09_final_result.png",
}


def test_the_report_has_the_former_layout_line_by_line(shell: Shell, frame: Path) -> None:
    done = shell.run(CASE3, frame.name, "--output", "결과")
    (name,) = (name for name in shell.files("결과") if name != "manifest.json")
    assert re.fullmatch(r"bedrock_investigation_report_\d{8}_\d{6}\.txt", name)
    assert done.stdout.splitlines()[-2:] == ["✅ 완료! 종합 수사 보고서가 생성되었습니다:", f"📄 결과/{name}"]
    text = (shell.folder / "결과" / name).read_text("utf-8")
    without_face = [*REPORT[:15], "얼굴 사진이 제공되지 않았거나 분석할 수 없음", *REPORT[16:21], r"\{\}", *REPORT[22:]]
    assert mismatch(text, without_face) == ""


def test_face_and_known_information_are_in_the_report_and_its_key_names_the_time_once(
    shell: Shell, frame: Path, bucket: tuple[str, dict[str, str]]
) -> None:
    name, environment = bucket
    client = boto3.client("s3", endpoint_url=environment["DASIBOM_S3_ENDPOINT_URL"])
    client.upload_file(str(frame), name, "cctv/화면 (1).jpg")
    client.upload_file(str(SAMPLES / "face.jpg"), name, "face.jpg")
    (shell.folder / "정보.json").write_text(json.dumps(KNOWN, ensure_ascii=False), "utf-8")
    arguments = (
        f"s3://{name}/cctv/화면 (1).jpg",
        "-f",
        f"s3://{name}/face.jpg",
        "-k",
        "정보.json",
        "-c",
        "7",
        "-b",
        name,
        "-r",
        "us-east-1",
    )
    done = shell.run(CASE3, *arguments, **environment)
    headline, case_id, report, face, known = done.stdout.splitlines()[-5:]
    assert headline == "🎉 완료! 종합 수사 보고서가 생성되었습니다:"
    assert case_id == "📋 케이스 ID: 7"
    assert re.fullmatch(rf"📄 S3 보고서: s3://{name}/cases/case3_investigation/7/reports/\d{{8}}_\d{{6}}_investigation_report\.txt", report)
    assert face == "👤 얼굴 참조 사진 포함 분석 완료"
    assert known == "🔍 기존 정보와의 비교 분석 포함"
    stored = client.get_object(Bucket=name, Key=report.partition(f"s3://{name}/")[2])
    assert stored["ContentType"] == "text/plain; charset=utf-8"
    text = stored["Body"].read().decode()
    assert mismatch(text, REPORT) == ""
    assert "얼굴 사진이 제공되지 않았거나" not in text
    told = text.partition("=== 5. 기존 알려진 정보 ===\n")[2].partition("\n\n")[0]
    assert json.loads(told) == KNOWN
    compared = text.partition("=== 4.")[2].partition("=== 5.")[0]
    assert "알려진 정보 ‘저녁’" in compared  # by topic, in another language than the question's
    assert shell.files() == ["정보.json", frame.name]


def test_without_flags_the_closing_lines_are_the_latest_ones(shell: Shell, frame: Path) -> None:
    lines = shell.run(CASE3, frame.name, DASIBOM_LANG="ko").stdout.splitlines()
    assert lines[-3] == "🎉 완료! 종합 수사 보고서가 생성되었습니다:"
    assert re.fullmatch(r"📄 S3 보고서: outputs/bedrock_investigation_report_\d{8}_\d{6}\.txt", lines[-1])


def test_what_is_not_there_is_named_and_fails(shell: Shell, frame: Path) -> None:
    assert "파일을 찾을 수 없습니다: 오타.jpg" in shell.run(CASE3, "오타.jpg", status=1).stdout
    assert "파일을 찾을 수 없습니다: 오타.jpg" in shell.run(CASE3, frame.name, "-f", "오타.jpg", status=1).stdout
    assert "파일을 찾을 수 없습니다: 오타.json" in shell.run(CASE3, frame.name, "-k", "오타.json", status=1).stdout
    assert "파일을 찾을 수 없습니다: http.jpg" in shell.run(SUPER, "http.jpg", status=1).stdout
    assert "image_source" in shell.run(SUPER, status=2).stderr
    assert "cctv_image" in shell.run(CASE3, status=2).stderr


def test_super_resolution_writes_the_nine_files_of_before_as_far_as_there_are_models(shell: Shell, frame: Path) -> None:
    done = shell.run(SUPER, frame.name, "-o", "sr")
    assert done.stdout.splitlines()[-1] == "🎉 처리 완료! 최고 품질 결과: sr/09_final_result.png"
    assert shell.files("sr") == sorted([*IMAGES.values(), "03_quality_analysis.txt", "manifest.json"])
    text = (shell.folder / "sr/03_quality_analysis.txt").read_text("utf-8")
    assert mismatch(text, ["=== 이미지 품질 분석 ===", "", MANY]) == ""
    with Image.open(shell.folder / "sr/01_original.png") as before, Image.open(shell.folder / "sr/09_final_result.png") as after:
        assert (after.width, after.height) == (2 * before.width, 2 * before.height)
        assert before.format == after.format == "PNG"


def test_super_resolution_stores_everything_in_the_bucket(shell: Shell, frame: Path, bucket: tuple[str, dict[str, str]]) -> None:
    name, environment = bucket
    done = shell.run(SUPER, frame.name, "--bucket", name, "--case-id", "sr-1", **environment)
    lines = done.stdout.splitlines()
    start = lines.index("🎉 처리 완료!")
    assert lines[start + 2].startswith(f"🏆 최종 결과: s3://{name}/cases/super_resolution/sr-1/images/")
    assert lines[start + 2].endswith("_09_final_result.png")
    _, urls = closing("\n".join([*lines[: start + 2], *lines[start + 3 :]]))
    assert list(urls) == ["original", "preprocessed", "final", "quality_analysis", "nova", "bicubic", "comparison_grid"]
    assert not (shell.folder / "outputs_super_resolution").exists()
