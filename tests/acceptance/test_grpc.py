"""The same over gRPC: through the gateway's one port, and directly against each model service."""

from __future__ import annotations

import grpc
import pytest
from google.api.httpbody_pb2 import HttpBody
from grpc_health.v1 import health_pb2, health_pb2_grpc

from dasibom.common.v1.image_pb2 import Image
from dasibom.diffusion.v1 import diffusion_service_pb2, diffusion_service_pb2_grpc
from dasibom.faceswap.v1 import face_swap_service_pb2, face_swap_service_pb2_grpc
from dasibom.orchestrator.v1 import job_pb2, orchestrator_service_pb2_grpc
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1.input_pb2 import CaseOptions, ImageSource
from dasibom.superres.v1 import super_res_service_pb2, super_res_service_pb2_grpc
from dasibom.vqa.v1 import vqa_service_pb2, vqa_service_pb2_grpc
from tests.acceptance.conftest import SAMPLES, RunningMesh

CCTV = (SAMPLES / "cctv_frame.jpg").read_bytes()
FACE = (SAMPLES / "face.jpg").read_bytes()
OPTIONS = [("grpc.max_receive_message_length", 80 * 1024 * 1024)]


def test_a_case_is_uploaded_submitted_watched_and_downloaded_through_the_gateway(mesh: RunningMesh) -> None:
    with grpc.insecure_channel(mesh.target, options=OPTIONS) as channel:
        stub = orchestrator_service_pb2_grpc.OrchestratorServiceStub(channel)
        pieces = (CCTV[start : start + 4096] for start in range(0, len(CCTV), 4096))
        file = stub.Upload(
            pb.UploadRequest(file_name="frame.jpg" if index == 0 else "", body=HttpBody(data=piece)) for index, piece in enumerate(pieces)
        )
        assert file.size == len(CCTV)
        job = stub.SubmitCase1(pb.SubmitCase1Request(frames=[ImageSource(file=file.id)], options=CaseOptions(seed=21)))
        events = [response.event for response in stub.WatchJob(pb.WatchJobRequest(job=job.id), timeout=120)]
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert events[-1].state_change.state == job_pb2.JOB_STATE_SUCCEEDED
        done = stub.GetJob(pb.GetJobRequest(job=job.id))
        montage = next(artifact for artifact in done.artifacts if artifact.kind == "montage")
        data = b"".join(body.data for body in stub.Download(pb.DownloadRequest(file=montage.file)))
        assert len(data) == montage.size


def test_run_case_submits_and_watches_in_one_call(mesh: RunningMesh) -> None:
    request = pb.RunCaseRequest(super_resolution=pb.SubmitSuperResolutionRequest(image=ImageSource(data=FACE), scale=2))
    with grpc.insecure_channel(mesh.target, options=OPTIONS) as channel:
        stub = orchestrator_service_pb2_grpc.OrchestratorServiceStub(channel)
        events = [response.event for response in stub.RunCase(request, timeout=120)]
    assert events[0].state_change.state == job_pb2.JOB_STATE_QUEUED
    assert events[-1].state_change.state == job_pb2.JOB_STATE_SUCCEEDED


def test_the_gateway_answers_grpc_health(mesh: RunningMesh) -> None:
    with grpc.insecure_channel(mesh.target) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


DIRECT = {
    "vqa": lambda channel: vqa_service_pb2_grpc.VqaServiceStub(channel).Answer(
        vqa_service_pb2.AnswerRequest(images=[Image(data=CCTV)], questions=[vqa_service_pb2.Question(topic="lighting")])
    ),
    "diffusion": lambda channel: diffusion_service_pb2_grpc.DiffusionServiceStub(channel).Generate(
        diffusion_service_pb2.GenerateRequest(prompt="60대 남성, 흰 머리", width=192, height=256)
    ),
    "faceswap": lambda channel: face_swap_service_pb2_grpc.FaceSwapServiceStub(channel).DetectFaces(
        face_swap_service_pb2.DetectFacesRequest(image=Image(data=FACE))
    ),
    "superres": lambda channel: super_res_service_pb2_grpc.SuperResServiceStub(channel).Upscale(
        super_res_service_pb2.UpscaleRequest(image=Image(data=FACE), scale=2)
    ),
}


@pytest.mark.parametrize("service", DIRECT)
def test_each_model_service_answers_directly_and_through_the_mesh_proxy(mesh: RunningMesh, service: str) -> None:
    for address in (mesh.parts(service)[0].address, mesh.proxy):
        with grpc.insecure_channel(address, options=OPTIONS) as channel:
            last = list(DIRECT[service](channel))[-1]
        assert last.WhichOneof("event") == "result"
