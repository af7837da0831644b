"""The model `openai` as its callers meet it: over real gRPC, in a process of its own, before a server of the chat protocol."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from dasibom.common.v1.image_pb2 import Image
from dasibom.model.v1 import model_service_pb2 as models
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from dasibom.vqa.v1 import vqa_service_pb2 as vqa
from dasibom.vqa.v1.vqa_service_pb2_grpc import VqaServiceStub
from services.common import imaging
from tests.integration.services.conftest import RunningService, start_service, wait_until_serving
from tests.outside.chat_server import Behavior, ChatServer

KEY = "sk-test-0123456789abcdef"
RED = Image(data=imaging.encode(np.full((64, 64, 3), (200, 30, 30), np.uint8)))
GREEN = Image(data=imaging.encode(np.full((64, 64, 3), (30, 200, 30), np.uint8)))


@pytest.fixture(scope="module")
def chat() -> Iterator[ChatServer]:
    """The outside server."""
    with ChatServer() as running:
        yield running


@pytest.fixture(scope="module")
def services(chat: ChatServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningService]]:
    """The service as an operator sets it up who lets pictures leave, and as it is when nobody has."""
    folder = tmp_path_factory.mktemp("vqa")
    settings = {
        "DASIBOM_DEFAULT_MODEL": "openai",
        "DASIBOM_OPENAI_BASE_URL": chat.base_url,
        "DASIBOM_OPENAI_API_KEY": KEY,
        "DASIBOM_OPENAI_MODEL": "eyes-1",
        "DASIBOM_OPENAI_MAX_RETRIES": "0",
        "DASIBOM_LOG_LEVEL": "DEBUG",
    }
    running = {
        "open": start_service("vqa", folder, **settings, DASIBOM_ALLOW_EXTERNAL="true"),
        "closed": start_service("vqa", folder, **settings),
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
def behavior(chat: ChatServer) -> Behavior:
    """The outside server's behavior, as it is at first."""
    chat.behavior = Behavior(key=KEY)
    chat.requests.clear()
    chat.left.clear()
    return chat.behavior


def request(*images: Image, topics: tuple[str, ...] = ("upper_color", "lower_color", "glasses"), **fields: object) -> vqa.AnswerRequest:
    return vqa.AnswerRequest(images=images or [RED], questions=[vqa.Question(topic=topic) for topic in topics], **fields)


def refusal(service: RunningService, **fields: object) -> tuple[grpc.RpcError, str]:
    """The error of a call, and its reason."""
    with service.channel() as channel, pytest.raises(grpc.RpcError) as caught:
        list(VqaServiceStub(channel).Answer(request(**fields), timeout=30))
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in rpc_status.from_call(caught.value).details)
    return caught.value, info.reason


def test_it_is_off_until_the_operator_lets_pictures_leave(services: dict[str, RunningService], chat: ChatServer) -> None:
    words = "openai cannot be loaded: pictures would leave the cluster; to allow that, set DASIBOM_ALLOW_EXTERNAL=true"
    error, reason = refusal(services["closed"])
    assert (error.code(), reason, error.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "MODEL_UNUSABLE", words)
    with services["closed"].channel() as channel:
        listed = {model.name: model for model in ModelServiceStub(channel).ListModels(models.ListModelsRequest()).models}
    assert listed["openai"].state == models.MODEL_STATE_FAILED
    assert listed["openai"].failure == words
    assert not chat.requests


def test_every_question_of_every_picture_is_answered_in_one_request_a_picture(
    services: dict[str, RunningService], chat: ChatServer, behavior: Behavior
) -> None:
    behavior.pause = 0.03
    with services["open"].channel() as channel:
        messages = list(VqaServiceStub(channel).Answer(request(RED, GREEN), timeout=30))
        listed = {model.name: model for model in ModelServiceStub(channel).ListModels(models.ListModelsRequest()).models}
    result = messages[-1].result
    assert [(answer.image_index, answer.topic, answer.value, answer.text) for answer in result.answers] == [
        (index, topic, value, text)
        for index, (value, text) in enumerate([("red", "빨간색"), ("green", "초록색")])
        for topic in ("upper_color", "lower_color", "glasses")
    ]
    assert all(answer.known and answer.confidence == pytest.approx(0.9) for answer in result.answers)
    assert (result.model.model, result.model.revision, result.model.device) == ("openai", "eyes-1", "external")
    assert listed["openai"].state == models.MODEL_STATE_READY
    steps = [message.progress.step for message in messages[:-1] if message.progress.stage == "answer"]
    assert steps == sorted(steps)
    assert any(0 < step < 6 for step in steps), "progress is told while answers arrive"
    assert [sent.text for sent in chat.requests] == ["1. 상의는 무슨 색입니까?\n2. 하의는 무슨 색입니까?\n3. 안경을 썼습니까?"] * 2


@pytest.mark.parametrize("way", ["cancel", "deadline"])
def test_a_caller_who_leaves_closes_the_connection_to_the_server(
    services: dict[str, RunningService], chat: ChatServer, behavior: Behavior, way: str
) -> None:
    behavior.pause = 120
    with services["open"].channel() as channel:
        call = VqaServiceStub(channel).Answer(request(), timeout=1.0 if way == "deadline" else None)
        assert next(iter(call)).progress.stage == "answer"
        if way == "cancel":
            call.cancel()
        assert chat.left.wait(30), "the server works on for nobody"
        with pytest.raises(grpc.RpcError) as caught:
            list(call)
        assert caught.value.code() is {"cancel": grpc.StatusCode.CANCELLED, "deadline": grpc.StatusCode.DEADLINE_EXCEEDED}[way]
        behavior.pause = 0
        assert list(VqaServiceStub(channel).Answer(request(), timeout=60))[-1].result.answers[0].known, "the worker is free again"


@pytest.mark.parametrize(
    ("failure", "code", "reason"),
    [
        ((429, {"error": {"message": "slow down"}}, {"Retry-After": "9"}), grpc.StatusCode.RESOURCE_EXHAUSTED, "EXTERNAL_BUSY"),
        ((500, {}, {}), grpc.StatusCode.UNAVAILABLE, "EXTERNAL_UNAVAILABLE"),
        ((401, {"error": {"message": f"bad key {KEY}"}}, {}), grpc.StatusCode.FAILED_PRECONDITION, "EXTERNAL_UNUSABLE"),
    ],
)
def test_what_the_server_refuses_is_told_by_code_and_reason(
    services: dict[str, RunningService], behavior: Behavior, failure: tuple, code: grpc.StatusCode, reason: str
) -> None:
    with services["open"].channel() as channel:
        ModelServiceStub(channel).LoadModel(models.LoadModelRequest(name="openai"))
    behavior.failures = [failure]
    error, why = refusal(services["open"])
    assert (error.code(), why) == (code, reason)
    assert KEY not in error.details()
    if failure[0] == 429:
        retry = error_details_pb2.RetryInfo()
        assert any(detail.Unpack(retry) for detail in rpc_status.from_call(error).details)
        assert retry.retry_delay.seconds == 9


def test_a_model_that_declines_is_told_as_such(services: dict[str, RunningService], behavior: Behavior) -> None:
    behavior.refusal = "I cannot help with that."
    error, reason = refusal(services["open"])
    assert (error.code(), reason) == (grpc.StatusCode.FAILED_PRECONDITION, "EXTERNAL_DECLINED")


def test_the_log_holds_neither_the_key_nor_a_picture(services: dict[str, RunningService], chat: ChatServer) -> None:
    with services["open"].channel() as channel:
        list(VqaServiceStub(channel).Answer(request(), timeout=30))
    log = Path(services["open"].log).read_text()
    assert '"level": "DEBUG"' in log
    assert KEY not in log
    assert base64.b64encode(chat.requests[0].picture_bytes)[:60].decode() not in log
