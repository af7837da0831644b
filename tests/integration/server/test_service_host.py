"""What every service shares: validation, error mapping, logs, TLS, readiness, drain; over real gRPC."""

from __future__ import annotations

import asyncio
import datetime
import io
import json
import logging
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from dasibom.common.v1.image_pb2 import Image
from dasibom.common.v1.progress_pb2 import Progress
from dasibom.vqa.v1 import vqa_service_pb2 as pb
from dasibom.vqa.v1 import vqa_service_pb2_grpc as pb_grpc
from services.common.errors import FailedPrecondition, ResourceExhausted
from services.common.logs import setup_logging
from services.common.server import ServiceHost
from services.common.settings import ServerSettings

NAME = "dasibom.vqa.v1.VqaService"
GOOD = pb.AnswerRequest(images=[Image(data=b"x")], prompt="ok")


class Servicer(pb_grpc.VqaServiceServicer):
    """Does what the prompt says."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.release = asyncio.Event()
        self.closed_by: asyncio.Queue[bool] = asyncio.Queue()  # whether the task that ran a flood also closed it

    async def Answer(self, request: pb.AnswerRequest, context: Any) -> AsyncIterator[pb.AnswerResponse]:
        logging.getLogger("test").info("answering")
        if request.prompt == "break":
            raise RuntimeError("secret detail of the inside")
        if request.prompt == "busy":
            raise ResourceExhausted("the queue is full", reason="QUEUE_FULL", retry_after=7)
        if request.prompt == "wait":
            self.reached.set()
            await self.release.wait()
        if request.prompt == "flood":
            task = asyncio.current_task()
            try:
                while True:
                    yield pb.AnswerResponse(progress=Progress(stage="x" * 100_000))
            finally:
                self.closed_by.put_nowait(asyncio.current_task() is task)
        yield pb.AnswerResponse(result=pb.AnswerResult())


async def serve(**settings: Any) -> tuple[ServiceHost, Servicer]:
    """A host on a free port, ready."""
    host = ServiceHost("test", ServerSettings(listen="127.0.0.1:0", drain_notice_seconds=0.3, drain_seconds=5, **settings))
    servicer = Servicer()
    host.add(pb_grpc.add_VqaServiceServicer_to_server, servicer, NAME)
    await host.start()
    await host.readiness.set_ready(True)
    return host, servicer


@pytest.fixture
async def running() -> AsyncIterator[tuple[ServiceHost, Servicer, pb_grpc.VqaServiceStub]]:
    """A host, its servicer, and a stub to it."""
    host, servicer = await serve()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{host.port}") as channel:
        yield host, servicer, pb_grpc.VqaServiceStub(channel)
    servicer.release.set()
    await host.stop()


async def ask(stub: Any, request: pb.AnswerRequest, **options: Any) -> list[pb.AnswerResponse]:
    """All responses."""
    return [response async for response in stub.Answer(request, **options)]


async def refused(stub: Any, request: pb.AnswerRequest) -> tuple[grpc.aio.AioRpcError, dict[str, Any]]:
    """The error of a call, and its details by type."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await ask(stub, request)
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]
    details = {}
    for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo):
        for packed in status.details if status else ():
            if packed.Is(kind.DESCRIPTOR):
                details[kind.__name__] = kind.FromString(packed.value)
    return caught.value, details


async def test_an_unexpected_exception_becomes_internal_with_a_reference_and_its_text_stays_in_the_log(running, caplog) -> None:
    error, details = await refused(running[2], pb.AnswerRequest(images=[Image(data=b"x")], prompt="break"))
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(error)
    assert b"secret" not in b"".join(value if isinstance(value, bytes) else value.encode() for _, value in error.trailing_metadata())
    reference = details["ErrorInfo"].metadata["reference"]
    assert reference in error.details()
    logged = next(record for record in caplog.records if reference in record.getMessage())
    assert logged.exc_info is not None
    assert "secret detail" in str(logged.exc_info[1])


async def test_a_service_error_keeps_its_code_reason_and_retry_hint(running) -> None:
    error, details = await refused(running[2], pb.AnswerRequest(images=[Image(data=b"x")], prompt="busy"))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert error.details() == "the queue is full"
    assert (details["ErrorInfo"].reason, details["ErrorInfo"].domain) == ("QUEUE_FULL", "dasibom.kr")
    assert details["RetryInfo"].retry_delay.seconds == 7
    assert ("retry-after", "7") in [tuple(item) for item in error.trailing_metadata()]


async def test_a_request_that_breaks_the_protos_rules_never_reaches_the_servicer(running) -> None:
    error, details = await refused(running[2], pb.AnswerRequest(prompt="break"))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details["BadRequest"].field_violations[0].field == "images"


async def test_bytes_that_are_no_message_are_an_invalid_request_not_a_failure_of_ours(running) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{running[0].port}") as channel:
        call = channel.unary_stream(f"/{NAME}/Answer")(b"\xff" * 40)
        assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "cannot be read" in await call.details()
        assert "DecodeError" not in await call.details()
        status = await rpc_status.aio.from_call(call)
    info = error_details_pb2.ErrorInfo.FromString(status.details[0].value)
    assert (info.reason, info.domain) == ("INVALID_REQUEST", "dasibom.kr")


async def test_a_stream_that_its_caller_leaves_is_closed_by_the_task_that_ran_it(running) -> None:
    _, servicer, stub = running
    call = stub.Answer(pb.AnswerRequest(images=[Image(data=b"x")], prompt="flood"))
    await call.read()
    await asyncio.sleep(0.1)  # until nobody takes the next response
    call.cancel()
    assert await asyncio.wait_for(servicer.closed_by.get(), 5)


async def test_health_follows_readiness_and_a_drain(running) -> None:
    host, servicer, stub = running
    async with grpc.aio.insecure_channel(f"127.0.0.1:{host.port}") as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)

        async def state() -> int:
            return (await health.Check(health_pb2.HealthCheckRequest(service=NAME))).status

        assert await state() == health_pb2.HealthCheckResponse.SERVING
        await host.readiness.set_ready(False)
        assert await state() == health_pb2.HealthCheckResponse.NOT_SERVING
        await host.readiness.set_ready(True)
        call = asyncio.create_task(ask(stub, pb.AnswerRequest(images=[Image(data=b"x")], prompt="wait")))
        await servicer.reached.wait()
        stopping = asyncio.create_task(host.stop())
        await asyncio.sleep(0.1)
        assert await state() == health_pb2.HealthCheckResponse.NOT_SERVING
        assert await ask(stub, GOOD), "calls that come during the notice are still answered"
        await asyncio.sleep(0.4)
        servicer.release.set()
        assert (await call)[-1].HasField("result"), "a running call is finished"
        await stopping


async def test_logs_are_json_lines_with_trace_and_job(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        setup_logging("test", "INFO")
        handler = root.handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        host, _ = await serve()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{host.port}") as channel:
            parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            await ask(pb_grpc.VqaServiceStub(channel), GOOD, metadata=(("traceparent", parent), ("x-dasibom-job", "jb_1")))
        await host.stop()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    line = next(line for line in lines if line["message"] == "answering")
    assert (line["service"], line["level"], line["job"]) == ("test", "INFO", "jb_1")
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        assert line["trace"] == "0af7651916cd43dd8448eb211c80319c"


class Authority:
    """Makes certificates for the test."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(name, self.key.public_key(), name, is_authority=True)
        self.path = folder / f"{name}.crt"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        self.name = name

    def _sign(self, subject: str, key: Any, issuer: str, *, is_authority: bool) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        named = lambda name: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])  # noqa: E731
        builder = x509.CertificateBuilder().subject_name(named(subject)).issuer_name(named(issuer)).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate and its key, as files."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(name, key.public_key(), self.name, is_authority=False)
        paths = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return paths


async def test_tls_is_served_and_with_a_client_authority_strangers_are_kept_out(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    certificate, key = ours.issue("localhost")
    host, _ = await serve(tls_certificate=certificate, tls_key=key, tls_client_ca=ours.path)
    target = f"localhost:{host.port}"
    try:
        friend = ours.issue("friend")
        for who, welcome in ((friend, True), (None, False), (theirs.issue("stranger"), False)):
            credentials = grpc.ssl_channel_credentials(
                ours.path.read_bytes(),
                private_key=who[1].read_bytes() if who else None,
                certificate_chain=who[0].read_bytes() if who else None,
            )
            async with grpc.aio.secure_channel(target, credentials) as channel:
                stub = pb_grpc.VqaServiceStub(channel)
                if welcome:
                    assert await ask(stub, GOOD, timeout=5)
                else:
                    with pytest.raises(grpc.aio.AioRpcError) as caught:
                        await ask(stub, GOOD, timeout=5)
                    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    finally:
        await host.stop()


def test_half_a_tls_setting_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="DASIBOM_TLS_KEY"):
        ServerSettings(tls_certificate=Path("x.crt"))
    with pytest.raises(ValueError, match="DASIBOM_TLS_CLIENT_CA"):
        ServerSettings(tls_client_ca=Path("ca.crt"))


async def test_a_taken_port_is_an_error_that_names_it() -> None:
    host, _ = await serve()
    second = ServiceHost("second", ServerSettings(listen=f"127.0.0.1:{host.port}"))
    with pytest.raises(SystemExit, match=str(host.port)):
        await second.start()
    await host.stop()


async def test_a_signal_during_a_long_preparation_stops_the_service_at_once() -> None:
    host = ServiceHost("test", ServerSettings(listen="127.0.0.1:0", drain_notice_seconds=0, drain_seconds=1))
    prepared = asyncio.Event()
    cancelled = False

    async def prepare() -> None:
        nonlocal cancelled
        prepared.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise

    running = asyncio.create_task(host.run(prepare=prepare))
    await prepared.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 5)
    assert cancelled
    assert not host.readiness.ready


async def test_a_preparation_that_fails_ends_the_service_with_its_reason() -> None:
    host = ServiceHost("test", ServerSettings(listen="127.0.0.1:0"))

    async def prepare() -> None:
        raise FailedPrecondition("the weights are missing")

    with pytest.raises(SystemExit, match="test cannot start: the weights are missing"):
        await host.run(prepare=prepare)
