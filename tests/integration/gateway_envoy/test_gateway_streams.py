"""Events, uploads, downloads, gRPC and gRPC-Web through the edge."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import time

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from running_envoy import Envoy, wait_for

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api
from dasibom.orchestrator.v1 import orchestrator_service_pb2_grpc as api_grpc

BIG = bytes(range(256)) * (20 * 4096)  # 20 MiB


def happened(rest: httpx.Client) -> list[tuple[str, str]]:
    return [(part["name"], part["message"]) for part in rest.get("/api/v1/health").json().get("components", [])]


def test_events_pass_as_they_are_and_resume_after_the_last_one(rest: httpx.Client) -> None:
    whole = rest.get("/api/v1/jobs/jb_1/events")
    assert whole.headers["content-type"] == "text/event-stream"
    assert whole.headers["cache-control"] == "no-cache"
    assert whole.headers["x-accel-buffering"] == "no"
    events = [f'id: {number}\nevent: progress\ndata: {{"number":"{number}"}}' for number in (1, 2, 3)]
    assert whole.text.split("\n\n") == [": welcome", *events, ""]
    resumed = rest.get("/api/v1/jobs/jb_1/events", headers={"last-event-id": "2"})
    assert resumed.text.split("\n\n") == [": welcome", events[2], ""]
    assert rest.get("/api/v1/jobs/jb_1/events?after=1").text.split("\n\n") == [": welcome", *events[1:], ""]


def test_events_come_at_once_and_silence_does_not_end_them(rest: httpx.Client) -> None:
    """The edge's timeouts are 2 s here, the events come every 2.5 s."""
    started = time.monotonic()
    with rest.stream("GET", "/api/v1/jobs/silent/events?after=1") as response:
        chunks = response.iter_text()
        assert next(chunks) == ": welcome\n\n"
        assert time.monotonic() - started < 1.5
        assert "id: 3" in "".join(chunks)
    assert time.monotonic() - started > 4.5


def test_leaving_the_events_is_seen_by_the_service(rest: httpx.Client) -> None:
    with rest.stream("GET", "/api/v1/jobs/endless/events") as response:
        next(response.iter_text())
    wait_for(lambda: ("events", "endless left") in happened(rest))


def test_upload_streams_with_what_the_query_says(rest: httpx.Client) -> None:
    sha256 = hashlib.sha256(BIG).hexdigest()
    query = {"fileName": "CCTV 1.jpg", "size": str(len(BIG)), "sha256": sha256}
    answer = rest.post("/api/v1/upload", params=query, content=BIG, headers={"content-type": "image/jpeg"}).json()
    assert (answer["size"], answer["sha256"], answer["mediaType"]) == (str(len(BIG)), sha256, "image/jpeg")
    assert answer["name"].split("|")[:4] == ["CCTV 1.jpg", str(len(BIG)), sha256, str(len(BIG))]


def test_upload_without_a_declared_length_passes(rest: httpx.Client) -> None:
    answer = rest.post("/api/v1/upload", content=iter([b"abc", b"def"])).json()
    assert (answer["size"], answer["name"].split("|")[3]) == ("6", "none")


def test_multipart_upload_keeps_its_boundary(rest: httpx.Client) -> None:
    answer = rest.post("/api/v1/upload", files={"file": ("face.png", b"\x89PNG", "image/png")}).json()
    boundary = answer["mediaType"].split("multipart/form-data; boundary=")[1]
    assert f"--{boundary}"[:16].encode() in answer["name"].encode()


def test_broken_off_upload_is_told_from_a_complete_one(rest: httpx.Client, edge: Envoy) -> None:
    with socket.create_connection(("127.0.0.1", edge.port)) as connection:
        head = "POST /api/v1/upload HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 300_000)
        time.sleep(0.3)
    wait_for(lambda: ("upload", "incomplete: declared 1000000") in happened(rest))


def test_upload_that_declares_too_much_is_refused_before_it_is_read(edge: Envoy) -> None:
    with socket.create_connection(("127.0.0.1", edge.port), 5) as connection:
        connection.sendall(b"POST /api/v1/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000\r\n\r\n")
        answer = connection.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 413")
    assert '"code":3' in answer


def test_download_streams_with_its_headers(rest: httpx.Client) -> None:
    response = rest.get("/api/v1/files/fl_1")
    assert response.headers["content-type"] == "application/x-toy"
    assert response.headers["content-disposition"] == 'attachment; filename="big.bin"'
    assert len(response.content) == 20 * 1024 * 1024
    assert response.content[-1] == 159


def test_grpc_passes_beside_rest(edge: Envoy) -> None:
    with edge.channel() as channel:
        stub = api_grpc.OrchestratorServiceStub(channel)
        assert stub.GetJob(api.GetJobRequest(job="jb_1")).id == "jb_1"
        assert [answer.event.number for answer in stub.WatchJob(api.WatchJobRequest(job="jb_1"))] == [1, 2, 3]
        assert next(stub.StreamJobEvents(api.StreamJobEventsRequest(job="jb_1"))).content_type == "text/event-stream"
        with pytest.raises(grpc.RpcError) as missing:
            stub.GetJob(api.GetJobRequest(job="missing"))
        assert missing.value.code() is grpc.StatusCode.NOT_FOUND
        assert "grpc-status-details-bin" in dict(missing.value.trailing_metadata())
        with pytest.raises(grpc.RpcError) as late:
            stub.GetJob(api.GetJobRequest(job="slow"), timeout=0.3)
        assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()).status == 1
        ask = reflection_pb2.ServerReflectionRequest(list_services="")
        names = next(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([ask]))).list_services_response
        assert "dasibom.orchestrator.v1.OrchestratorService" in [service.name for service in names.service]


def test_unknown_grpc_service_is_unimplemented_not_json(edge: Envoy) -> None:
    with edge.channel() as channel, pytest.raises(grpc.RpcError) as unknown:
        channel.unary_unary("/dasibom.vqa.v1.VqaService/Answer")(b"")
    assert unknown.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "{" not in unknown.value.details()


def test_grpc_web_passes_beside_rest(rest: httpx.Client) -> None:
    request = api.GetJobRequest(job="jb_1").SerializeToString()
    response = rest.post(
        "/dasibom.orchestrator.v1.OrchestratorService/GetJob",
        content=struct.pack(">BI", 0, len(request)) + request,
        headers={"content-type": "application/grpc-web+proto", "x-grpc-web": "1", "origin": "http://localhost:3000"},
    )
    assert response.headers["content-type"] == "application/grpc-web+proto"
    length = struct.unpack(">I", response.content[1:5])[0]
    assert job_pb2.Job.FromString(response.content[5 : 5 + length]).id == "jb_1"
    assert b"grpc-status:0" in response.content[5 + length :]


def test_tracing_context_and_json_are_the_same_over_grpc(edge: Envoy, rest: httpx.Client) -> None:
    with edge.channel() as channel:
        over_grpc = api_grpc.OrchestratorServiceStub(channel).GetJob(api.GetJobRequest(job="jb_1"))
    over_rest = json.loads(rest.get("/api/v1/jobs/jb_1").text)
    assert over_rest["lastEvent"] == str(over_grpc.last_event)
