"""A caller of the former scripts: a folder to work in, and the mesh by its one setting."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from tests.acceptance.conftest import ROOT, SAMPLES, RunningMesh
from tests.integration.conftest import s3_url

__all__ = ["s3_url"]

LEGACY = ROOT / "legacy"


class Shell:
    """Somebody's shell."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        dropped = ("DASIBOM_", "AWS_", "LC_", "PORT")
        own = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        self.environment = own | {"LANG": "ko_KR.UTF-8", "PYTHONUTF8": "1", "DASIBOM_URL": url, "PYTHONPATH": str(ROOT)}

    def run(self, script: str, *arguments: str | Path, status: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a script with these arguments; it has to end with this status, and without a traceback."""
        done = subprocess.run(
            [sys.executable, str(LEGACY / script), *map(str, arguments)],
            cwd=self.folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def files(self, folder: str = ".") -> list[str]:
        """Names of the files in a folder."""
        return sorted(str(path.relative_to(self.folder / folder)) for path in (self.folder / folder).rglob("*") if path.is_file())


@pytest.fixture
def shell(mesh: RunningMesh, tmp_path: Path) -> Shell:
    """A shell in a folder with a Korean name and a space."""
    folder = tmp_path / "수사 자료"
    folder.mkdir()
    return Shell(folder, mesh.state.url)


@pytest.fixture
def frame(shell: Shell) -> Path:
    """A frame whose name has Korean letters and spaces."""
    path = shell.folder / "화면 하나 (1).jpg"
    path.write_bytes((SAMPLES / "cctv_frame.jpg").read_bytes())
    return path


@pytest.fixture
def bucket(s3_url: str, request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """A bucket, and the environment by which scripts reach it."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    boto3.client("s3", endpoint_url=s3_url).create_bucket(Bucket=name)
    environment = {"DASIBOM_S3_ENDPOINT_URL": s3_url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return name, environment
