"""What scripts write into docs/ is fresh, and docs/openapi.json is valid and says all that the protos and the settings say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate as validate_openapi

from dasibom.orchestrator.v1 import file_pb2, job_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api
from services.common.errors import InvalidRequest
from services.common.settings import ModelServiceSettings
from services.common.validation import validate as validate_message
from services.orchestrator.settings import OrchestratorSettings

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
SERVICE = api.DESCRIPTOR.services_by_name["OrchestratorService"]


def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(ROOT / "scripts" / name), *arguments], capture_output=True, text=True, check=False)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in DOCUMENT["paths"].items():
        for verb, operation in verbs.items():
            yield verb, path, operation


def operation(operation_id: str) -> dict[str, Any]:
    return next(found for _, _, found in operations() if found["operationId"] == operation_id)


def parameter(operation_id: str, name: str) -> dict[str, Any]:
    return next(found for found in operation(operation_id)["parameters"] if found["name"] == name)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def instance_errors(name: str, instance: Any) -> list[str]:
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return [error.message for error in OAS31Validator(schema).iter_errors(instance)]


def test_committed_documents_are_fresh() -> None:
    done = script("check_generated.py")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "document"), [("openapi.py", "openapi.json"), ("settings_table.py", "SETTINGS.md"), ("models_table.py", "MODELS.md")]
)
def test_stale_document_fails_the_check_which_names_the_refreshing_command(tmp_path: Path, name: str, document: str) -> None:
    stale = tmp_path / document
    stale.write_text((ROOT / "docs" / document).read_text(encoding="utf-8") + " ", encoding="utf-8")
    refused = script(name, "--check", "--out", str(stale))
    assert refused.returncode == 1
    assert f"python scripts/{name}" in refused.stderr
    assert script(name, "--out", str(stale)).returncode == 0
    assert script(name, "--check", "--out", str(stale)).returncode == 0


def test_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    validate_openapi(DOCUMENT)


def test_every_rpc_with_an_http_rule_is_there_exactly_once() -> None:
    expected = []
    for method in SERVICE.methods:
        rule = method.GetOptions().Extensions[annotations_pb2.http]
        if verb := rule.WhichOneof("pattern"):
            expected.append((verb, getattr(rule, verb), method.name[0].lower() + method.name[1:]))
    assert sorted(expected) == sorted((verb, path, found["operationId"]) for verb, path, found in operations())
    assert len(expected) == 16


def test_every_operation_has_words_a_tag_and_all_errors_as_status() -> None:
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    for _, _, found in operations():
        assert found["summary"]
        assert found["description"]
        assert set(found["tags"]) <= tags
        assert {"200", "400", "401", "403", "429", "500", "503", "default"} <= found["responses"].keys()
    for response in DOCUMENT["components"]["responses"].values():
        assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Status"}
    assert {"404", "409", "413", "504"} <= operation("submitCase1")["responses"].keys()
    assert "409" not in operation("getJob")["responses"]
    assert "504" not in operation("streamJobEvents")["responses"]


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("SubmitCase1Request", {"frames": [{"file": "x"}] * 33}),
        ("SubmitCase1Request", {"frames": [{}]}),
        ("SubmitCase1Request", {"frames": [{"file": "x", "uri": "https://example.org/x.png"}]}),
        ("SubmitCase1Request", {"frames": [{"file": ""}]}),
        ("SubmitCase1Request", {"frames": [{"file": "x"}], "variants": 9}),
        ("SubmitCase1Request", {"frames": [{"file": "x"}], "notes": "x" * 4001}),
        ("SubmitCase1Request", {"frames": [{"file": "x"}], "questions": [{"topic": "Upper Color"}]}),
        ("SubmitCase1Request", {"frames": [{"file": "x"}], "options": {"language": "fr"}}),
        ("SubmitCase1Request", {"frames": [{"file": "x"}], "options": {"models": {"chat": "x"}}}),
        ("SubmitCase1Request", {"frames": [{"file": "x"}], "options": {"labels": {"": "x"}}}),
        ("SubmitCase1Request", {"frames": [{"file": "x"}], "options": {"labels": {str(n): "" for n in range(17)}}}),
        ("SubmitCase2Request", {"face": {"file": "x"}, "missingCase": "1024"}),
        ("SubmitCase2Request", {"face": {"file": "x"}, "missingCase": {}, "ageBasis": "NOW"}),
        ("PublishJobRequest", {"job": "jb_x", "caseId": "홍길동"}),
        ("SubmitCase3Request", {"frames": [{"file": "x"}], "knownInfo": {"x": "x" * 4001}}),
        ("SubmitSuperResolutionRequest", {"image": {"file": "x"}, "scale": 5}),
        ("SubmitSuperResolutionRequest", {"image": {"file": "x"}, "methods": [""]}),
    ],
)
def test_what_the_services_refuse_the_schema_refuses(name: str, bad: dict[str, Any]) -> None:
    with pytest.raises((InvalidRequest, ParseError)):
        validate_message(ParseDict(bad, getattr(api, name)()))
    assert instance_errors(name, bad)


@pytest.mark.parametrize(
    ("name", "bad", "rule"),
    [
        ("SubmitCase1Request", {}, "give frames, framesPrefix or both"),
        ("SubmitCase1Request", {"frames": []}, "give frames, framesPrefix or both"),
        ("SubmitCase2Request", {"face": {"file": "x"}}, "give personInfo, missingCase or both"),
        ("SubmitCase2Request", {"missingCase": {"age": 7}}, "give face, or a missingCase with a fileUrl"),
        ("SubmitCase3Request", {"knownInfo": {"x": "y"}}, "give frames, framesPrefix or both"),
        ("AnalyzeCaseRequest", {"dryRun": True}, "give images, imagesPrefix or both"),
    ],
)
def test_a_rule_about_several_fields_is_told_in_words(name: str, bad: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidRequest):
        validate_message(ParseDict(bad, getattr(api, name)()))
    assert f"Rule: {rule}." in SCHEMAS[name]["description"]


def test_what_callers_do_not_set_says_so() -> None:
    for name in ("AnalyzeCaseRequest", "SubmitCase1Request", "SubmitCase3Request"):
        assert SCHEMAS[name]["properties"]["leftOut"]["readOnly"] is True
    assert "job" not in SCHEMAS["PublishJobRequest"]["properties"], "it stands in the path"
    assert SCHEMAS["Enhancement"]["properties"]["elapsed"]["deprecated"] is True
    assert "label `missing_case`" in SCHEMAS["PublishJobRequest"]["properties"]["caseId"]["description"]


EXAMPLES = [(name, example) for name, schema in SCHEMAS.items() for example in schema.get("examples", [])]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_examples_fit_their_schema_and_are_accepted(name: str, example: dict[str, Any]) -> None:
    assert instance_errors(name, example) == []
    proto = {"UploadedFile": "File"}.get(name, name)
    message: type[Message] | None = next((getattr(module, proto) for module in (api, job_pb2, file_pb2) if hasattr(module, proto)), None)
    if message is not None:
        parsed = ParseDict(example, message())
        if "job" in parsed.DESCRIPTOR.fields_by_name and "job" not in example:
            parsed.job = "jb_x"  # type: ignore[attr-defined] # which stands in the path
        validate_message(parsed)


def test_every_submit_has_an_example() -> None:
    bodies = [found["requestBody"]["content"]["application/json"] for _, _, found in operations() if found["tags"] == ["Cases"]]
    assert len(bodies) == 5
    for body in bodies:
        assert body["schema"]["$ref"].rpartition("/")[2] in {name for name, _ in EXAMPLES}


def test_types_are_those_of_proto3_json() -> None:
    job, artifact = SCHEMAS["Job"]["properties"], SCHEMAS["Artifact"]["properties"]
    assert artifact["size"]["type"] == "string"
    assert artifact["size"]["format"] == "int64"
    assert job["createTime"]["format"] == "date-time"
    assert job["labels"]["additionalProperties"] == {"type": "string"}
    assert job["error"]["$ref"] == "#/components/schemas/Status"
    assert job["seed"]["maximum"] == 2**32 - 1
    assert re.fullmatch(SCHEMAS["GetHealthResponse"]["properties"]["uptime"]["pattern"], "12.250s")
    assert SCHEMAS["ImageSource"]["properties"]["data"]["contentEncoding"] == "base64"
    assert SCHEMAS["JobState"]["enum"] == [name for name in job_pb2.JobState.keys() if not name.endswith("UNSPECIFIED")]  # noqa: SIM118
    assert SCHEMAS["SubmitCase1Request"]["properties"]["requestId"]["format"] == "uuid"
    assert "required" not in SCHEMAS["Job"]


def test_query_parameters_carry_their_rules() -> None:
    size, states = parameter("listJobs", "pageSize"), parameter("listJobs", "states")
    assert (size["in"], size["schema"]["minimum"], size["schema"]["maximum"]) == ("query", 0, 200)
    assert states["explode"] is True
    assert states["schema"]["items"] == {"$ref": "#/components/schemas/JobState"}
    assert parameter("listJobs", "createdAfter")["schema"]["format"] == "date-time"
    assert parameter("getJob", "job") == {
        "name": "job",
        "in": "path",
        "required": True,
        "description": "The job's id.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    }


def test_upload_download_and_events_are_what_travels() -> None:
    upload = operation("upload")
    assert upload["requestBody"]["content"].keys() == {"application/octet-stream", "multipart/form-data"}
    assert [found["name"] for found in upload["parameters"]] == ["fileName", "size", "sha256"]
    assert upload["parameters"][2]["schema"]["pattern"] == "^([0-9a-fA-F]{64})?$"
    download = operation("download")["responses"]["200"]["content"]
    assert {"image/png", "image/svg+xml", "text/html", "application/json"} <= download.keys()
    assert next(iter(download)) == "application/octet-stream", "generators that know no pictures must take the first for bytes"
    assert operation("streamJobEvents")["responses"]["200"]["content"].keys() == {"text/event-stream"}
    assert parameter("streamJobEvents", "Last-Event-ID")["in"] == "header"
    assert "JobEvent" in SCHEMAS


def test_no_schema_has_a_name_that_generated_clients_use_themselves() -> None:
    # openapi-python-client imports `File` and `Response` of its own; in TypeScript they hide the browser's.
    assert not {"File", "Blob", "Response", "Request", "Client", "Unset", "Error", "Event"} & SCHEMAS.keys()
    assert operation("upload")["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/UploadedFile")


def test_words_are_for_readers_of_rest() -> None:
    text = "\n".join(strings(DOCUMENT))
    assert "buf:lint" not in text
    assert "requestId" in DOCUMENT["info"]["description"]
    assert "request_id" not in text
    assert "super_resolution" in SCHEMAS["CasePlan"]["properties"]["kind"]["description"]  # a value, not a field
    assert "never evidence" in DOCUMENT["info"]["description"]


def test_nothing_internal_is_told() -> None:
    text = "\n".join(strings(DOCUMENT))
    assert not re.search(r"x-client-id|x-auth-sub|x-dasibom|/work|/tmp|/home|site-packages|redis://|sqlite|127\.0\.0\.1:50", text)
    assert [server["url"] for server in DOCUMENT["servers"]] == ["http://localhost:8080"]


def test_every_setting_is_in_its_document() -> None:
    text = (ROOT / "docs" / "SETTINGS.md").read_text(encoding="utf-8")
    for settings in (ModelServiceSettings, OrchestratorSettings):
        for name, field in settings.model_fields.items():
            assert text.count(f"| `DASIBOM_{name.upper()}` |") == 1
            assert str(field.description) in text
