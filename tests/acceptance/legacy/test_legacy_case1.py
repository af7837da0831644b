"""`bedrock_enhanced_case1.py` and `bedrock_case1.py`."""

from __future__ import annotations

import http.server
import io
import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import boto3
import pytest
from PIL import Image

from tests.acceptance.conftest import SAMPLES
from tests.acceptance.legacy.conftest import Shell
from tests.acceptance.legacy.layout import MANY, closing, mismatch

CASE1 = "bedrock_enhanced_case1.py"
ANALYSIS = [r"=== .+ 상세 분석 \(개별\) ===", "", r"\[이미지 1 분석\]", MANY, "", "=== 통합 요약 ===", "", MANY]
LOCAL_FILES = [
    "01_super_resolved.png",
    "02_claude_analysis.txt",
    "03_nova_montage.png",
    "04_face_crop_1.png",
    "05_refined_face_1.png",
    "final_report.html",
    "final_report_full.html",
    "final_report_preview.png",
    "manifest.json",
]
KEYS = ["enhanced_01", "analysis", "montage", "face_crop_01", "refined_face_01", "final_report", "final_report_preview"]
FORMER_KEYS = ["enhanced", "face_crop_1", "refined_face_1"]


def small(sample: str) -> bytes:
    """A sample picture at half its size, for speed."""
    file = io.BytesIO()
    with Image.open(SAMPLES / sample) as picture:
        picture.reduce(2).save(file, "JPEG")
    return file.getvalue()


def headings(page: str) -> list[str]:
    """The headings of an HTML page."""
    return [text for _, text in re.findall(r"<(h[123])>(.*?)</\1>", page)]


def test_a_frame_gives_the_files_and_closing_lines_of_before(shell: Shell, frame: Path) -> None:
    done = shell.run(CASE1, frame.name, "--output", "결과 폴더")
    assert shell.files("결과 폴더") == LOCAL_FILES
    case_id, urls = closing(done.stdout)
    assert re.fullmatch(r"\d{8}_\d{6}", case_id)
    assert list(urls) == [*KEYS, *FORMER_KEYS]
    assert all((shell.folder / path).is_file() for path in urls.values())
    assert mismatch((shell.folder / "결과 폴더/02_claude_analysis.txt").read_text("utf-8"), ANALYSIS) == ""
    page = (shell.folder / "결과 폴더/final_report.html").read_text("utf-8")
    assert "<title>실종자 식별 리포트 - Enhanced Case 1</title>" in page
    assert '<p class="timestamp">생성 시간: 결과 폴더</p>' in page
    assert page.count('<div class="image-box">') == 4
    titles = ["🔍 실종자 식별 AI 분석 리포트", "📊 처리 단계별 결과", "🧠 vision 분석", "✨ 사용된 기술"]
    assert headings(page) == titles
    with Image.open(shell.folder / "결과 폴더/final_report_preview.png") as preview:
        assert preview.size == (1600, 900)
        assert preview.getpixel((1599, 0)) == (0x10, 0x15, 0x22)
    manifest = json.loads((shell.folder / "결과 폴더/manifest.json").read_text("utf-8"))
    assert manifest["files"] == urls
    assert manifest["job"]["state"] == "JOB_STATE_SUCCEEDED"


def test_without_a_folder_results_lie_where_the_first_script_put_them(shell: Shell, frame: Path) -> None:
    shell.run(CASE1, frame.name, "--region", "us-west-1", "--montage-style", "연필 스케치")
    assert shell.files("outputs_enhanced") == LOCAL_FILES
    manifest = json.loads((shell.folder / "outputs_enhanced/manifest.json").read_text("utf-8"))
    (report,) = (artifact for artifact in manifest["job"]["artifacts"] if artifact["name"].startswith("montage_01.png"))
    assert "연필 스케치" in json.dumps(report, ensure_ascii=False)


def test_a_prefix_with_a_broken_picture_among_ten_gives_the_bucket_layout_of_before(
    shell: Shell, bucket: tuple[str, dict[str, str]], s3_url: str
) -> None:
    name, environment = bucket
    client = boto3.client("s3", endpoint_url=s3_url)
    for number in range(1, 11):
        data = small("cctv_frame.jpg" if number % 2 else "cctv_frame_2.jpg")
        client.put_object(Bucket=name, Key=f"inputs/missing-person-7/화면 {number:02} (3).jpg", Body=data[:2000] if number == 4 else data)
    client.put_object(Bucket=name, Key="inputs/missing-person-7/메모.txt", Body=b"-")
    prefix = f"s3://{name}/inputs/missing-person-7"
    done = shell.run(CASE1, "none.jpg", "--input-prefix", prefix, "-b", name, "-c", "7", **environment)
    assert f"⚠️  건너뜀: s3://{name}/inputs/missing-person-7/화면 04 (3).jpg" in done.stdout
    case_id, urls = closing(done.stdout)
    assert case_id == "7"
    frames = [f"enhanced_{number:02}" for number in range(1, 10)]
    assert list(urls) == [*frames, *KEYS[1:]]
    assert not (shell.folder / "outputs_enhanced").exists()

    stored = [entry["Key"] for entry in client.list_objects_v2(Bucket=name, Prefix="cases/")["Contents"]]
    (stamp,) = {re.sub(r".*/(\d{8}_\d{6})_.*", r"\1", key) for key in stored}  # one time for all of a run's files
    kinds = {"analysis": ("reports", "02_claude_analysis.txt"), "montage": ("images", "03_nova_montage.png")}
    kinds |= {"final_report": ("reports", "final_report.html"), "final_report_preview": ("images", "final_report_preview.png")}
    kinds |= {"face_crop_01": ("images", "04_face_crop_01.png"), "refined_face_01": ("images", "05_refined_face_01.png")}
    kinds |= {key: ("images", f"01_super_resolved_{key[-2:]}.png") for key in frames}
    for key, (kind, file) in kinds.items():
        assert urls[key] == f"s3://{name}/cases/case1_montage/7/{kind}/{stamp}_{file}"
        assert f"{'이미지' if kind == 'images' else '보고서'} 업로드 완료: {urls[key]}" in done.stdout.splitlines()
    assert f"cases/case1_montage/7/data/{stamp}_manifest.json" in stored

    report = client.get_object(Bucket=name, Key=f"cases/case1_montage/7/reports/{stamp}_final_report.html")
    assert report["ContentType"] == "text/html; charset=utf-8"
    page = report["Body"].read().decode()
    assert "<div>케이스 ID: 7</div>" in page
    assert re.search(r"<div>생성 시각: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC</div>", page)
    assert "<div>총 입력 프레임: 9</div>" in page
    frames_told = [f"프레임 {number}" for number in range(1, 10)]
    sections = [
        "🔍 실종자 식별 AI 분석 리포트",
        "🧠 vision 요약",
        "🎨 통합 몽타주",
        "📊 프레임별 상세 기록",
        *frames_told,
        "✨ 사용된 기술",
    ]
    assert headings(page) == sections
    for alternative in ("montage", "original_9", "enhanced_9"):
        assert re.search(rf'alt="{alternative}" src="data:image/jpeg;base64,', page)
    text = client.get_object(Bucket=name, Key=f"cases/case1_montage/7/reports/{stamp}_02_claude_analysis.txt")
    assert text["ContentType"] == "text/plain; charset=utf-8"


def test_folder_and_bucket_may_both_be_named(shell: Shell, frame: Path, bucket: tuple[str, dict[str, str]]) -> None:
    name, environment = bucket
    done = shell.run(CASE1, frame.name, "-o", "여기", **environment, DASIBOM_LEGACY_BUCKET=name)
    assert {"01_super_resolved.png", "final_report.html"} <= set(shell.files("여기"))
    assert all(url.startswith(f"s3://{name}/cases/case1_montage/") for url in closing(done.stdout)[1].values())


def test_a_bucket_that_is_not_there_is_told_before_any_work(shell: Shell, frame: Path, bucket: tuple[str, dict[str, str]]) -> None:
    done = shell.run(CASE1, frame.name, "-b", "no-such-bucket", status=1, **bucket[1])
    assert "❌ 버킷 no-such-bucket에 결과를 올릴 수 없습니다" in done.stdout
    assert "사진을 읽고" not in done.stderr


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def website(shell: Shell) -> Iterator[str]:
    """A web server over the shell's folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(shell.folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_web_address_is_fetched_on_the_callers_side(shell: Shell, frame: Path, website: str) -> None:
    shell.run("bedrock_case1.py", f"{website}/{quote(frame.name)}", "-o", "out")
    assert shell.files("out") == ["bedrock_analysis_report.txt", "bedrock_montage.png"]
    missing = shell.run(CASE1, f"{website}/none.jpg", "-o", "none", status=1)
    assert "❌" in missing.stdout
    assert "HTTP 404" in missing.stdout


def test_a_folder_is_searched_through_and_bmp_and_gray_pictures_are_read(shell: Shell) -> None:
    folder = shell.folder / "여러 화면" / "카메라 2"
    folder.mkdir(parents=True)
    with Image.open(io.BytesIO(small("cctv_frame.jpg"))) as picture:
        picture.save(folder / "b.BMP")
        picture.convert("L").save(folder.parent / "z.png")
        turned = Image.Exif()
        turned[0x0112] = 6
        picture.rotate(90, expand=True).save(folder / "a.jpg", exif=turned)
    done = shell.run(CASE1, "여러 화면", "-o", "out")
    names = [name for name in shell.files("out") if name.startswith("01_")]
    assert names == [f"01_super_resolved_{number:02}.png" for number in (1, 2, 3)]
    assert "건너뜀" not in done.stdout
    with Image.open(shell.folder / "out/01_super_resolved_02.png") as upright:
        assert upright.width > upright.height


def test_an_empty_folder_is_told_and_fails_and_formerly_did_not(shell: Shell) -> None:
    (shell.folder / "빈 폴더").mkdir()
    done = shell.run(CASE1, "빈 폴더", status=1)
    assert "이미지가 없습니다: 빈 폴더" in done.stdout
    assert "🎉" not in done.stdout
    shell.run(CASE1, "빈 폴더", status=0, DASIBOM_LEGACY_EXIT_ZERO="1")


def test_wrong_input_is_named_and_fails(shell: Shell, frame: Path) -> None:
    assert "파일을 찾을 수 없습니다: 없는 파일.jpg" in shell.run(CASE1, "없는 파일.jpg", status=1).stdout
    (shell.folder / "글.jpg").write_text("사진이 아님", "utf-8")
    assert "글.jpg: 사진을 쓸 수 없습니다" in shell.run(CASE1, "글.jpg", status=1).stdout
    usage = shell.run(CASE1, status=2)
    assert "--input-prefix" in usage.stderr
    assert usage.stdout == ""
    unreachable = shell.run(CASE1, frame.name, status=1, DASIBOM_URL="http://127.0.0.1:9")
    assert "127.0.0.1:9" in unreachable.stdout
    # It crashed then, too.
    shell.run(CASE1, "글.jpg", status=1, DASIBOM_LEGACY_EXIT_ZERO="1")


def test_without_a_service_one_is_started_for_the_run_and_nothing_of_it_is_left(shell: Shell, frame: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    temporary.mkdir()
    done = shell.run("bedrock_case1.py", frame.name, DASIBOM_URL="", DASIBOM_HOME=str(tmp_path / "nobody"), TMPDIR=str(temporary))
    assert done.stderr.startswith("실행 중인 다시봄 서비스가 없어 이번 실행 동안만 내장 메시를 시작합니다")
    assert "✅ 완료!" in done.stdout
    assert not list(temporary.glob("dasibom-legacy-[!c]*"))


def test_the_first_script_writes_its_ten_findings_and_a_montage(shell: Shell, frame: Path) -> None:
    done = shell.run("bedrock_case1.py", frame.name, "-o", "결과", "-r", "us-west-1")
    assert done.stdout.splitlines()[-3:] == [
        "✅ 완료! 결과는 결과 폴더에 저장되었습니다.",
        "  - 몽타주: 결과/bedrock_montage.png",
        "  - 분석 보고서: 결과/bedrock_analysis_report.txt",
    ]
    assert shell.files("결과") == ["bedrock_analysis_report.txt", "bedrock_montage.png"]
    text = (shell.folder / "결과/bedrock_analysis_report.txt").read_text("utf-8")
    numbered = [rf"{number}\. .+: .+" for number in range(1, 11)]
    heading = "=== .+ 인물 분석 결과 ==="
    assert mismatch(text, [heading, "", ".+ Vision Analysis:", "-" * 50, *numbered, "=" * 50]) == ""
    with Image.open(io.BytesIO((shell.folder / "결과/bedrock_montage.png").read_bytes())) as montage:
        assert montage.format == "PNG"
    missing = shell.run("bedrock_case1.py", "none.jpg", status=1)
    assert "파일을 찾을 수 없습니다: none.jpg" in missing.stdout
