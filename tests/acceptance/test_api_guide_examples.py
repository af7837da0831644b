"""Every example of docs/API.md is sent to a mesh, and what comes back has the keys and types that the guide shows.

JSON requests, requests that lead to errors, events, and the programs in Java and Python; the commands are in test_api_guide_commands.py.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import ROOT, SAMPLES, RunningMesh
from tests.api_guide import Endpoint, ErrorExample, Shape, blocks, both, differences, documented, endpoints, error_examples, section, shape

FRAME, FACE, JOB = "fl_01m838aphet57prsyn6paqyb38", "fl_01m838d0rg6gwy3nmtefpk14zy", "jb_01m838apzm015y14hznx2mfkee"
"""Ids that stand for a frame, a face photo and a finished case 1 in the guide."""
FOLDER = "inputs/missing-person-7"
# A result tells of something missing when something is; what a picture's chance decides may be there or not.
SOMETIMES = {"warnings"}

CASES = [endpoint for endpoint in endpoints() if "request_id" in endpoint.method.input_type.fields_by_name]
EXCHANGES = [(endpoint, number) for endpoint in CASES for number in range(len(list(endpoint.exchanges())))]
ERRORS = [example for endpoint in endpoints() for example in endpoint.errors()] + list(
    error_examples(section("Cases").partition("\n### ")[0])
)


@dataclass(frozen=True)
class World:
    """The mesh, and what the guide's examples name."""

    mesh: RunningMesh
    frame: str
    face: str
    jobs: dict[tuple[str, int], tuple[dict[str, Any], dict[str, Any]]]  # request as sent and answer, by path and number of the example

    def real(self, text: str) -> str:
        """A piece of the guide with ids that are there."""
        first = self.jobs["/api/v1/cases/case1", 0][1]["id"] if self.jobs else JOB
        return text.replace(FRAME, self.frame).replace(FACE, self.face).replace(JOB, first)


@pytest.fixture(scope="module")
def world(mesh: RunningMesh) -> World:
    """Uploads, a folder with a broken picture, and a job for each example of a submission: together they take a third of the time."""
    folder = mesh.home.root / "files" / FOLDER
    folder.mkdir(parents=True)
    shutil.copy(SAMPLES / "cctv_frame_2.jpg", folder / "역 앞 (2).jpg")
    (folder / "잘린 사진.jpg").write_bytes((SAMPLES / "cctv_frame.jpg").read_bytes()[:3000])
    world = World(mesh, mesh.upload(SAMPLES / "cctv_frame.jpg"), mesh.upload(SAMPLES / "face.jpg"), {})
    for endpoint in CASES:
        for number, (request, _) in enumerate(endpoint.exchanges()):
            sent = json.loads(world.real(json.dumps(request)))
            if "requestId" in sent:
                sent["requestId"] = str(uuid.uuid4())
            world.jobs[endpoint.path, number] = sent, mesh.submit(endpoint.path, **sent)
    return world


def environment(mesh: RunningMesh, **more: str) -> dict[str, str]:
    """That of a program of the guide."""
    own = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy") and not name.startswith("DASIBOM_")}
    return own | {"BASE": mesh.state.url, "DASIBOM_URL": mesh.state.url, "NO_PROXY": "*", "PYTHONUTF8": "1"} | more


@pytest.mark.parametrize(("endpoint", "number"), EXCHANGES, ids=lambda value: value.path if isinstance(value, Endpoint) else str(value))
def test_a_submission_is_answered_by_the_job_and_the_result_that_the_guide_shows(world: World, endpoint: Endpoint, number: int) -> None:
    _, submitted = world.jobs[endpoint.path, number]
    answers = list(endpoint.exchanges())[number][1]
    job = documented(block for block in blocks() if block.message == "Job")
    assert differences(shape(submitted), job) == []
    done = world.mesh.wait(submitted["id"], 240)
    assert done["state"] == "JOB_STATE_SUCCEEDED", done.get("error")
    assert differences(shape({**done, "result": {}}), job) == []
    assert [block.message for block in answers][-1] == "JobResult"
    for block in answers:
        real, told = (submitted, json.loads(block.text)) if block.message == "Job" else (done["result"], json.loads(block.text))
        assert differences(shape(without(real)), shape(without(told))) == []
        assert differences(shape(without(told)), shape(without(real))) == [], "the guide shows what does not come"


def without(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what comes sometimes."""
    return {
        key: without(value) if isinstance(value, dict) and key in {"analysis", "caseResult"} else value
        for key, value in answer.items()
        if key not in SOMETIMES
    }


def test_the_broken_picture_of_the_folder_is_named_and_the_rest_was_used(world: World) -> None:
    case1 = world.mesh.wait(world.jobs["/api/v1/cases/case1", 0][1]["id"], 240)
    assert len(case1["result"]["case1"]["frames"]) == 2
    assert any("잘린 사진.jpg" in warning for warning in case1["result"]["warnings"])


def test_a_record_s_age_of_today_is_drawn_and_its_label_names_the_published_picture(world: World) -> None:
    done = world.mesh.wait(world.jobs["/api/v1/cases/case2", 1][1]["id"], 240)
    assert done["result"]["case2"]["age"] == {"basis": "AGE_BASIS_NOW", "age": "66세", "yearsProgressed": 40}
    published = world.mesh.rest.post(f"/api/v1/jobs/{done['id']}:publish", json={}).json()
    assert published["key"] == "ai_image/1024.png"
    assert httpx.get(published["url"]).content.startswith(b"\x89PNG")


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.status} {error.reason} {error.path}")
def test_a_request_that_is_wrong_is_refused_with_the_status_and_the_reason_of_the_guide(world: World, error: ErrorExample) -> None:
    first = world.jobs["/api/v1/cases/case1", 0][1]["id"]
    if "{job}" in error.path or JOB in error.path:
        world.mesh.wait(first, 240)
    path, body = world.real(error.path).replace("{job}", first), world.real(error.body)
    answer = world.mesh.rest.request(error.verb, path, content=body.encode())
    assert answer.status_code == error.status, answer.text
    refused = answer.json()
    reasons = [detail["reason"] for detail in refused["details"] if detail["@type"].endswith("ErrorInfo")]
    assert reasons == [error.reason]
    assert refused["message"]
    told = both(documented(block for block in blocks() if block.message == "Status"), {"details": [DETAILS]})
    assert differences(shape(refused), told) == []


# What the guide names besides its example: facts for programs, and what the gateway adds.
DETAILS: dict[str, Any] = {"metadata": "map", "locale": "string", "message": "string", "requestId": "string", "retryDelay": "string"}


def test_errors_are_shown_for_every_submission_and_every_endpoint_about_one_thing() -> None:
    assert len(ERRORS) >= 35
    assert {error.path.partition("?")[0].partition("{")[0] for error in ERRORS} >= {endpoint.path for endpoint in CASES}


def test_a_request_id_with_other_content_is_refused(world: World) -> None:
    sent, job = world.jobs["/api/v1/cases/case1", 0]
    again = world.mesh.rest.post("/api/v1/cases/case1", json=sent)
    assert again.json()["id"] == job["id"]
    other = world.mesh.rest.post("/api/v1/cases/case1", json={**sent, "notes": "other"})
    assert (other.status_code, other.json()["details"][0]["reason"]) == (409, "REQUEST_ID_REUSED")
    assert other.json()["details"][0]["metadata"]["job"] == job["id"]


@pytest.mark.parametrize("path", ["/api/v1/jobs/{job}", "/api/v1/jobs/{job}:publish", "/api/v1/models/status", "/api/v1/health"])
def test_what_is_asked_about_a_job_or_the_service_is_answered_as_shown(world: World, path: str) -> None:
    endpoint = next(found for found in endpoints() if found.path == path and found.verb != "DELETE")
    job = world.jobs["/api/v1/cases/case1", 0][1]["id"]
    world.mesh.wait(job, 240)
    request = [json.loads(block.text) for block in endpoint.blocks if block.message == endpoint.method.input_type.name]
    answer = world.mesh.rest.request(endpoint.verb, path.replace("{job}", job), json=request[0] if request else None)
    assert answer.status_code == 200, answer.text
    (shown,) = [json.loads(block.text) for block in endpoint.blocks if block.message == endpoint.method.output_type.name]
    real = answer.json()
    for whole in (real, shown):
        whole.pop("result", None)  # which each case shows
    assert differences(shape(real), shape(shown)) == []
    assert differences(shape(shown), shape(real)) == []


def test_an_upload_is_answered_as_shown(world: World) -> None:
    (shown,) = [json.loads(block.text) for block in blocks() if block.message == "File"]
    answer = world.mesh.rest.post(
        "/api/v1/upload", params={"fileName": "cctv_frame.jpg"}, content=(SAMPLES / "cctv_frame.jpg").read_bytes()
    )
    assert shape(answer.json()) == shape(shown)
    changing = {"id", "createTime"}
    assert {key: answer.json()[key] for key in shown.keys() - changing} == {key: shown[key] for key in shown.keys() - changing}


def test_events_look_as_shown(world: World) -> None:
    job = world.jobs["/api/v1/cases/case1", 0][1]["id"]
    world.mesh.wait(job, 240)
    stream = world.mesh.rest.get(f"/api/v1/jobs/{job}/events").text
    (shown,) = [block.text for block in blocks() if block.text.startswith("retry: ")]
    one = re.compile(r"^id: (\d+)\nevent: (\w+)\ndata: (.*)\n$", re.MULTILINE)
    real: dict[str, Shape] = {}
    for number, event, data in one.findall(stream):
        assert json.loads(data)["number"] == number
        real[event] = both(real.get(event, {}), shape(json.loads(data)))
    told = one.findall(shown)
    assert {event for _, event, _ in told} == {"state", "progress", "artifact"}
    for _, event, data in told:
        assert differences(shape(json.loads(data)), real[event]) == []
    assert stream.startswith("retry: 1000\n")


@pytest.mark.skipif(shutil.which("java") is None, reason="needs a JDK")
def test_the_java_program_leads_from_a_record_to_a_published_picture(mesh: RunningMesh, tmp_path: Path) -> None:
    record, source = tmp_path / "record.json", tmp_path / "RecordToPicture.java"
    record.write_text(json.dumps({"id": 1024, "sexdstnDscd": "여자", "age": 26, "ageNow": 66, "haircolrDscd": "흑색"}), "utf-8")
    source.write_text(next(block.text for block in blocks() if "class RecordToPicture" in block.text), "utf-8")
    done = run(["java", "-Dfile.encoding=UTF-8", str(source), str(record), str(SAMPLES / "face.jpg")], mesh)
    assert httpx.get(done.strip()).content.startswith(b"\x89PNG")


@pytest.mark.skipif(shutil.which("java") is None, reason="needs a JDK")
def test_the_java_program_follows_case_1_to_its_end(mesh: RunningMesh, tmp_path: Path) -> None:
    source = tmp_path / "CaseOne.java"
    source.write_text(next(block.text for block in blocks() if "class CaseOne" in block.text), "utf-8")
    done = run(["java", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", str(source), str(SAMPLES / "cctv_frame.jpg")], mesh)
    assert re.search(r"^jb_\w+ JOB_STATE_SUCCEEDED$", done, re.MULTILINE)
    assert json.loads(done.splitlines()[-1])["result"]["case1"]["montages"]


@pytest.mark.parametrize("number", [0, 1])
def test_the_python_examples_run_as_they_stand(mesh: RunningMesh, number: int) -> None:
    program = [block.text for block in blocks() if block.language == "python"][number]
    done = run([sys.executable, "-c", program], mesh)
    assert "montage_01.png" in done if number == 0 else done.splitlines()[-1] == "JOB_STATE_SUCCEEDED"


def run(command: list[str], mesh: RunningMesh) -> str:
    """What a program of the guide writes, started where the guide says: in the project's folder."""
    done = subprocess.run(command, cwd=ROOT, env=environment(mesh), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
