"""`run_missing_person_ai.py`, `auto_case_detector.py`, `aws_config.py`, `performance_test.py` and the two shell scripts."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from PIL import Image

from tests.acceptance.conftest import SAMPLES
from tests.acceptance.legacy.conftest import LEGACY, Shell

RUN, DETECT = "run_missing_person_ai.py", "auto_case_detector.py"
RULER = "=" * 60


@pytest.fixture
def face(shell: Shell) -> Path:
    path = shell.folder / "얼굴 사진.jpg"
    path.write_bytes((SAMPLES / "face.jpg").read_bytes())
    return path


def small(source: Path, to: Path) -> Path:
    """A picture at a quarter of its size, for speed."""
    with Image.open(source) as picture:
        picture.reduce(4).save(to)
    return to


def closing(folder: str) -> list[str]:
    return [RULER, "🎉 모든 처리 완료!", f"📊 요약 리포트: {folder}/SUMMARY_REPORT.html", f"📁 전체 결과: {folder}", RULER]


def told(page: str, cls: str) -> list[str]:
    """What elements of a class of the summary hold, without tags."""
    return [re.sub(r"(\s*<[^>]+>\s*)+", "|", found).strip("|") for found in re.findall(rf'<div class="{cls}">(.*?)</div>', page, re.S)]


def test_case_1_lies_in_folders_that_the_summary_counts(shell: Shell, frame: Path) -> None:
    done = shell.run(RUN, "--auto", "--cctv-image", frame.name, "--output", "결과 <1>", "--no-sr")
    lines = done.stdout.splitlines()
    assert lines[0] == "🎯 자동 감지된 케이스: case1"
    assert lines[-6:] == ["📊 전체 실행 결과 리포트: 결과 <1>/SUMMARY_REPORT.html", *closing("결과 <1>")]
    made = shell.files("결과 <1>/case1_montage")
    assert {"01_super_resolved.png", "03_nova_montage.png", "final_report.html"} <= set(made)
    assert sorted(path.name for path in (shell.folder / "결과 <1>").iterdir()) == ["SUMMARY_REPORT.html", "case1_montage"]
    page = (shell.folder / "결과 <1>/SUMMARY_REPORT.html").read_text("utf-8")
    assert "<title>실종자 찾기 AI 시스템 - 실행 결과</title>" in page
    assert "<h1>🔍 실종자 찾기 AI 시스템 실행 결과</h1>" in page
    assert re.search(r'<p class="timestamp">실행 시간: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d</p>', page)
    assert told(page, "stat-box") == ["실행된 케이스|1", "성공한 케이스|1", f"생성된 파일|{len(made)}"]
    assert '<div class="case-section success">\n<h2>CASE1 - ✅ 성공</h2>\n<h3>📁 출력 디렉토리</h3>' in page
    assert "<p><code>결과 &lt;1&gt;/case1_montage</code></p>" in page
    assert re.findall(r"^• (.+)<br>$", page, re.M) == made
    assert "<h3>🤖 사용된 AI 모델</h3>" in page
    assert re.findall(r"<p>(\w+) - .+</p>", page) == ["vision", "composite", "compact", "blend"]


def test_case_2_is_found_by_what_is_given(shell: Shell, face: Path, frame: Path) -> None:
    person = SAMPLES / "person_info.json"
    done = shell.run(RUN, "-a", "--person-info", person, "--face-image", face.name, "--cctv-image", frame.name, "-o", "b")
    assert done.stdout.startswith("🎯 자동 감지된 케이스: case2\n")
    assert done.stdout.splitlines()[-5:] == closing("b")
    assert "04_final_enhanced.png" in shell.files("b/case2_synthesis")


def test_case_3_enhances_first_unless_told_not_to(shell: Shell, frame: Path, face: Path) -> None:
    picture = small(frame, shell.folder / "작은 화면.png").name
    known = SAMPLES / "known_info.json"
    shell.run(RUN, "-c", "3", "--cctv-image", picture, "--face-image", face.name, "--known-info", known, "-o", "with")
    assert "09_final_result.png" in shell.files("with/super_resolution")
    (report,) = (name for name in shell.files("with/case3_investigation") if name.endswith(".txt"))
    assert "얼굴 사진이 제공되지 않았거나" not in (shell.folder / "with/case3_investigation" / report).read_text("utf-8")
    page = (shell.folder / "with/SUMMARY_REPORT.html").read_text("utf-8")
    assert "CASE3 - ✅ 성공" in page
    shell.run(RUN, "-c", "3", "--cctv-image", picture, "-o", "without", "--no-sr")
    assert not (shell.folder / "without/super_resolution").exists()


def test_super_resolution_alone_ends_with_its_best_picture(shell: Shell, frame: Path) -> None:
    picture = small(frame, shell.folder / "작은 화면.png").name
    done = shell.run(RUN, "-sr", picture)
    (folder,) = (path.name for path in shell.folder.iterdir() if path.is_dir())
    assert re.fullmatch(r"outputs_\d{8}_\d{6}", folder)
    assert done.stdout.splitlines()[-1] == f"✅ 완료: {folder}/super_resolution/09_final_result.png"
    assert (shell.folder / folder / "super_resolution/09_final_result.png").is_file()


def test_a_case_that_fails_is_in_the_summary_and_the_status(shell: Shell) -> None:
    (shell.folder / "글.jpg").write_text("사진이 아님", "utf-8")
    done = shell.run(RUN, "-c", "1", "--cctv-image", "글.jpg", "-o", "f", status=1)
    assert "글.jpg: 사진을 쓸 수 없습니다" in done.stdout
    assert "⚠️  화질을 높이지 못해 원본만 씁니다." in done.stdout
    assert "🎉" not in done.stdout
    assert "CASE1 - ❌ 실패" in (shell.folder / "f/SUMMARY_REPORT.html").read_text("utf-8")
    shell.run(RUN, "-c", "1", "--cctv-image", "글.jpg", "-o", "f", status=0, DASIBOM_LEGACY_EXIT_ZERO="1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-c", "1"], "case1에는 --cctv-image 옵션이 필요합니다."),
        (["-c", "2", "--person-info", "x.json"], "case2에는 --face-image 옵션이 필요합니다."),
        (["-c", "3", "--cctv-image", "없음.jpg"], "파일을 찾을 수 없습니다: 없음.jpg"),
        (["-sr", "없음.jpg"], "파일을 찾을 수 없습니다: 없음.jpg"),
        (["--auto", "--face-image", "x.jpg"], "케이스를 정할 수 없습니다."),
    ],
)
def test_what_is_missing_is_named_before_anything_is_made(shell: Shell, arguments: list[str], message: str) -> None:
    assert message in shell.run(RUN, *arguments, status=1).stdout
    assert shell.files() == []
    shell.run(RUN, *arguments, status=0, DASIBOM_LEGACY_EXIT_ZERO="1")


def test_one_of_case_auto_and_super_resolution_is_asked_for(shell: Shell) -> None:
    for arguments in ([], ["-c", "1", "-a"], ["-c", "4"]):
        assert "usage: run_missing_person_ai.py" in shell.run(RUN, *arguments, status=2).stderr


def test_a_folder_is_sorted_and_its_runnable_cases_told(shell: Shell, bucket: tuple[str, dict[str, str]], face: Path, frame: Path) -> None:
    name, environment = bucket
    client = boto3.client("s3", endpoint_url=environment["DASIBOM_S3_ENDPOINT_URL"])
    folder = "inputs/missing-person-7"
    client.upload_file(str(face), name, f"{folder}/얼굴 (3).jpg")
    Image.new("RGB", (300, 200), "green").save(shell.folder / "벽.webp")
    client.upload_file(str(shell.folder / "벽.webp"), name, f"{folder}/벽.webp")
    client.put_object(Bucket=name, Key=f"{folder}/깨짐.jpg", Body=b"-")
    done = shell.run(DETECT, "7", "--bucket", name, "--region", "us-east-1", **environment)
    lines = done.stdout.splitlines()
    assert f"⚠️  건너뜀: s3://{name}/{folder}/깨짐.jpg" in done.stdout
    assert lines[-6:-2] == ["CCTV: 0장", "얼굴: 1장", "참고: 1장", "🎯 실행 계획:"]
    assert lines[-2] == "실행 가능한 케이스: ['super_resolution']"  # nothing is known of the person: no case 2
    selected = ast.literal_eval(lines[-1].removeprefix("선택된 이미지: "))
    assert selected == {"case2_face": f"s3://{name}/{folder}/얼굴 (3).jpg"}

    client.upload_file(str(frame), name, f"{folder}/화면 (1).jpg")
    both = shell.run(DETECT, "7", "-b", name, **environment).stdout.splitlines()
    assert both[-6:-3] == ["CCTV: 1장", "얼굴: 1장", "참고: 1장"]
    assert both[-2] == "실행 가능한 케이스: ['case1', 'case3', 'super_resolution']"
    cctv, photo = f"s3://{name}/{folder}/화면 (1).jpg", f"s3://{name}/{folder}/얼굴 (3).jpg"
    selected = ast.literal_eval(both[-1].removeprefix("선택된 이미지: "))
    assert selected == {"case1_cctv": cctv, "case2_face": photo, "case3_cctv": cctv, "case3_face": photo}

    arguments = (DETECT, "7", "-b", name, "-i", SAMPLES / "person_info.json", "--run", "-o", "실행")
    ran = shell.run(*arguments, **environment)
    assert ran.stdout.splitlines()[-2] == "실행 가능한 케이스: ['case1', 'case2', 'case3', 'super_resolution']"
    assert "body_01.png" in shell.files("실행")

    empty = shell.run(DETECT, "-b", name, status=1, **environment)
    assert f"이미지가 없습니다: s3://{name}/inputs/missing-person-123/" in empty.stdout
    shell.run(DETECT, "-b", name, status=0, DASIBOM_LEGACY_EXIT_ZERO="1", **environment)
    assert "ID" in shell.run(DETECT, "일곱", status=2).stderr


def shell_script(shell: Shell, script: str, answer: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(LEGACY / script)],
        cwd=shell.folder,
        env=shell.environment | {"PYTHON": sys.executable} | more,
        input=answer,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_test_script_removes_no_result_that_it_does_not_make_again(shell: Shell, frame: Path) -> None:
    for old in ("case2/final.png", "case3/alt.txt"):
        (shell.folder / "test_results" / old).parent.mkdir(parents=True)
        (shell.folder / "test_results" / old).write_bytes(b"-")
    nothing = shell_script(shell, "run_tests.sh")
    assert nothing.returncode == 1
    assert nothing.stdout.count("건너뜀") == 4
    assert shell.files("test_results") == ["case2/final.png", "case3/alt.txt"]

    (shell.folder / "test_images/cctv").mkdir(parents=True)
    frame.rename(shell.folder / "test_images/cctv/sample_cctv.jpg")
    (shell.folder / "sample_known_info.json").write_bytes((SAMPLES / "known_info.json").read_bytes())
    done = shell_script(shell, "run_tests.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    made = ["case1/analysis_result.txt", "case1/montage.png", "case2/final.png", "case3/investigation_report_case3.txt"]
    assert shell.files("test_results") == made
    assert "test_results/case1/montage.png" in done.stdout.splitlines()

    (shell.folder / "sample_known_info.json").unlink()
    (shell.folder / "test_images/cctv/sample_cctv.jpg").write_bytes(b"-")
    failed = shell_script(shell, "run_tests.sh")
    assert failed.returncode == 1
    assert "❌ case1" in failed.stdout


def test_the_enhanced_test_script_passes_failure_on(shell: Shell, frame: Path) -> None:
    missing = shell_script(shell, "test_enhanced_system.sh", "1\n")
    assert missing.returncode == 1
    assert "cctv이미지_얼굴선명.png" in missing.stdout
    assert shell_script(shell, "test_enhanced_system.sh", "5\n").returncode == 1
    assert shell_script(shell, "test_enhanced_system.sh").returncode == 1
    done = shell_script(shell, "test_enhanced_system.sh", "3\n", CCTV=frame.name)
    assert done.returncode == 0, done.stdout + done.stderr
    made = set(shell.files("enhanced_test_results"))
    assert {"original_case1/montage.png", "enhanced_case1/enhanced_variation_3.png"} <= made


def test_times_are_told_and_failures_passed_on(shell: Shell, frame: Path) -> None:
    missing = shell.run("performance_test.py", status=1)
    assert "파일을 찾을 수 없습니다: test_images/cctv/cctv이미지_얼굴선명.png" in missing.stdout
    done = shell.run("performance_test.py", frame.name)
    assert re.search(r"^비율: \d+\.\dx", done.stdout, re.M)
    assert len(re.findall(r": \d+\.\d초$", done.stdout, re.M)) == 2
    assert {"original/montage.png", "enhanced/enhanced_montage_best.png"} <= set(shell.files("comparison_test"))
    (shell.folder / "글.jpg").write_text("-", "utf-8")
    assert "demo_case1.py: 종료 코드 1" in shell.run("performance_test.py", "글.jpg", status=1).stdout


def test_access_to_aws_is_checked_and_typed_keys_are_kept_on_request(shell: Shell, s3_url: str, tmp_path: Path) -> None:
    credentials = tmp_path / "keys" / "credentials"
    environment = {"AWS_ENDPOINT_URL": s3_url, "AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_EC2_METADATA_DISABLED": "true"}

    def configure(answers: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(LEGACY / "aws_config.py")],
            cwd=shell.folder,
            env=shell.environment | environment,
            input=answers,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    done = configure("us-west-1\n3\nAKIAEXAMPLE\nexample secret\n\ny\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✅ AWS 인증 확인: arn:aws:" in done.stdout
    assert "✅ 모델 접근 가능: vision" in done.stdout.splitlines()
    assert "example secret" not in done.stdout + done.stderr
    kept = credentials.read_text("utf-8")
    assert "[dasibom]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example secret\nregion = us-west-1" in kept
    assert os.stat(credentials).st_mode & 0o077 == 0
    again = configure("\n3\nAKIAEXAMPLE\nother\n\ny\n")
    assert again.returncode == 1
    assert credentials.read_text("utf-8") == kept
    assert configure("\n9\n").returncode == 1
    nobody = configure("\n2\n")
    assert nobody.returncode == 1
    assert "AWS 인증을 확인하지 못했습니다" in nobody.stdout


def test_the_scripts_are_libraries_as_well(shell: Shell, frame: Path, face: Path) -> None:
    program = """
import json, sys
from demo_case2 import process_case2
from demo_case2_sdxl_only import process_case2_sdxl_only
from demo_case3 import process_case3
from demo_super_resolution import process_super_resolution
from run_missing_person_ai import MissingPersonAI, detect_case
import auto_case_detector, aws_config, demo_case1, demo_case1_enhanced, demo_case2_enhanced, demo_case2_gpu_safe, demo_case3_fixed

frame, face, info = sys.argv[1:]
record = MissingPersonAI(output="ai").run_case3(frame, face, use_sr=False)
answer = {
    "failed": process_case2("none.json", face),
    "record": record,
    "detected": detect_case(None, face, info),
    "clues": [group.lines for group in process_case3(frame, output_dir="c3").clues],
    "sr": {name: picture.size for name, picture in process_super_resolution("small.png", ["traditional"], "sr").items()},
}
print(json.dumps(answer))

"""
    small(frame, shell.folder / "small.png")
    done = subprocess.run(
        [sys.executable, "-c", program, frame.name, face.name, str(SAMPLES / "person_info.json")],
        cwd=shell.folder,
        env=shell.environment | {"PYTHONPATH": f"{LEGACY}{os.pathsep}{shell.environment['PYTHONPATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["failed"] is None
    assert answer["detected"] == "case2"
    record = answer["record"]
    keys = ["case", "output_directory", "success", "cctv_image", "enhanced_cctv", "face_image", "known_info", "report_path"]
    assert list(record) == keys
    assert (record["case"], record["success"], record["enhanced_cctv"], record["known_info"]) == ("case3", True, None, None)
    assert (shell.folder / record["report_path"]).is_file()
    assert answer["clues"]
    assert list(answer["sr"]) == ["Traditional (Lanczos)", "최종 (얼굴 개선)"]
