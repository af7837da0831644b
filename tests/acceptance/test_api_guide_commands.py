"""The commands that the guide of the API shows a newcomer, run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT, RunningMesh

GUIDE = ROOT / "docs" / "API.md"


def shell_blocks(heading: str) -> list[str]:
    """The ```bash blocks of one section of the guide."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## )", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert section, f"{GUIDE.name} has no section {heading!r}"
    return re.findall(r"^```bash\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_quick_start_works_as_it_is_written(mesh: RunningMesh, tmp_path: Path) -> None:
    blocks = shell_blocks("Quick start")
    assert len(blocks) >= 5
    # TMPDIR: where the guide puts what it downloads.
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"BASE": mesh.state.url, "TMPDIR": str(tmp_path), "NO_PROXY": "*", "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("fl_")
    assert lines[1].startswith("jb_")
    assert "event: artifact" in lines
    assert any(line.startswith("JOB_STATE_SUCCEEDED ") and "몽타주 2장" in line for line in lines)
    assert Path(lines[-1]).is_relative_to(tmp_path)
    assert Path(lines[-1]).read_bytes().startswith(b"\x89PNG")
