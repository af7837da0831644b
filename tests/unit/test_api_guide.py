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

from dasibom.orchestrator.v1 import file_pb2, input_pb2, job_pb2, result_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api
from services.common.validation import validate
from tests.api_guide import GUIDE, ROOT, Block, Endpoint, blocks, endpoints, section

QUICK_START = section("Quick start")


def texts(language: str, text: str = GUIDE) -> list[str]:
    return [block.text for block in blocks(text) if block.language == language]


@pytest.mark.parametrize("block", [block for block in blocks() if block.message], ids=lambda block: block.message)
def test_json_is_of_the_contract(block: Block) -> None:
    modules = (api, job_pb2, result_pb2, file_pb2, status_pb2, error_details_pb2)
    message: Message = next(getattr(module, block.message) for module in modules if hasattr(module, block.message))()
    ParseDict(json.loads(block.text), message)
    if "job" in message.DESCRIPTOR.fields_by_name:
        message.job = "jb_x"  # type: ignore[attr-defined] # which stands in the path
    validate(message)


def test_every_json_block_names_its_message() -> None:
    assert [block.text for block in blocks() if block.language == "json" and not block.message] == []


def test_every_operation_has_its_heading() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    operations = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}
    assert operations == {f"{endpoint.verb} {endpoint.path}" for endpoint in endpoints()}


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda endpoint: f"{endpoint.verb} {endpoint.path}")
def test_an_endpoint_has_a_purpose_its_fields_an_answer_errors_and_a_command(endpoint: Endpoint) -> None:
    purpose = endpoint.text.strip().partition("\n")[0]
    assert re.match(r"[A-Z\[]", purpose)
    fields = [field.json_name for field in endpoint.method.input_type.fields if field.name not in {"job", "file", "body", "left_out"}]
    told = re.sub(r"```.*?```", "", endpoint.text, flags=re.DOTALL)
    assert [name for name in fields if not re.search(rf"`\??{name}`|`\?{name}=", told)] == []
    answer = endpoint.method.output_type.name
    shown = {block.message for block in endpoint.blocks}
    assert {answer, "JobResult"} & shown or "answers [the job](#a-job)" in endpoint.text or answer == "HttpBody"
    assert "| status | reason | when | for example |" in endpoint.text or "those of [every endpoint](#errors)" in endpoint.text
    command = "".join(texts("bash", endpoint.text))
    assert re.search(re.sub(r"\\{\w+\\}", "[^ ]+", re.escape(endpoint.path)) + r'["?]', command), command


def test_the_fields_of_options_and_pictures_are_told() -> None:
    cases = section("Cases").partition("\n### ")[0]
    for message in (input_pb2.CaseOptions, input_pb2.ImageSource, input_pb2.PersonInfo):
        for field in message.DESCRIPTOR.fields:
            told = cases + section("Limits")
            assert f"`{field.json_name}`" in told or f'`{{"{field.json_name}": ' in told, field.json_name


def test_every_error_of_a_table_is_in_the_table_of_all_errors() -> None:
    told = section("Errors")
    for reason in re.findall(r"^\| \d{3} \| `(\w+)`", GUIDE.replace(told, ""), re.MULTILINE):
        assert f"`{reason}`" in told, reason


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
    script = "".join(texts("bash", QUICK_START))
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    for step in ("/api/v1/upload", "/api/v1/cases/case1", "/events", '"$BASE/api/v1/jobs/$JOB"', "/api/v1/files/"):
        assert step in script
    assert not re.search(r"\bjq\b", "".join(texts("bash")))
    assert texts("sh") == []  # what is shown is run: see tests/acceptance


def test_python_examples_can_be_read() -> None:
    examples = texts("python")
    assert len(examples) == 2
    for example in examples:
        ast.parse(example)


@pytest.mark.skipif(shutil.which("javac") is None, reason="needs a JDK")
@pytest.mark.parametrize("program", texts("java"), ids=lambda program: re.findall(r"public class (\w+)", program)[0])
def test_java_examples_compile_without_a_warning(program: str, tmp_path: Path) -> None:
    (name,) = re.findall(r"public class (\w+)", program)
    (tmp_path / f"{name}.java").write_text(program, encoding="utf-8")
    command = ["javac", "-encoding", "UTF-8", "-Xlint:all", "-Werror", f"{name}.java"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)\s]+)\)", GUIDE):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (ROOT / "docs" / target).exists(), target
