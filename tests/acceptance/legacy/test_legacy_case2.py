"""`bedrock_enhanced_case2.py` and `bedrock_case2.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.acceptance.conftest import SAMPLES
from tests.acceptance.legacy.conftest import Shell
from tests.acceptance.legacy.layout import MANY, closing, mismatch

CASE2 = "bedrock_enhanced_case2.py"
FILES = [
    "01_face_analysis.txt",
    "02_generated_body.png",
    "03_face_composite.png",
    "04_final_enhanced.png",
    "05_comparison.png",
    "manifest.json",
]
KEYS = ["face_analysis", "generated_body", "face_composite", "final_enhanced", "comparison"]
KOREAN = {
    "gender": "남성",
    "age": "20대 중반",
    "build": "보통 체격, 175cm 정도",
    "hair": "검은색 짧은 머리",
    "clothing": "파란색 셔츠, 검은색 바지",
    "additional_info": "검은색 백팩",
}
ENGLISH = {
    "gender": "male",
    "age": "25",
    "height": "tall",
    "build": "slim",
    "hair": "short black hair",
    "clothing": "blue shirt, black trousers",
    "additional_info": "black backpack",
    "note": {"unknown": ["keys", 1]},
}
RECORD = {
    "occrde": "20240305",
    "nm": "가나다",
    "sexdstnDscd": "여자",
    "age": "26",
    "ageNow": "28",
    "writngTrgetDscd": "020",
    "alldressingDscd": "불상",
    "height": "162",
    "bdwgh": "50",
    "hairshpeDscd": "짧은머리",
    "haircolrDscd": "흑색",
    "etcSpfeatr": "안경",
}


@pytest.fixture
def face(shell: Shell) -> Path:
    path = shell.folder / "얼굴 사진.jpg"
    path.write_bytes((SAMPLES / "face.jpg").read_bytes())
    return path


def write(shell: Shell, values: Any) -> str:
    (shell.folder / "인물 정보.json").write_text(json.dumps(values, ensure_ascii=False), "utf-8")
    return "인물 정보.json"


@pytest.mark.parametrize("info", [KOREAN, ENGLISH, RECORD], ids=["korean", "english", "record"])
def test_every_form_of_information_gives_the_files_of_before(shell: Shell, face: Path, info: dict[str, Any]) -> None:
    done = shell.run(CASE2, "-i", write(shell, info), "-f", face.name)
    assert shell.files("outputs_case2") == FILES
    assert list(closing(done.stdout)[1]) == KEYS
    text = (shell.folder / "outputs_case2/01_face_analysis.txt").read_text("utf-8")
    assert mismatch(text, ["=== 얼굴 특징 분석 ===", "", MANY]) == ""
    job = json.loads((shell.folder / "outputs_case2/manifest.json").read_text("utf-8"))["job"]
    prompt = job["result"]["case2"]["prompt"].lower()
    assert "black" in prompt
    assert ("female" in prompt or "woman" in prompt) == (info is RECORD)
    if info is not RECORD:
        assert "backpack" in prompt  # formerly passed over


def test_the_bucket_layout_is_that_of_before(shell: Shell, face: Path, bucket: tuple[str, dict[str, str]]) -> None:
    name, environment = bucket
    done = shell.run(CASE2, "--info", write(shell, KOREAN), "--face", face.name, "--bucket", name, "--case-id", "실종 7", **environment)
    case_id, urls = closing(done.stdout)
    assert case_id == "실종 7"
    folder = f"s3://{name}/cases/case2_synthesis/실종 7/"
    stamp = urls["comparison"].removeprefix(f"{folder}images/")[:15]
    assert urls == {
        "face_analysis": f"{folder}reports/{stamp}_01_face_analysis.txt",
        "generated_body": f"{folder}images/{stamp}_02_generated_body.png",
        "face_composite": f"{folder}images/{stamp}_03_face_composite.png",
        "final_enhanced": f"{folder}images/{stamp}_04_final_enhanced.png",
        "comparison": f"{folder}images/{stamp}_05_comparison.png",
    }
    assert shell.files() == ["얼굴 사진.jpg", "인물 정보.json"]


def test_wrong_input_is_named_and_fails(shell: Shell, face: Path) -> None:
    missing = shell.run(CASE2, "-i", "없음.json", "-f", face.name, status=1)
    assert "파일을 찾을 수 없습니다: 없음.json" in missing.stdout
    shell.run(CASE2, "-i", "없음.json", "-f", face.name, status=0, DASIBOM_LEGACY_EXIT_ZERO="1")
    (shell.folder / "깨짐.json").write_text('{"gender": "남성",\n "age": }', "utf-8")
    broken = shell.run(CASE2, "-i", "깨짐.json", "-f", face.name, status=1, DASIBOM_LEGACY_EXIT_ZERO="1")
    assert "깨짐.json 2번째 줄 9번째 글자" in broken.stdout
    assert "JSON" in shell.run(CASE2, "-i", write(shell, ["남성"]), "-f", face.name, status=1).stdout
    no_face = shell.run(CASE2, "-i", write(shell, KOREAN), "-f", "없음.jpg", status=1)
    assert "파일을 찾을 수 없습니다: 없음.jpg" in no_face.stdout
    assert "--face" in shell.run(CASE2, "-i", write(shell, KOREAN), status=2).stderr


def test_the_first_script_draws_the_body_alone_or_with_the_face(shell: Shell, face: Path) -> None:
    alone = shell.run("bedrock_case2.py", "-i", write(shell, KOREAN), "-o", "몸")
    assert alone.stdout.splitlines()[-1] == "✅ 완료! 전신 이미지가 몸/bedrock_generated_body.png에 저장되었습니다."
    assert shell.files("몸") == ["bedrock_generated_body.png"]

    done = shell.run("bedrock_case2.py", "-i", write(shell, KOREAN), "-f", face.name, "--region", "us-east-1")
    assert done.stdout.splitlines()[-4:] == [
        "✅ 완료! 모든 결과가 outputs 폴더에 저장되었습니다.",
        "  - 기본 전신: outputs/bedrock_generated_body.png",
        "  - 참고 이미지: outputs/bedrock_combined_reference.png",
        "  - 최종 이미지: outputs/bedrock_final_with_face.png",
    ]
    names = ["bedrock_combined_reference.png", "bedrock_final_with_face.png", "bedrock_generated_body.png", "face_analysis.txt"]
    assert shell.files("outputs") == names
    folder = shell.folder / "outputs"
    with Image.open(folder / names[0]) as sheet, Image.open(folder / names[2]) as body, Image.open(folder / names[1]) as final:
        assert sheet.size == (body.width + 220, body.height)
        assert final.tobytes() != body.tobytes()
    assert "파일을 찾을 수 없습니다" in shell.run("bedrock_case2.py", "-i", write(shell, KOREAN), "-f", "오타.jpg", status=1).stdout
