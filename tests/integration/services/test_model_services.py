"""Each model service as its callers meet it: over real gRPC, in a process of its own."""

from __future__ import annotations

import signal
import time
import urllib.request
from pathlib import Path

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from dasibom.common.v1.image_pb2 import Image
from dasibom.diffusion.v1 import diffusion_service_pb2 as diffusion
from dasibom.diffusion.v1.diffusion_service_pb2_grpc import DiffusionServiceStub
from dasibom.faceswap.v1 import face_swap_service_pb2 as faceswap
from dasibom.faceswap.v1.face_swap_service_pb2_grpc import FaceSwapServiceStub
from dasibom.model.v1 import model_service_pb2 as models
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from dasibom.superres.v1 import super_res_service_pb2 as superres
from dasibom.superres.v1.super_res_service_pb2_grpc import SuperResServiceStub
from dasibom.vqa.v1 import vqa_service_pb2 as vqa
from dasibom.vqa.v1.vqa_service_pb2_grpc import VqaServiceStub
from services.common import imaging
from tests.integration.services.conftest import SERVICES, RunningService, start_service, wait_until_serving

Running = dict[str, RunningService]

FULL_NAMES = {
    "vqa": "dasibom.vqa.v1.VqaService",
    "diffusion": "dasibom.diffusion.v1.DiffusionService",
    "faceswap": "dasibom.faceswap.v1.FaceSwapService",
    "superres": "dasibom.superres.v1.SuperResService",
}


def last_of(stream):
    """The result of a stream, after checking that it is the last message and the only result."""
    messages = list(stream)
    kinds = [message.WhichOneof("event") for message in messages]
    assert kinds.count("result") == 1
    assert kinds[-1] == "result"
    return messages[-1].result


def info_of(error: grpc.RpcError) -> error_details_pb2.ErrorInfo:
    """The ErrorInfo of an error."""
    status = rpc_status.from_call(error)
    assert status is not None, error
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    assert info.domain == "dasibom.kr"
    return info


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_serves_health_reflection_models_and_metrics(services: Running, name: str) -> None:
    with services[name].channel() as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", FULL_NAMES[name], "dasibom.model.v1.ModelService"):
            assert health.Check(health_pb2.HealthCheckRequest(service=service)).status == health_pb2.HealthCheckResponse.SERVING
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        answer = next(iter(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request]))))
        assert FULL_NAMES[name] in {service.name for service in answer.list_services_response.service}
        listed = ModelServiceStub(channel).ListModels(models.ListModelsRequest())
        assert listed.models[0].is_default
        assert listed.models[0].licence
    with urllib.request.urlopen(f"http://127.0.0.1:{services[name].metrics_port}/metrics", timeout=5) as page:
        text = page.read().decode()
    assert 'dasibom_rpc_total{code="OK",method="/dasibom.model.v1.ModelService/ListModels"}' in text
    assert "dasibom_queue_depth" in text


def test_a_model_is_loaded_and_unloaded_by_hand(services: Running) -> None:
    with services["superres"].channel() as channel:
        stub = ModelServiceStub(channel)
        loaded = stub.LoadModel(models.LoadModelRequest()).model
        assert loaded.state == models.MODEL_STATE_READY
        assert loaded.device
        unloaded = stub.UnloadModel(models.UnloadModelRequest(name=loaded.name)).model
        assert unloaded.state == models.MODEL_STATE_UNLOADED
        with pytest.raises(grpc.RpcError) as caught:
            stub.LoadModel(models.LoadModelRequest(name="no-such-model"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert loaded.name in caught.value.details()


def test_vqa_answers_every_question_of_every_picture_in_order(services: Running, cctv: bytes, face: bytes) -> None:
    topics = ["people_count", "lighting", "gender"]
    with services["vqa"].channel() as channel:
        request = vqa.AnswerRequest(
            images=[Image(data=cctv), Image(data=face)], questions=[vqa.Question(topic=topic) for topic in topics], language="en"
        )
        result = last_of(VqaServiceStub(channel).Answer(request, timeout=60))
    assert [(answer.image_index, answer.topic) for answer in result.answers] == [(i, topic) for i in range(2) for topic in topics]
    assert all(answer.question and answer.text and answer.method for answer in result.answers)
    unknown = [answer for answer in result.answers if answer.topic == "gender"]
    assert all(not answer.known and answer.value == "" for answer in unknown)
    assert (result.model.service, result.model.model) == ("vqa", "vision")
    assert result.model.software_version


def test_diffusion_makes_distinct_variants_and_the_same_again(services: Running) -> None:
    request = diffusion.GenerateRequest(
        prompt="30대 여성, 검은 단발머리, 둥근 안경", num_images=2, seed=7, width=240, height=320, subject=diffusion.SUBJECT_PORTRAIT
    )
    with services["diffusion"].channel() as channel:
        stub = DiffusionServiceStub(channel)
        first, again = (last_of(stub.Generate(request, timeout=60)) for _ in range(2))
    pictures = [imaging.decode(image.image.data).pixels for image in first.images]
    assert [picture.shape for picture in pictures] == [(320, 240, 3)] * 2
    assert not np.array_equal(*pictures)
    assert [image.image.data for image in first.images] == [image.image.data for image in again.images]
    assert [image.seed for image in first.images] == [7, 8]
    assert all(image.source_svg.startswith("<svg") for image in first.images)


def test_superres_enlarges_with_progress_by_tile(services: Running, cctv: bytes) -> None:
    with services["superres"].channel() as channel:
        stream = SuperResServiceStub(channel).Upscale(superres.UpscaleRequest(image=Image(data=cctv), scale=2, tile=128), timeout=120)
        messages = list(stream)
    result = messages[-1].result
    picture = imaging.decode(result.image.data)
    assert (picture.width, picture.height) == (result.width, result.height) == (1280, 720)
    stages = {message.progress.stage for message in messages[:-1]}
    assert "upscale" in stages
    assert result.tiles > 1
    assert len(result.model.weight_sha256) == 64


def test_faceswap_finds_swaps_and_says_what_it_cannot_do(services: Running, face: bytes, cctv: bytes) -> None:
    with services["faceswap"].channel() as channel:
        stub = FaceSwapServiceStub(channel)
        found = last_of(stub.DetectFaces(faceswap.DetectFacesRequest(image=Image(data=face)), timeout=60))
        assert len(found.faces) == 1
        assert len(found.faces[0].landmarks) == 5
        swapped = last_of(stub.Swap(faceswap.SwapRequest(source=Image(data=face), target=Image(data=face)), timeout=60))
        assert len(swapped.transform) == 6
        assert not swapped.HasField("similarity")
        for call in (
            stub.Compare(faceswap.CompareRequest(image_a=Image(data=face), image_b=Image(data=face))),
            stub.Retarget(faceswap.RetargetRequest(image=Image(data=face), neutral=True)),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                list(call)
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
            assert info_of(caught.value).reason == "NOT_SUPPORTED_BY_MODEL"
            assert "insightface" in caught.value.details() or "liveportrait" in caught.value.details()
        blank = imaging.encode(np.full((200, 200, 3), 200, np.uint8))
        with pytest.raises(grpc.RpcError) as caught:
            list(stub.Swap(faceswap.SwapRequest(source=Image(data=face), target=Image(data=blank))))
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert info_of(caught.value).reason == "NO_FACE_FOUND"
        assert "target" in caught.value.details()


QUESTION = vqa.Question(topic="lighting")
PICTURE = Image(data=imaging.encode(np.full((64, 64, 3), 90, np.uint8)))

BAD_REQUESTS = {
    "no question": (vqa.AnswerRequest(images=[PICTURE]), ""),  # a rule of the whole message: questions or a prompt
    "1,000 questions": (vqa.AnswerRequest(images=[PICTURE], questions=[QUESTION] * 1000), "questions"),
    "100,000 characters": (vqa.AnswerRequest(images=[PICTURE], prompt="가" * 100_000), "prompt"),
    "no picture": (vqa.AnswerRequest(questions=[QUESTION]), "images"),
    "not a picture": (vqa.AnswerRequest(images=[Image(data=b"not a picture")], questions=[QUESTION]), "images[0].data"),
    "empty picture": (vqa.AnswerRequest(images=[Image()], questions=[QUESTION]), "images[0].data"),
    "1×1 picture": (
        vqa.AnswerRequest(images=[Image(data=imaging.encode(np.zeros((1, 1, 3), np.uint8)))], questions=[QUESTION]),
        "images[0].data",
    ),
    "unknown topic": (vqa.AnswerRequest(images=[PICTURE], questions=[vqa.Question(topic="zodiac_sign")]), "questions[0].topic"),
    "unknown language": (vqa.AnswerRequest(images=[PICTURE], questions=[QUESTION], language="fr"), "language"),
}


@pytest.mark.parametrize("case", BAD_REQUESTS)
def test_a_bad_request_is_refused_by_the_name_of_its_field(services: Running, case: str) -> None:
    request, field = BAD_REQUESTS[case]
    with services["vqa"].channel() as channel, pytest.raises(grpc.RpcError) as caught:
        list(VqaServiceStub(channel).Answer(request, timeout=30))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    status = rpc_status.from_call(caught.value)
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in status.details)
    assert field in {violation.field for violation in bad.field_violations}
    assert len(caught.value.details()) < 500


def running_calls(service: RunningService, method: str) -> float:
    """How many calls of a method the service is working on, by its own metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{service.metrics_port}/metrics", timeout=5) as page:
        lines = page.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("dasibom_rpc_running{") and method in line)


def test_cancelling_a_call_stops_its_work_and_frees_the_worker(services: Running) -> None:
    service = services["superres"]
    noise = np.random.default_rng(0).integers(0, 255, (1500, 2000, 3), np.uint8)
    big = Image(data=imaging.encode(noise, imaging.JPEG))
    with service.channel() as channel:
        stub = SuperResServiceStub(channel)
        call = stub.Upscale(superres.UpscaleRequest(image=big, scale=4))
        assert any(message.progress.stage == "upscale" for message in call)
        call.cancel()
        deadline = time.monotonic() + 10
        while running_calls(service, "Upscale"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # The one worker is free again: a small picture gets through long before the big one could have been finished.
        last_of(stub.Upscale(superres.UpscaleRequest(image=PICTURE, scale=2), timeout=15))


def test_a_deadline_stops_the_work(services: Running) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1500, 2000, 3), np.uint8)
    request = superres.UpscaleRequest(image=Image(data=imaging.encode(noise, imaging.JPEG)), scale=4)
    with services["superres"].channel() as channel:
        stub = SuperResServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            list(stub.Upscale(request, timeout=2))
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        last_of(stub.Upscale(superres.UpscaleRequest(image=PICTURE, scale=2), timeout=15))


def test_a_terminated_service_first_says_not_serving_then_finishes_running_calls(tmp_path: Path, cctv: bytes) -> None:
    service = start_service("superres", tmp_path, DASIBOM_DRAIN_NOTICE_SECONDS="1.5")
    wait_until_serving(service)
    with service.channel() as channel:
        call = SuperResServiceStub(channel).Upscale(superres.UpscaleRequest(image=Image(data=cctv), scale=2, tile=96))
        next(iter(call))
        service.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 1.4
        status = health_pb2.HealthCheckResponse.SERVING
        while status == health_pb2.HealthCheckResponse.SERVING:
            assert time.monotonic() < deadline
            status = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()).status
        assert list(call)[-1].WhichOneof("event") == "result"
    assert service.process.wait(timeout=20) == 0
