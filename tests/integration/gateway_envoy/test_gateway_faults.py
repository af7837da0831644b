"""What callers see when something behind the edge is away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from running_envoy import Envoy, envoy, free_port, toy, wait_for
from test_gateway_rest import assert_status

from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api
from dasibom.orchestrator.v1 import orchestrator_service_pb2_grpc as api_grpc


@pytest.fixture(scope="module")
def alone(folder: Path, descriptors: Path) -> Iterator[Envoy]:
    """An edge with nobody behind it."""
    with envoy("edge", folder / "alone", orchestrator=[f"127.0.0.1:{free_port()}"], descriptors=descriptors) as started:
        yield started


def test_unreachable_service_is_503_without_inner_details(alone: Envoy) -> None:
    with alone.http() as rest:
        for path in ("/api/v1/jobs/jb_1", "/api/v1/jobs/jb_1/events", "/api/v1/files/fl_1"):
            answer = rest.get(path)
            assert_status(answer, 503, 14, "cannot be reached now")
            assert answer.headers["retry-after"] == "1"
        assert_status(rest.get("/healthz"), 503, 14, "cannot be reached now")
        assert_status(rest.get("/api/v1/nope"), 404, 5, "no such path")


def test_unreachable_service_is_unavailable_over_grpc_without_inner_details(alone: Envoy) -> None:
    with alone.channel() as channel, pytest.raises(grpc.RpcError) as error:
        api_grpc.OrchestratorServiceStub(channel).GetJob(api.GetJobRequest(job="jb_1"))
    assert error.value.code() is grpc.StatusCode.UNAVAILABLE
    assert error.value.details() == "The service cannot be reached now; try again."


def test_no_read_fails_when_one_of_two_apis_dies(folder: Path, descriptors: Path) -> None:
    first, second = free_port(), free_port()
    addresses = [f"127.0.0.1:{port}" for port in (first, second)]
    with (
        toy("orchestrator", first),
        toy("orchestrator", second) as victim,
        envoy("edge", folder / "two", orchestrator=addresses, descriptors=descriptors) as started,
    ):
        answers: list[int] = []
        stop = threading.Event()

        def call() -> None:
            with started.http() as rest:
                while not stop.is_set():
                    answers.append(rest.get("/api/v1/jobs/jb_1").status_code)

        with futures.ThreadPoolExecutor(4) as pool:
            calls = [pool.submit(call) for _ in range(4)]
            wait_for(lambda: len(answers) > 100)
            victim.kill()
            before = len(answers)
            wait_for(lambda: len(answers) > before + 300)
            stop.set()
            for done in calls:
                done.result()
        assert set(answers) == {200}
        with started.http() as rest:
            assert rest.get("/healthz").status_code == 200


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps the spans it gets."""

    def __init__(self) -> None:
        self.spans: list[object] = []

    def Export(self, request: trace_service_pb2.ExportTraceServiceRequest, context: object) -> trace_service_pb2.ExportTraceServiceResponse:
        self.spans += [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()


def test_traces_continue_the_callers_and_hold_no_key(folder: Path, descriptors: Path, orchestrator: str) -> None:
    collector = Collector()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    otlp = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    keys = folder / "trace-keys.json"
    keys.write_text('{"alpha": ["traced-0123456789abcdef"]}')
    options = {"otlp": otlp, "api_keys_file": keys}
    with (
        envoy("edge", folder / "traced", orchestrator=[orchestrator], descriptors=descriptors, **options) as started,
        started.http() as rest,
    ):
        trace = "c" * 32
        query = {"api_key": "traced-0123456789abcdef"}
        labels = rest.get("/api/v1/jobs/jb_1", params=query, headers={"traceparent": f"00-{trace}-{'d' * 16}-01"}).json()["labels"]
        assert labels["traceparent"].split("-")[1] == trace
        assert labels["traceparent"].split("-")[2] != "d" * 16
        wait_for(lambda: len(collector.spans) >= 2)
    server.stop(None)
    assert {span.trace_id.hex() for span in collector.spans} == {trace}  # type: ignore[attr-defined]
    assert "traced-0123456789abcdef" not in str(collector.spans)
