"""The model `midjourney` as its callers meet it: over real gRPC, in a process of its own, before a proxy of the usual protocol."""

from __future__ import annotations

import time
from collections.abc import Iterator

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from dasibom.common.v1.image_pb2 import Image
from dasibom.diffusion.v1 import diffusion_service_pb2 as diffusion
from dasibom.diffusion.v1.diffusion_service_pb2_grpc import DiffusionServiceStub
from dasibom.model.v1 import model_service_pb2 as models
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from services.common import imaging
from tests.integration.services.conftest import RunningService, start_service, wait_until_serving
from tests.outside.midjourney_proxy import CELL_COLORS, SECRET, Behavior, MidjourneyProxy, status

PHOTO = Image(data=imaging.encode(np.full((64, 64, 3), 90, np.uint8)))
# An entry of the operator's own takes the place of the project's: a proxy at hand may be asked more often.
QUICK = """
[[model]]
service = "diffusion"
name = "midjourney"
backend = "midjourney"
licence = "Midjourney-Terms"
commercial_use = true
memory_mib = 0
description = "Midjourney, asked often."
defaults = { width = 96, height = 128, poll_seconds = 0.05, max_poll_seconds = 0.2 }
"""


@pytest.fixture(scope="module")
def proxy() -> Iterator[MidjourneyProxy]:
    """The outside server."""
    with MidjourneyProxy() as running:
        yield running


@pytest.fixture(scope="module")
def services(proxy: MidjourneyProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningService]]:
    """The service as an operator sets it up who lets requests leave, and as it is when nobody has."""
    folder = tmp_path_factory.mktemp("diffusion")
    (folder / "models.toml").write_text(QUICK)
    settings = {
        "DASIBOM_MODELS_FILE": str(folder / "models.toml"),
        "DASIBOM_DEFAULT_MODEL": "midjourney",
        "DASIBOM_MIDJOURNEY_URL": proxy.address,
        "DASIBOM_MIDJOURNEY_SECRET": SECRET,
    }
    running = {
        "open": start_service("diffusion", folder, **settings, DASIBOM_ALLOW_EXTERNAL="true"),
        "closed": start_service("diffusion", folder, **settings),
    }
    try:
        for service in running.values():
            wait_until_serving(service)
        yield running
    finally:
        for service in running.values():
            service.process.terminate()
        for service in running.values():
            service.process.wait(timeout=30)


@pytest.fixture(autouse=True)
def behavior(proxy: MidjourneyProxy) -> Behavior:
    """The proxy's behavior, as it is at first."""
    proxy.behavior = Behavior(secret=SECRET)
    proxy.submitted.clear()
    proxy.looks.clear()
    return proxy.behavior


def refusal(service: RunningService, **fields: object) -> tuple[grpc.RpcError, str]:
    """The error of a call, and its reason."""
    with service.channel() as channel, pytest.raises(grpc.RpcError) as caught:
        list(DiffusionServiceStub(channel).Generate(diffusion.GenerateRequest(prompt="짧은 머리", **fields), timeout=30))
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in rpc_status.from_call(caught.value).details)
    return caught.value, info.reason


def test_it_is_off_until_the_operator_lets_requests_leave(services: dict[str, RunningService], proxy: MidjourneyProxy) -> None:
    words = "midjourney cannot be loaded: descriptions of people would leave the cluster; to allow that, set DASIBOM_ALLOW_EXTERNAL=true"
    error, reason = refusal(services["closed"])
    assert (error.code(), reason, error.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_UNUSABLE", words)
    with services["closed"].channel() as channel:
        listed = {model.name: model for model in ModelServiceStub(channel).ListModels(models.ListModelsRequest()).models}
    assert listed["midjourney"].state == models.MODEL_STATE_FAILED
    assert listed["midjourney"].failure == words
    assert not proxy.submitted


def test_pictures_come_with_the_proxys_own_progress(services: dict[str, RunningService], behavior: Behavior) -> None:
    with services["open"].channel() as channel:
        generate = DiffusionServiceStub(channel).Generate
        messages = list(generate(diffusion.GenerateRequest(prompt="짧은 머리", num_images=5, seed=3), timeout=30))
    result = messages[-1].result
    pictures = [imaging.decode(image.image.data).pixels for image in result.images]
    assert [picture.shape for picture in pictures] == [(128, 96, 3)] * 5
    assert [tuple(int(value) for value in picture[64, 48]) for picture in pictures] == [*CELL_COLORS, CELL_COLORS[0]]
    assert [image.seed for image in result.images] == [3, 4, 5, 6, 7]
    assert (result.model.model, result.model.device) == ("midjourney", "external")
    progress = [(message.progress.stage, message.progress.step, message.progress.total) for message in messages[:-1]]
    assert any(stage == "imagine" and 0 < step < 200 for stage, step, _ in progress)
    assert progress[-1] == ("imagine", 200, 200)


def test_a_picture_is_refused_by_the_setting_that_would_let_it_leave(services: dict[str, RunningService], proxy: MidjourneyProxy) -> None:
    error, reason = refusal(services["open"], init_image=PHOTO)
    assert (error.code(), reason) == (grpc.StatusCode.FAILED_PRECONDITION, "EXTERNAL_NOT_ALLOWED")
    assert "DASIBOM_MIDJOURNEY_FACES" in error.details()
    assert not proxy.submitted


def test_a_mask_is_refused_with_models_that_can_fill_it(services: dict[str, RunningService]) -> None:
    error, reason = refusal(services["open"], init_image=PHOTO, mask=PHOTO)
    assert (error.code(), reason) == (grpc.StatusCode.UNIMPLEMENTED, "NOT_SUPPORTED_BY_MODEL")
    assert "sdxl" in error.details()


def test_a_banned_prompt_is_the_requests_fault(services: dict[str, RunningService], behavior: Behavior) -> None:
    behavior.submits = [{"code": 24, "description": "banned prompt: blood"}]
    error, reason = refusal(services["open"])
    assert (error.code(), reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PROMPT_BANNED")
    assert "blood" in error.details()


def test_a_full_queue_is_told_with_a_time_to_try_again(services: dict[str, RunningService], behavior: Behavior) -> None:
    behavior.submits = [{"code": 23, "description": "queue full"}]
    error, reason = refusal(services["open"])
    assert (error.code(), reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "EXTERNAL_BUSY")
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in rpc_status.from_call(error).details)
    assert retry.retry_delay.seconds == 30


def test_a_caller_who_leaves_ends_the_asking_and_frees_the_worker(
    services: dict[str, RunningService], proxy: MidjourneyProxy, behavior: Behavior
) -> None:
    steps, behavior.steps = behavior.steps, [status("IN_PROGRESS", "12%")]
    with services["open"].channel() as channel:
        stub = DiffusionServiceStub(channel)
        call = stub.Generate(diffusion.GenerateRequest(prompt="짧은 머리"))
        assert any(message.progress.step == 12 for message in call)
        call.cancel()
        time.sleep(0.7)
        looks = len(proxy.looks["1"])
        behavior.steps = steps
        assert list(stub.Generate(diffusion.GenerateRequest(prompt="긴 머리"), timeout=10))[-1].result.images
    assert len(proxy.looks["1"]) == looks, "the proxy is asked on for nobody"
