"""The `dasibom` command as a program of its own, against the running mesh."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import SAMPLES, SERVICES, RunningMesh
from tests.conftest import free_ports


class CommandLine:
    """A user's shell: a folder to work in, and the mesh's address in the environment."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        own = {name: value for name, value in os.environ.items() if not name.startswith(("DASIBOM_", "LC_", "PORT"))}
        self.environment = own | {"LANG": "ko_KR.UTF-8", "PYTHONUTF8": "1", "COLUMNS": "160", "DASIBOM_URL": url}

    def run(self, *arguments: str | Path, status: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `dasibom` with these arguments; it has to end with this status."""
        done = subprocess.run(
            [sys.executable, "-m", "dasibom.command", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def document(self, *arguments: str | Path, status: int = 0, **more: str) -> Any:
        """The one JSON document that `--json` writes."""
        return json.loads(self.run(*arguments, "--json", status=status, **more).stdout)


@pytest.fixture
def shell(mesh: RunningMesh, tmp_path: Path) -> CommandLine:
    folder = tmp_path / "수사 자료"
    folder.mkdir()
    return CommandLine(folder, mesh.state.url)


def test_case1_saves_what_it_made_and_says_so_in_korean(shell: CommandLine) -> None:
    done = shell.run("case1", SAMPLES / "cctv_frame.jpg", "--variants", "2", "--seed", "7")
    assert "몽타주를 그리고 있습니다" in done.stderr
    assert "몽타주 2장을 그렸습니다" in done.stdout
    assert " · 완료 · " in done.stdout
    (folder,) = (shell.folder / "outputs").iterdir()
    assert folder.name in done.stdout
    job = json.loads((folder / "result.json").read_text("utf-8"))
    assert job["state"] == "JOB_STATE_SUCCEEDED"
    for artifact in job["artifacts"]:
        assert (folder / artifact["name"]).stat().st_size == int(artifact["size"])
    assert {"original", "enhanced", "montage", "report"} <= {artifact["kind"] for artifact in job["artifacts"]}
    assert (folder / "montage_02.png").read_bytes().startswith(b"\x89PNG")


def test_every_case_runs_from_the_command_line_and_answers_json(shell: CommandLine) -> None:
    frame, face = SAMPLES / "cctv_frame.jpg", SAMPLES / "face.jpg"
    person, known = SAMPLES / "person_info.json", SAMPLES / "known_info.json"
    commands: dict[str, list[str | Path]] = {
        "CASE2": ["case2", "--info", person, "--face", face],
        "CASE3": ["case3", frame, "--face", face, "--known", known],
        "SUPER_RESOLUTION": ["super-resolution", frame],
        "ANALYZE": ["analyze", SAMPLES, "--dry-run"],
    }
    for kind, arguments in commands.items():
        answer = shell.document(*arguments)
        assert answer["job"]["kind"] == f"JOB_KIND_{kind}"
        assert answer["job"]["state"] == "JOB_STATE_SUCCEEDED"
        assert all((shell.folder / path).is_file() for path in answer["files"].values())


def test_frames_come_from_a_folder_or_from_the_service_s_own_and_a_broken_one_stops_no_other(shell: CommandLine, mesh: RunningMesh) -> None:
    whole = (SAMPLES / "cctv_frame.jpg").read_bytes()
    for folder in (shell.folder / "역 앞 (3)", mesh.home.root / "files" / "inputs" / "missing-person-3"):
        folder.mkdir(parents=True)
        (folder / "화면 1.jpg").write_bytes(whole)
        (folder / "화면 2.jpg").write_bytes(whole[:3000])
    quick = ["--variants", "1", "--no-enhance", "--no-refine"]
    done = shell.run("case1", "역 앞 (3)", *quick)
    assert "! 읽을 수 없어 뺐습니다: 역 앞 (3)/화면 2.jpg: 사진 파일의 뒷부분이 잘렸습니다" in done.stderr
    assert "사진 1장을 분석했습니다" in done.stdout
    done = shell.run("case1", "--prefix", "inputs/missing-person-3/", *quick)
    assert "! 폴더에서 읽지 못해 뺀 사진: 화면 2.jpg" in done.stdout
    refused = shell.run("case3", "--prefix", "inputs/missing-person-999/", status=2)
    assert "그 폴더의 사진을 쓸 수 없습니다" in refused.stderr
    assert "there is no picture in inputs/missing-person-999/" in refused.stderr


def test_a_record_becomes_a_picture_of_today_and_an_address_for_the_backend(shell: CommandLine) -> None:
    record = {"id": 1024, "sexdstnDscd": "여자", "age": "26", "ageNow": 66, "haircolrDscd": "흑색", "alldressingDscd": "불상"}
    (shell.folder / "기록.json").write_text(json.dumps(record), "utf-8")
    answer = shell.document("case2", "--record", "기록.json", "--face", SAMPLES / "face.jpg", "--age", "now", "--no-refine")
    result = answer["job"]["result"]["case2"]
    assert (result["age"]["basis"], result["age"]["yearsProgressed"]) == ("AGE_BASIS_NOW", 40)
    assert "refined" not in result["variants"][0]
    published = shell.run("publish", answer["job"]["id"], "--case-id", "1024").stdout.strip()
    with urllib.request.urlopen(published, timeout=10) as picture:
        assert picture.read().startswith(b"\x89PNG")
    assert "case_id" in shell.run("publish", answer["job"]["id"], "--case-id", "홍길동", status=2).stderr
    assert "fileUrl이 있는 기록을" in shell.run("case2", "--record", "기록.json", status=2).stderr


def test_a_job_is_submitted_listed_watched_and_erased(shell: CommandLine) -> None:
    job = shell.run(
        "case1", SAMPLES / "cctv_frame.jpg", "--variants", "1", "--name", "역 앞", "--label", "case=1024", "--detach"
    ).stdout.strip()
    assert shell.document("watch", job, "--output", "여기")["job"]["state"] == "JOB_STATE_SUCCEEDED"
    assert (shell.folder / "여기" / "report.html").is_file()
    listed = shell.document("jobs", "--state", "succeeded", "--kind", "case1", "--label", "case=1024")["jobs"]
    assert [found["id"] for found in listed] == [job]
    assert "역 앞" in shell.run("jobs", "--label", "case=1024").stdout
    assert shell.document("cancel", job)["job"]["state"] == "JOB_STATE_SUCCEEDED"  # too late
    assert "재시도는 실패·취소된 작업만 됩니다" in shell.run("retry", job, status=2).stderr
    shell.run("delete", job)
    assert shell.document("watch", job, status=2)["error"]["reason"] == "JOB_NOT_FOUND"


def test_a_cancelled_job_can_be_run_again(shell: CommandLine) -> None:
    frames = [SAMPLES / "cctv_frame.jpg", SAMPLES / "cctv_frame_2.jpg"]
    job = shell.document("case1", *frames, "--variants", "3", "--detach")["job"]["id"]
    assert shell.document("cancel", job)["job"]["cancelRequested"]
    assert shell.document("watch", job, status=4)["job"]["state"] == "JOB_STATE_CANCELLED"
    again = shell.run("retry", job)
    assert " · 완료 · " in again.stdout
    assert "취소됨" not in again.stderr  # what the first try showed is not shown again


def test_models_and_health_name_every_service(shell: CommandLine) -> None:
    services = shell.document("models")["services"]
    assert sorted(service["service"] for service in services) == sorted(SERVICES)
    assert all(any(model.get("isDefault") for model in service["models"]) for service in services)
    assert "composite *" in shell.run("models").stdout
    health = shell.document("health")
    assert set(SERVICES) < {part["name"] for part in health["components"]}
    assert shell.run("health", "--lang", "en").stdout.splitlines()[-1].startswith("healthy · ")


def test_bad_pictures_are_2_and_named(shell: CommandLine) -> None:
    whole = (SAMPLES / "cctv_frame.jpg").read_bytes()
    for name, content, said in (
        ("글.jpg", b"no picture", "사진 파일이 아닙니다"),
        ("잘린 사진.jpg", whole[:3000], "사진 파일의 뒷부분이 잘렸습니다"),
        ("빈 사진.jpg", b"", "비어 있습니다"),
    ):
        (shell.folder / name).write_bytes(content)
        refused = shell.run("case1", SAMPLES / "cctv_frame.jpg", name, status=2)
        assert said in refused.stderr
        assert name in refused.stderr
        assert refused.stdout == ""


def test_a_service_that_is_not_there_is_3(shell: CommandLine) -> None:
    (port,) = free_ports(1)
    refused = shell.run("case1", SAMPLES / "cctv_frame.jpg", status=3, DASIBOM_URL=f"127.0.0.1:{port}")
    assert f"http://127.0.0.1:{port}에 연결할 수 없습니다" in refused.stderr
    assert " up" in refused.stderr
