"""The commands that the guide of the API shows, run as they stand there, in one shell from the first to the last."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT, RunningMesh
from tests.api_guide import Shape, blocks, both, differences, documented, endpoints, section, shape

_MARK = "-- end of block --"


@dataclass(frozen=True)
class Session:
    """What each block wrote to standard output, by its text."""

    outputs: dict[str, str]
    folder: Path

    def of(self, text: str) -> list[str]:
        """Outputs of the blocks of a text."""
        return [self.outputs[block.text] for block in blocks(text) if block.language == "bash"]


@pytest.fixture(scope="module")
def session(mesh: RunningMesh, tmp_path_factory: pytest.TempPathFactory) -> Session:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    folder = tmp_path_factory.mktemp("guide")
    # TMPDIR: where the guide puts what it downloads. A server without keys passes over those that it is sent.
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"BASE": mesh.state.url, "TMPDIR": str(folder), "NO_PROXY": "*", "PYTHONUTF8": "1"}
    environment |= {"DASIBOM_API_KEY": "none", "DASIBOM_TOKEN": "none"}
    commands = [block.text for block in blocks() if block.language == "bash"]
    script = "".join(f"{command}\necho; echo '{_MARK}'\n" for command in commands)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    outputs = [output.strip() for output in done.stdout.split(_MARK)[:-1]]
    return Session(dict(zip(commands, outputs, strict=True)), folder)


def test_the_quick_start_works_as_it_is_written(session: Session) -> None:
    uploaded, submitted, events, result, downloaded = session.of(section("Quick start"))
    assert uploaded.startswith("fl_")
    assert submitted.startswith("jb_")
    assert "event: artifact" in events.splitlines()
    assert result.startswith("JOB_STATE_SUCCEEDED ")
    assert "몽타주 2장" in result
    assert Path(downloaded).is_relative_to(session.folder)
    assert Path(downloaded).read_bytes().startswith(b"\x89PNG")


def test_every_endpoint_has_a_command_that_works_and_answers_what_the_guide_shows(session: Session) -> None:
    told: dict[str, Shape] = {}
    for block in blocks():
        if block.message:
            told[block.message] = both(told.get(block.message, {}), shape(json.loads(block.text)))
    told["Job"] = both(told["Job"], {"result": told["JobResult"]})
    answered = set()
    for endpoint in endpoints():
        outputs = [output for output in session.of(endpoint.text) if output.startswith("{")]
        for output in outputs:
            message = endpoint.method.output_type.name
            assert differences(shape(json.loads(output)), told[message]) == []
            answered.add(f"{endpoint.verb} {endpoint.path}")
    without_json = {"GET /api/v1/jobs/{job}/events", "GET /api/v1/files/{file}"}
    # A job may have ended before it was cancelled; then there is nothing to start again.
    may_answer_nothing = {"POST /api/v1/jobs/{job}:retry"}
    assert {f"{endpoint.verb} {endpoint.path}" for endpoint in endpoints()} - answered - may_answer_nothing == without_json


def test_events_resume_after_the_number_that_was_seen(session: Session) -> None:
    (all_events,) = [output for output in session.of(section("Quick start")) if "event: state" in output]
    (resumed,) = session.of(next(endpoint.text for endpoint in endpoints() if endpoint.path.endswith("/events")))
    assert int(resumed) == len(re.findall(r"^id: ", all_events, re.MULTILINE)) - 4


def test_a_download_has_the_hash_that_its_header_says(session: Session) -> None:
    (output,) = session.of(next(endpoint.text for endpoint in endpoints() if endpoint.path.startswith("/api/v1/files/")))
    computed, header = output.splitlines()
    assert header.strip() == f"etag: {computed}"


def test_an_error_is_the_one_that_is_shown(session: Session) -> None:
    text = section("Errors")
    shown = next(block for block in blocks(text) if block.message == "Status")
    (answer,) = session.of(text)
    assert json.loads(answer) == json.loads(shown.text)
    assert documented([shown]) == shape(json.loads(answer))


def test_keys_are_sent_as_shown(session: Session) -> None:
    (output,) = session.of(section("Keys and tokens"))
    assert output.count('{"jobs":') == 2
