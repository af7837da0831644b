"""REST through the edge: what is translated, and what is refused."""

from __future__ import annotations

import base64
import re
from typing import Any

import httpx
import pytest
from running_envoy import Envoy


def assert_status(response: httpx.Response, http: int, code: int, says: str) -> dict[str, Any]:
    """The answer is `google.rpc.Status` as JSON, in the one shape that every error has."""
    assert response.status_code == http, response.text
    assert response.headers["content-type"].startswith("application/json")
    body: dict[str, Any] = response.json()
    assert set(body) == {"code", "message", "details"}
    assert body["code"] == code
    assert re.search(says, body["message"]), body["message"]
    assert all(detail["@type"].startswith("type.googleapis.com/google.rpc.") for detail in body["details"])
    for word in ("upstream", "connection failure", "delayed connect", "127.0.0.1"):
        assert word not in response.text
    return body


def test_job_is_answered_as_itself_in_camel_case_without_grpc_headers(rest: httpx.Client) -> None:
    response = rest.get("/api/v1/jobs/jb_1")
    assert response.status_code == 200
    body = response.json()
    assert body["id"] == "jb_1"
    assert body["lastEvent"] == str(2**40)
    assert body["state"] == "JOB_STATE_RUNNING"
    assert not [name for name in response.headers if name.startswith(("grpc-", "x-envoy-"))]
    assert response.headers["x-request-id"]


def test_submit_takes_both_spellings_and_answers_the_job(rest: httpx.Client) -> None:
    frame = base64.b64encode(b"x" * 2_000_000).decode()
    response = rest.post("/api/v1/cases/case1", json={"frames": [{"data": frame}], "notes": "빨간 모자", "request_id": "1"})
    assert response.json() == {"id": "jb_1", "kind": "JOB_KIND_CASE1", "labels": {"notes": "빨간 모자", "bytes": "2000000"}}


def test_custom_verb_and_delete_reach_their_methods(rest: httpx.Client) -> None:
    assert rest.post("/api/v1/jobs/jb_1:cancel", json={}).json() == {"id": "jb_1", "cancelRequested": True}
    assert rest.delete("/api/v1/jobs/jb_1").json() == {}


def test_query_takes_repeated_enums_in_any_case_and_plus_as_space(rest: httpx.Client) -> None:
    response = rest.get("/api/v1/jobs?states=job_state_failed&states=2&pageSize=7&label=a=b+c")
    assert response.json() == {
        "jobs": [{"state": "JOB_STATE_FAILED"}, {"state": "JOB_STATE_RUNNING"}, {"labels": {"label": "a=b c", "size": "7"}}]
    }


@pytest.mark.parametrize("path", ["/", "/nope", "/api/v1/nope", "/api/v1/jobs/jb_1/nope", "/dasibom.orchestrator.v1.Other/GetJob"])
def test_unknown_path_is_404(rest: httpx.Client, path: str) -> None:
    body = assert_status(rest.get(path), 404, 5, "no such path or method")
    request = next(detail for detail in body["details"] if detail["@type"].endswith("RequestInfo"))
    assert len(request["requestId"]) == 36


@pytest.mark.parametrize(("method", "path"), [("PUT", "/api/v1/jobs/jb_1"), ("DELETE", "/api/v1/jobs"), ("GET", "/api/v1/upload")])
def test_unknown_verb_is_404_and_reaches_nobody(rest: httpx.Client, method: str, path: str) -> None:
    assert_status(rest.request(method, path), 404, 5, "no such path or method")


def test_unknown_query_parameter_is_refused_by_name(rest: httpx.Client) -> None:
    assert_status(rest.get("/api/v1/jobs?colour=red"), 400, 3, "colour")


def test_unknown_enum_value_is_refused_by_name(rest: httpx.Client) -> None:
    assert_status(rest.get("/api/v1/jobs?states=SLEEPING"), 400, 3, "SLEEPING")
    response = rest.post("/api/v1/cases/case1", json={"options": {"language": 5}})
    assert_status(response, 400, 3, "language|string")


@pytest.mark.parametrize("body", ['{"notes": ', "[]", '{"variants": "many"}', "\x00"])
def test_malformed_json_is_refused(rest: httpx.Client, body: str) -> None:
    assert_status(rest.post("/api/v1/cases/case1", content=body), 400, 3, "cannot be read: .+")


def test_oversize_body_is_413(rest: httpx.Client) -> None:
    assert_status(rest.post("/api/v1/cases/case1", json={"notes": "x" * 25 * 1024 * 1024}), 413, 3, "too large")


def test_error_of_the_service_keeps_its_details(rest: httpx.Client) -> None:
    for path in ("/api/v1/jobs/missing", "/api/v1/jobs/missing/events"):
        body = assert_status(rest.get(path), 404, 5, "no job 'missing'")
        assert body["details"] == [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "NOT_FOUND",
                "domain": "dasibom.kr",
                "metadata": {"job": "missing"},
            }
        ]


def test_slow_answer_is_504(rest: httpx.Client) -> None:
    assert_status(rest.get("/api/v1/jobs/slow"), 504, 4, "in time")


def test_unavailable_is_tried_again_and_other_errors_are_not(rest: httpx.Client) -> None:
    assert rest.get("/api/v1/jobs/flaky").status_code == 200
    before = int(rest.get("/api/v1/jobs/broken").json()["message"].split()[1])
    assert rest.get("/api/v1/jobs/broken").json()["message"] == f"attempt {before + 1}"


def test_callers_cannot_say_who_they_are(rest: httpx.Client) -> None:
    forged = {"x-client-id": "police", "x-auth-sub": "root", "x-dasibom-content-length": "7", "x-envoy-original-path": "/x"}
    labels = rest.get("/api/v1/jobs/jb_1", headers={**forged, "traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}).json()["labels"]
    assert not {"x-client-id", "x-auth-sub", "x-dasibom-content-length"} & set(labels)
    assert labels.get("x-envoy-original-path") != "/x"
    assert labels["traceparent"].startswith("00-" + "a" * 32)


def test_health_is_answered_by_envoy(rest: httpx.Client) -> None:
    assert rest.get("/healthz").status_code == 200


def test_allowed_page_may_call_and_foreign_page_may_not(rest: httpx.Client) -> None:
    ask = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,last-event-id"}
    allowed = rest.options("/api/v1/cases/case1", headers={"origin": "http://localhost:3000", **ask})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "last-event-id" in allowed.headers["access-control-allow-headers"]
    answer = rest.get("/api/v1/jobs/missing", headers={"origin": "http://localhost:3000"})
    assert "x-request-id" in answer.headers["access-control-expose-headers"]

    foreign = rest.options("/api/v1/cases/case1", headers={"origin": "https://evil.example", **ask})
    assert "access-control-allow-origin" not in foreign.headers
    # A "simple" request needs no preflight; it must not start a job all the same.
    sneaky = {"origin": "https://evil.example", "content-type": "text/plain"}
    assert_status(rest.post("/api/v1/cases/case1", content="{}", headers=sneaky), 403, 7, "may not")


def test_access_log_has_no_query(rest: httpx.Client, edge: Envoy) -> None:
    rest.get("/api/v1/jobs?label=secret=hush&pageSize=1", headers={"user-agent": "logged"})
    rest.get("/api/v1/jobs/logged-job?api_key=hush")
    line = edge.log("logged-job")
    assert line["path"] == "/api/v1/jobs/logged-job"
    assert line["rpc"] == "/dasibom.orchestrator.v1.OrchestratorService/GetJob"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert "hush" not in edge.access_log.read_text()
