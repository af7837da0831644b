"""The mesh: routing to the model services, large messages, and replicas that die."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import httpx
import pytest
from certificates import SERVER_NAME, Certificates, issue
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from running_envoy import Envoy, envoy, free_port, toy, wait_for

from dasibom.common.v1 import image_pb2
from dasibom.model.v1 import model_service_pb2 as model
from dasibom.model.v1 import model_service_pb2_grpc as model_grpc
from dasibom.superres.v1 import super_res_service_pb2 as superres
from dasibom.superres.v1 import super_res_service_pb2_grpc as superres_grpc
from dasibom.vqa.v1 import vqa_service_pb2 as vqa
from dasibom.vqa.v1 import vqa_service_pb2_grpc as vqa_grpc


@pytest.fixture(scope="module")
def mesh(folder: Path) -> Iterator[Envoy]:
    """Two services with one replica each; one service whose replica is away, one with none."""
    ports = [free_port() for _ in range(3)]
    addresses = [[f"127.0.0.1:{port}"] for port in ports]
    services = {"vqa": addresses[0], "diffusion": addresses[1], "superres": addresses[2], "faceswap": []}
    with toy("vqa", ports[0]), toy("diffusion", ports[1]), envoy("mesh", folder / "mesh", services=services) as started:
        yield started


def to(service: str) -> tuple[tuple[str, str], ...]:
    return (("x-dasibom-service", service),)


def answer(channel: grpc.Channel, data: bytes = b"x") -> vqa.Answer:
    """The only message of the stream's result."""
    request = vqa.AnswerRequest(images=[image_pb2.Image(data=data)], prompt="?")
    (event,) = vqa_grpc.VqaServiceStub(channel).Answer(request, timeout=20)
    return event.result.answers[0]


def test_inference_goes_by_the_name_of_its_service(mesh: Envoy) -> None:
    with mesh.channel() as channel:
        assert answer(channel).topic == "vqa"


def test_shared_services_go_by_header(mesh: Envoy) -> None:
    with mesh.channel() as channel:
        models = model_grpc.ModelServiceStub(channel)
        for service in ("vqa", "diffusion"):
            assert models.ListModels(model.ListModelsRequest(), metadata=to(service)).models[0].name == service
        checked = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), metadata=to("diffusion"))
        assert checked.status == health_pb2.HealthCheckResponse.SERVING
        ask = reflection_pb2.ServerReflectionRequest(list_services="")
        reflected = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([ask]), metadata=to("vqa"))
        assert next(reflected).list_services_response.service


def test_call_for_no_service_is_unimplemented(mesh: Envoy) -> None:
    with mesh.channel() as channel:
        for metadata in ((), to("coffee")):
            with pytest.raises(grpc.RpcError) as error:
                model_grpc.ModelServiceStub(channel).ListModels(model.ListModelsRequest(), metadata=metadata)
            assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_service_that_is_away_is_unavailable_without_inner_details(mesh: Envoy) -> None:
    with mesh.channel() as channel:
        with pytest.raises(grpc.RpcError) as error:
            list(superres_grpc.SuperResServiceStub(channel).Upscale(superres.UpscaleRequest()))
        assert error.value.code() is grpc.StatusCode.UNAVAILABLE
        assert error.value.details() == "the model service cannot be reached now"
        with pytest.raises(grpc.RpcError) as error:
            model_grpc.ModelServiceStub(channel).ListModels(model.ListModelsRequest(), metadata=to("faceswap"))
        assert error.value.code() is grpc.StatusCode.UNAVAILABLE


def test_large_message_passes(mesh: Envoy) -> None:
    with mesh.channel() as channel:
        assert answer(channel, b"x" * 32 * 1024 * 1024).text == str(32 * 1024 * 1024)


def test_no_call_fails_when_one_of_two_replicas_dies(folder: Path) -> None:
    """Small unary calls, streams, and 4 MiB requests, 8 at a time, while a replica is killed."""
    first, second = free_port(), free_port()
    services = {"vqa": [f"127.0.0.1:{first}", f"127.0.0.1:{second}"]}
    with (
        toy("first", first),
        toy("second", second) as victim,
        envoy("mesh", folder / "two-replicas", services=services) as started,
        started.channel() as channel,
    ):
        answered: Counter[str] = Counter()
        stop = threading.Event()
        large = b"x" * 4 * 1024 * 1024

        def call(number: int) -> None:
            models = model_grpc.ModelServiceStub(channel)
            while not stop.is_set():
                if number % 2:
                    answered[models.ListModels(model.ListModelsRequest(), timeout=20, metadata=to("vqa")).models[0].name] += 1
                else:
                    answered[answer(channel, large if number == 0 else b"x").topic] += 1

        with futures.ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(call, number) for number in range(8)]
            try:
                wait_for(lambda: answered["first"] > 50 and answered["second"] > 50)
                victim.kill()
                before = answered["first"]
                wait_for(lambda: answered["first"] > before + 200)
            finally:
                stop.set()
            for done in calls:
                done.result()  # raises what the call raised
    stats = answered["first"], answered["second"]
    assert min(stats) > 50


def test_mutual_tls_on_both_sides_and_metrics_without_the_admin_page(folder: Path) -> None:
    pems = issue(folder / "mesh-tls")
    port, metrics = free_port(), free_port()
    options = {
        "services": {"vqa": [f"127.0.0.1:{port}"]},
        "services_tls": {"ca": pems.ca, "server_name": SERVER_NAME, "certificate": pems.client, "key": pems.client_key},
        "tls": {"certificate": pems.server, "key": pems.server_key, "client_ca": pems.ca},
        "metrics": f"127.0.0.1:{metrics}",
    }
    with toy("vqa", port, pems.server, pems.server_key, pems.ca), envoy("mesh", folder / "secure", **options) as started:
        with secure_channel(started, pems, pems.client_key, pems.client) as channel:
            assert answer(channel).topic == "vqa"
        with secure_channel(started, pems) as channel, pytest.raises(grpc.RpcError) as refused:
            answer(channel)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        url = f"http://127.0.0.1:{metrics}"
        counters = httpx.get(f"{url}/stats/prometheus").text
        assert (
            'envoy_cluster_grpc_success{envoy_grpc_bridge_method="Answer",envoy_grpc_bridge_service="dasibom_vqa_v1_VqaService"' in counters
        )
        assert httpx.get(f"{url}/ready").text.strip() == "LIVE"
        for path in ("/", "/quitquitquit", "/config_dump", "/ready/../quitquitquit"):
            assert httpx.post(f"{url}{path}").status_code == 404


def secure_channel(mesh: Envoy, pems: Certificates, key: Path | None = None, certificate: Path | None = None) -> grpc.Channel:
    """A channel that shows this certificate, or none."""
    shown = (key.read_bytes() if key else None, certificate.read_bytes() if certificate else None)
    return grpc.secure_channel(f"localhost:{mesh.port}", grpc.ssl_channel_credentials(pems.ca.read_bytes(), *shown))
