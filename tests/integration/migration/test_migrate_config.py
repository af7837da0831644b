"""The settings of the former scripts become ours."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from services.orchestrator.settings import OrchestratorSettings
from tests.integration.migration.conftest import ROOT

SCRIPT = ROOT / "legacy" / "migrate_config.py"
MODELS = "CLAUDE_MODEL_ID CLAUDE_FALLBACK_MODEL_ID NOVA_CANVAS_MODEL_ID TITAN_IMAGE_MODEL_ID SDXL_MODEL_ID".split()
ENV = """
# 예전 설정
AWS_REGION=us-west-1
export AWS_S3_BUCKET_NAME="seoul-ht-06-dasibom"
AWS_ACCESS_KEY_ID=not-a-real-id
AWS_SECRET_ACCESS_KEY='not a real secret'  # 비밀
CLAUDE_MODEL_ID=anthropic.claude-opus-4-1-20250805-v1:0
HF_HOME=/data/모델 폴더
"""


def migrate(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"DASIBOM_LANG": "ko", "PYTHONPATH": str(ROOT)}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, env=clean | own | environment, capture_output=True, text=True, check=False)


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def assigned(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def test_region_and_bucket_become_storage_sources_and_allowed_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = migrate(file(tmp_path, ".env", ENV))
    assert done.returncode == 0, done.stderr
    settings = assigned(done.stdout)
    assert settings == {
        "DASIBOM_S3_REGION": "us-west-1",
        "DASIBOM_STORAGE_URL": "s3://seoul-ht-06-dasibom",
        "DASIBOM_S3_SOURCE_BUCKETS": "seoul-ht-06-dasibom",
        "DASIBOM_FETCH_ALLOWED_HOSTS": "www.safe182.go.kr,seoul-ht-06-dasibom.s3.us-west-1.amazonaws.com",
        "HF_HOME": "'/data/모델 폴더'",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    read = OrchestratorSettings()
    assert (read.storage_url, read.s3_source_buckets) == ("s3://seoul-ht-06-dasibom", ("seoul-ht-06-dasibom",))


def test_secrets_are_named_and_never_shown(tmp_path: Path) -> None:
    done = migrate(file(tmp_path, ".env", ENV))
    assert "# AWS_SECRET_ACCESS_KEY=\n" in done.stdout
    assert "not-a-real-id" not in done.stdout + done.stderr
    assert "not a real secret" not in done.stdout + done.stderr


def test_secrets_go_on_request_into_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    source = file(tmp_path, ".env", ENV)
    output = tmp_path / "dasibom.env"
    assert migrate(source, "--with-secrets").returncode == 2
    done = migrate(source, "--with-secrets", "--output", output)
    assert done.returncode == 0, done.stderr
    assert assigned(output.read_text())["AWS_SECRET_ACCESS_KEY"] == "'not a real secret'"
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert "not a real secret" not in done.stdout + done.stderr
    assert migrate(source, "--output", output).returncode == 2  # nothing is overwritten


def test_every_model_id_is_named_as_obsolete_with_what_replaces_it(tmp_path: Path) -> None:
    done = migrate(file(tmp_path, ".env", "".join(f"{name}=x\n" for name in MODELS)))
    assert done.returncode == 0
    assert assigned(done.stdout) == {}
    for name in MODELS:
        (line,) = [line for line in done.stderr.splitlines() if line.startswith(f"{name}:")]
        assert "DASIBOM_DEFAULT_MODEL" in line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docker-compose.yml", "services:\n  api:\n    environment:\n      AWS_REGION: us-west-1\n      AWS_S3_BUCKET_NAME: old-bucket\n"),
        (
            "compose.yaml",
            "services:\n  api:\n    environment:\n      - AWS_REGION=${AWS_REGION:-us-west-1}\n      - AWS_S3_BUCKET_NAME=old-bucket\n",
        ),
        ("application.yml", "aws:\n  region: us-west-1\n  s3:\n    bucket: old-bucket\n"),
        ("application.properties", "aws.region = us-west-1\naws.s3.bucket = old-bucket\n"),
        ("setup.sh", "#!/bin/sh\nset -e\nexport AWS_REGION=us-west-1 AWS_S3_BUCKET_NAME=old-bucket\npython run.py\n"),
    ],
)
def test_compose_yaml_property_and_shell_files_are_read(tmp_path: Path, name: str, text: str) -> None:
    done = migrate(file(tmp_path, name, text))
    assert done.returncode == 0, done.stderr
    settings = assigned(done.stdout)
    assert (settings["DASIBOM_S3_REGION"], settings["DASIBOM_STORAGE_URL"]) == ("us-west-1", "s3://old-bucket")


def test_two_buckets_are_both_sources_and_the_first_is_the_storage(tmp_path: Path) -> None:
    first = file(tmp_path, "a.env", "AWS_S3_BUCKET_NAME=seoul-ht-06-dasibom\nAWS_REGION=us-west-1\n")
    second = file(tmp_path, "b.env", "AWS_S3_BUCKET_NAME=dasibom-ai-results\nAWS_REGION=us-east-1\n")
    done = migrate(first, second)
    settings = assigned(done.stdout)
    assert settings["DASIBOM_STORAGE_URL"] == "s3://seoul-ht-06-dasibom"
    assert settings["DASIBOM_S3_SOURCE_BUCKETS"] == "seoul-ht-06-dasibom,dasibom-ai-results"
    assert "us-east-1" in done.stderr


def test_lines_that_cannot_be_read_are_placed_but_not_shown_and_fail(tmp_path: Path) -> None:
    done = migrate(file(tmp_path, ".env", "AWS_REGION=us-west-1\nhidden words\nTOKEN='not closed\n"))
    assert done.returncode == 1
    assert ".env:2:" in done.stderr
    assert ".env:3:" in done.stderr
    assert "hidden" not in done.stderr
    assert assigned(done.stdout)["DASIBOM_S3_REGION"] == "us-west-1"
    for name, content in (("a.yml", "a: [\n"), ("b.env", "AWS_S3_BUCKET_NAME=No Bucket\n")):
        bad = migrate(file(tmp_path, name, content))
        assert (bad.returncode, name in bad.stderr, "No Bucket" in bad.stderr) == (1, True, False)
    assert migrate(tmp_path / "none.env").returncode == 1


def test_unknown_names_are_listed_and_the_backends_stay_there(tmp_path: Path) -> None:
    done = migrate(file(tmp_path, ".env", "SPRING_DATASOURCE_URL=x\nMYSTERY=personal\nDASIBOM_LOG_LEVEL=DEBUG\n"))
    assert done.returncode == 0
    assert "알 수 없는 이름: MYSTERY" in done.stderr
    assert "personal" not in done.stdout + done.stderr
    assert "SPRING_DATASOURCE_URL: 백엔드" in done.stderr
    assert assigned(done.stdout) == {"DASIBOM_LOG_LEVEL": "DEBUG"}


def test_the_environment_is_read_on_request_and_english_spoken(tmp_path: Path) -> None:
    done = migrate("--environment", "--lang", "en", AWS_REGION="us-west-1", AWS_SESSION_TOKEN="not-a-real-token")
    assert assigned(done.stdout) == {"DASIBOM_S3_REGION": "us-west-1"}
    assert "AWS_SESSION_TOKEN: The AWS SDK reads it as before" in done.stderr
    assert "not-a-real-token" not in done.stdout + done.stderr
    assert migrate().returncode == 2
