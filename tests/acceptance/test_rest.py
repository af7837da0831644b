"""The mesh over REST, as a browser or a Java backend meets it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.common import imaging
from tests.acceptance.conftest import SAMPLES, RunningMesh


def sse(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Parse Server-Sent Events."""
    event: dict[str, str] = {}
    for line in lines:
        if not line:
            if "data" in event:
                yield {"id": int(event["id"]), "event": event["event"], "data": json.loads(event["data"])}
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")


@pytest.fixture(scope="module")
def finished(mesh: RunningMesh) -> dict[str, Any]:
    """A finished case 1."""
    job = mesh.submit("/api/v1/cases/case1", frames=[{"file": mesh.upload(SAMPLES / "cctv_frame.jpg")}], options={"seed": 11})
    return mesh.wait(job["id"])


def test_case_1_gives_an_enhanced_frame_a_description_a_montage_and_a_report(mesh: RunningMesh, finished: dict[str, Any]) -> None:
    assert finished["state"] == "JOB_STATE_SUCCEEDED", finished.get("error")
    kinds = {artifact["kind"] for artifact in finished["artifacts"]}
    assert {"original", "enhanced", "montage", "drawing", "report"} <= kinds
    result = finished["result"]["case1"]
    assert any(attribute.get("known") for attribute in result["attributes"])
    for artifact in finished["artifacts"]:
        answer = mesh.rest.get(f"/api/v1/files/{artifact['file']}")
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == artifact["sha256"]
        assert answer.headers["content-type"] == artifact["mediaType"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        if artifact["mediaType"] == "image/png":
            imaging.decode(answer.content)
    synthetic = {artifact["kind"] for artifact in finished["artifacts"] if artifact.get("synthetic")}
    assert synthetic == {"enhanced", "montage", "drawing", "face"}


def test_events_are_numbered_without_a_gap_and_resume_after_a_cut(mesh: RunningMesh, finished: dict[str, Any]) -> None:
    path = f"/api/v1/jobs/{finished['id']}/events"
    with mesh.rest.stream("GET", path) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = list(sse(stream.iter_lines()))
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert {event["event"] for event in events} >= {"state", "progress", "artifact"}
    assert events[-1]["data"]["stateChange"]["state"] == "JOB_STATE_SUCCEEDED"
    for how in ({"headers": {"Last-Event-ID": "3"}}, {"params": {"after": "3"}}):
        with mesh.rest.stream("GET", path, **how) as stream:
            assert list(sse(stream.iter_lines())) == events[3:]


def test_a_live_stream_cut_in_the_middle_goes_on_where_it_was(mesh: RunningMesh) -> None:
    file = mesh.upload(SAMPLES / "cctv_frame_2.jpg")
    job = mesh.submit("/api/v1/cases/case1", frames=[{"file": file}], options={"seed": 12})
    path = f"/api/v1/jobs/{job['id']}/events"
    seen = []
    with mesh.rest.stream("GET", path, timeout=60) as stream:
        for event in sse(stream.iter_lines()):
            seen.append(event)
            if len(seen) == 4:
                break
    with mesh.rest.stream("GET", path, headers={"Last-Event-ID": str(seen[-1]["id"])}, timeout=120) as stream:
        seen.extend(sse(stream.iter_lines()))
    assert [event["id"] for event in seen] == list(range(1, len(seen) + 1))
    assert seen[-1]["event"] == "state"


def test_case_2_gives_a_full_body_with_the_reference_face(mesh: RunningMesh) -> None:
    info = json.loads((SAMPLES / "person_info.json").read_text("utf-8"))
    person = {"additionalInfo" if key == "additional_info" else key: value for key, value in info.items()}
    job = mesh.submit("/api/v1/cases/case2", personInfo=person, face={"file": mesh.upload(SAMPLES / "face.jpg")}, options={"seed": 3})
    done = mesh.wait(job["id"])
    assert done["state"] == "JOB_STATE_SUCCEEDED", done.get("error")
    assert done["result"]["case2"]["final"] in {artifact["name"] for artifact in done["artifacts"]}
    assert done["result"]["case2"]["composites"], done["result"].get("warnings")


def test_case_3_compares_with_what_is_known_and_reports(mesh: RunningMesh) -> None:
    known = json.loads((SAMPLES / "known_info.json").read_text("utf-8"))
    job = mesh.submit(
        "/api/v1/cases/case3",
        frames=[{"file": mesh.upload(SAMPLES / "cctv_frame.jpg")}],
        face={"file": mesh.upload(SAMPLES / "face.jpg")},
        knownInfo=known,
        options={"language": "en"},
    )
    done = mesh.wait(job["id"])
    assert done["state"] == "JOB_STATE_SUCCEEDED", done.get("error")
    comparisons = {comparison["topic"]: comparison for comparison in done["result"]["case3"]["comparisons"] if "topic" in comparison}
    assert set(known) & set(comparisons)
    assert done["result"]["case3"]["report"]


def test_super_resolution_keeps_the_original_and_compares(mesh: RunningMesh) -> None:
    job = mesh.submit("/api/v1/super-resolution", image={"file": mesh.upload(SAMPLES / "cctv_frame.jpg")}, scale=2)
    done = mesh.wait(job["id"])
    assert done["state"] == "JOB_STATE_SUCCEEDED", done.get("error")
    result = done["result"]["superResolution"]
    names = {artifact["name"]: artifact for artifact in done["artifacts"]}
    original = mesh.rest.get(f"/api/v1/files/{names[result['original']]['file']}").content
    assert original == (SAMPLES / "cctv_frame.jpg").read_bytes()
    assert result["final"] in names
    assert result["comparison"] in names


def test_analyze_plans_without_running_and_runs_what_it_planned(mesh: RunningMesh) -> None:
    images = [{"file": mesh.upload(SAMPLES / name)} for name in ("cctv_frame.jpg", "face.jpg")]
    planned = mesh.wait(mesh.submit("/api/v1/cases/analyze", images=images, dryRun=True)["id"])
    assert planned["state"] == "JOB_STATE_SUCCEEDED", planned.get("error")
    analysis = planned["result"]["analysis"]
    assert {plan["kind"] for plan in analysis["plans"]} == {"case1", "case2", "case3", "super_resolution"}
    assert "caseResult" not in analysis
    done = mesh.wait(mesh.submit("/api/v1/cases/analyze", images=images)["id"], seconds=180)
    assert done["state"] == "JOB_STATE_SUCCEEDED", done.get("error")
    assert done["result"]["analysis"]["chosen"] == analysis["chosen"]
    assert done["result"]["analysis"]["caseResult"]


def test_jobs_are_listed_by_pages_and_filters(mesh: RunningMesh, finished: dict[str, Any]) -> None:
    labelled = mesh.submit(
        "/api/v1/super-resolution",
        image={"file": mesh.upload(SAMPLES / "face.jpg")},
        options={"labels": {"missing_case": "rest-1024"}, "displayName": "김 형사"},
    )
    found = mesh.rest.get("/api/v1/jobs", params={"label": "missing_case=rest-1024"}).json()["jobs"]
    assert [(job["id"], job["displayName"]) for job in found] == [(labelled["id"], "김 형사")]
    first = mesh.rest.get("/api/v1/jobs", params={"pageSize": "1"}).json()
    second = mesh.rest.get("/api/v1/jobs", params={"pageSize": "1", "pageToken": first["nextPageToken"]}).json()
    assert first["jobs"][0]["id"] != second["jobs"][0]["id"]
    only = mesh.rest.get("/api/v1/jobs", params={"states": "JOB_STATE_SUCCEEDED", "kinds": "job_kind_case1", "pageSize": "200"}).json()
    assert finished["id"] in {job["id"] for job in only["jobs"]}
    assert {(job["state"], job["kind"]) for job in only["jobs"]} == {("JOB_STATE_SUCCEEDED", "JOB_KIND_CASE1")}
    mesh.wait(labelled["id"])


def test_a_submission_repeated_with_its_request_id_starts_nothing(mesh: RunningMesh) -> None:
    request = {
        "image": {"file": mesh.upload(SAMPLES / "face.jpg")},
        "requestId": "5f1c8a52-3f0b-4f3e-9a58-6f6f2c9f7a11",
    }
    first = mesh.submit("/api/v1/super-resolution", **request)
    assert mesh.submit("/api/v1/super-resolution", **request)["id"] == first["id"]
    other = mesh.rest.post("/api/v1/super-resolution", json={**request, "scale": 3})
    assert other.status_code == 409
    assert other.json()["details"][0]["reason"] == "REQUEST_ID_REUSED"
    mesh.wait(first["id"])


def test_a_job_is_cancelled_retried_and_deleted(mesh: RunningMesh) -> None:
    file = mesh.upload(SAMPLES / "cctv_frame.jpg")
    job = mesh.submit("/api/v1/super-resolution", image={"file": file}, scale=4)["id"]
    asked = mesh.rest.post(f"/api/v1/jobs/{job}:cancel", json={})
    assert asked.status_code == 200, asked.text
    assert mesh.wait(job, 15)["state"] == "JOB_STATE_CANCELLED"
    assert mesh.rest.post(f"/api/v1/jobs/{job}:retry", json={}).json()["attempt"] == 2
    assert mesh.rest.delete(f"/api/v1/jobs/{job}").status_code == 400
    done = mesh.wait(job)
    assert done["state"] == "JOB_STATE_SUCCEEDED"
    assert mesh.rest.delete(f"/api/v1/jobs/{job}").status_code == 200
    assert mesh.rest.get(f"/api/v1/jobs/{job}").status_code == 404
    for artifact in done["artifacts"]:
        assert mesh.rest.get(f"/api/v1/files/{artifact['file']}").status_code == 404
    assert mesh.rest.get(f"/api/v1/files/{file}").status_code == 404


def test_models_and_health_tell_of_every_part(mesh: RunningMesh) -> None:
    services = {service["service"]: service for service in mesh.rest.get("/api/v1/models/status").json()["services"]}
    assert {name: service["models"][0]["name"] for name, service in services.items()} == {
        "vqa": "vision",
        "diffusion": "composite",
        "faceswap": "blend",
        "superres": services["superres"]["models"][0]["name"],
    }
    health = mesh.rest.get("/api/v1/health").json()
    assert health["state"] == "HEALTH_STATE_HEALTHY"
    assert {component["name"] for component in health["components"]} >= {"database", "redis", "storage", "worker", "vqa", "superres"}


def test_a_form_upload_keeps_its_korean_name_and_declared_facts_are_checked(mesh: RunningMesh) -> None:
    data = (SAMPLES / "face.jpg").read_bytes()
    sent = mesh.rest.post("/api/v1/upload", files={"file": ("얼굴 사진 (1).jpg", data, "image/jpeg")})
    assert sent.status_code == 200, sent.text
    assert sent.json()["name"] == "얼굴 사진 (1).jpg"
    assert sent.json()["sha256"] == hashlib.sha256(data).hexdigest()
    for wrong in ({"size": str(len(data) + 1)}, {"sha256": "0" * 64}):
        assert mesh.rest.post("/api/v1/upload", params=wrong, content=data).status_code == 400


def test_two_apis_share_all_they_know(mesh: RunningMesh, finished: dict[str, Any]) -> None:
    # Fresh connections, so that the gateway chooses anew.
    for _ in range(6):
        assert httpx.get(f"{mesh.state.url}/api/v1/jobs/{finished['id']}").json()["state"] == "JOB_STATE_SUCCEEDED"
