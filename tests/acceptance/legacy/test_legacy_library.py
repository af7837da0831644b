"""The former modules imported by a program, against the running mesh."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from bedrock_case1 import KEYS, BedrockCase1
from bedrock_case3 import BedrockCase3
from bedrock_enhanced_case1 import EnhancedBedrockCase1
from bedrock_enhanced_case2 import EnhancedBedrockCase2
from bedrock_super_resolution import BedrockSuperResolution
from dasibom_legacy import mesh as connection
from dasibom_legacy.errors import LegacyError
from PIL import Image

from tests.acceptance.conftest import SAMPLES, RunningMesh


@pytest.fixture(autouse=True)
def folder(mesh: RunningMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The program's folder, with a small frame; it names the mesh by the one setting."""
    monkeypatch.setenv("DASIBOM_URL", mesh.state.url)
    monkeypatch.delenv("DASIBOM_LEGACY_BUCKET", raising=False)
    monkeypatch.chdir(tmp_path)
    with Image.open(SAMPLES / "cctv_frame.jpg") as picture:
        picture.reduce(2).save(tmp_path / "화면.jpg")
    yield tmp_path
    connection.disconnect()


def is_picture(value: object) -> bool:
    return isinstance(value, Image.Image) and value.width > 1


def test_case1_returns_the_dict_of_before(folder: Path) -> None:
    answer = EnhancedBedrockCase1("us-west-1").process_complete_pipeline("화면.jpg", "20260305_070809", output_dir="여기")
    assert answer["case_id"] == "20260305_070809"
    assert answer["case_type"] == "case1_montage"
    (frame,) = answer["frames"]
    assert list(frame) == ["index", "source", "original", "original_base64", "enhanced", "enhanced_base64", "analysis"]
    assert (frame["index"], frame["source"]) == (1, "화면.jpg")
    assert base64.b64decode(frame["original_base64"]) == Path("화면.jpg").read_bytes()
    assert base64.b64decode(frame["enhanced_base64"]) == Path("여기/01_super_resolved.png").read_bytes()
    assert "상의 색" in frame["analysis"]
    for key in ("original", "enhanced", "montage", "refined_face_01", "refined_face_1"):
        assert is_picture(answer[key]), key
    assert answer["s3_urls"]["analysis"] == "여기/02_claude_analysis.txt"


def test_a_folder_in_the_place_of_the_case_id_gets_the_results(folder: Path) -> None:
    given = {"gender": "남성", "age": "20대", "hair": "검은색 짧은 머리", "clothing": "파란색 셔츠"}
    answer = EnhancedBedrockCase2().process_complete_pipeline(given, SAMPLES / "face.jpg", "outputs_1/case2_synthesis")
    assert (folder / "outputs_1/case2_synthesis/05_comparison.png").is_file()
    assert is_picture(answer["body"])
    assert is_picture(answer["final"])
    assert answer["face_analysis"]["success"] is True
    assert "머리 색" in answer["face_analysis"]["description"]


def test_case3_is_run_step_by_step(folder: Path) -> None:
    case = BedrockCase3()
    context, person = case.analyze_context("화면.jpg"), case.analyze_person("화면.jpg")
    assert "조명 상태" in context["context_analysis"]
    assert "상의 색" in person["person_analysis"]
    known = {"upper_color": "파란색"}
    comparison = case.compare_with_known_info(context, person, known)
    assert comparison["known_info"] == known
    assert "파란색" in comparison["comparison_analysis"]
    path = case.generate_report(context, person, comparison, case_id="./보고서")
    text = Path(path).read_text("utf-8")
    for section in (context["context_analysis"], person["person_analysis"], comparison["comparison_analysis"]):
        assert section in text
    with pytest.raises(LegacyError):
        case.compare_with_known_info(context, {**person, "source": "다른 화면.jpg"})


def test_super_resolution_returns_every_stage(folder: Path) -> None:
    answer = BedrockSuperResolution().process_complete_pipeline("화면.jpg")
    assert [key for key, value in answer.items() if is_picture(value)] == ["original", "preprocessed", "nova", "bicubic", "final"]
    assert answer["final"].size == (2 * answer["original"].width, 2 * answer["original"].height)


def test_the_first_case1_returns_its_findings_by_key(folder: Path) -> None:
    answer = BedrockCase1().process_complete_pipeline("화면.jpg")
    assert set(KEYS) < set(answer)
    assert answer["top_color"] in answer["full_analysis"]
    assert Path(answer["report_path"]).is_file()
    assert is_picture(answer["montage"])
