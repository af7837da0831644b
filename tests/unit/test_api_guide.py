"""docs/API.md says what the contract says."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from dasibom.orchestrator.v1 import file_pb2, job_pb2, result_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api
from services.common.validation import validate

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")
QUICK_START = GUIDE.partition("## Quick start")[2].partition("\n## ")[0]


def blocks(language: str, text: str = GUIDE) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize(("name", "body"), re.findall(r"```json (\w+)\n(.*?)```", GUIDE, re.DOTALL))
def test_json_is_of_the_contract(name: str, body: str) -> None:
    modules = (api, job_pb2, result_pb2, file_pb2, status_pb2, error_details_pb2)
    message: Message = next(getattr(module, name) for module in modules if hasattr(module, name))()
    validate(ParseDict(json.loads(body), message))


def test_every_json_block_names_its_message() -> None:
    assert blocks("json") == []


def test_every_operation_has_its_heading() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    operations = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}
    assert operations == set(re.findall(r"^### ((?:GET|POST|DELETE) \S+)$", GUIDE, re.MULTILINE))


def test_every_reason_of_an_error_is_explained() -> None:
    reasons = set()
    for folder in ("services", "gateway"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            reasons |= set(re.findall(r'\breason(?:: \w+)? ?= ?"([A-Z][A-Z_]+)"', text))
            reasons |= {f"IMAGE_{reason.upper()}" for reason in re.findall(r'BadPicture\("(\w+)"', text)}
            reasons |= set(re.findall(r'LocalReply\(\s*\d+,\s*\d+,\s*"([A-Z_]+)"', text))
    # Bases of others, which say no reason of their own; UNKNOWN is no ServiceError that is raised.
    reasons -= {"UNKNOWN", "ABORTED", "ALREADY_EXISTS"}
    assert len(reasons) > 30
    assert sorted(reason for reason in reasons if f"`{reason}`" not in GUIDE) == []


def test_quick_start_goes_through_all_steps_and_needs_no_jq() -> None:
    script = "".join(blocks("bash", QUICK_START))
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    for step in ("/api/v1/upload", "/api/v1/cases/case1", "/events", '"$BASE/api/v1/jobs/$JOB"', "/api/v1/files/"):
        assert step in script
    assert not re.search(r"\bjq\b", script)
    assert blocks("bash") == blocks("bash", QUICK_START)


def test_python_examples_can_be_read() -> None:
    examples = blocks("python")
    assert len(examples) == 2
    for example in examples:
        ast.parse(example)


@pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK")
def test_java_example_compiles(tmp_path: Path) -> None:
    (tmp_path / "CaseOne.java").write_text(blocks("java")[0], encoding="utf-8")
    done = subprocess.run(["javac", "-Xlint:all", "-Werror", "CaseOne.java"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)\s]+)\)", GUIDE):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (ROOT / "docs" / target).exists(), target
