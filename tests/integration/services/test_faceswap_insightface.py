"""The `insightface` family as its callers meet it: from a manifest's entry and files on disk, over real gRPC, in a process of its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest

from dasibom.common.v1.image_pb2 import Image
from dasibom.faceswap.v1 import face_swap_service_pb2 as pb
from dasibom.faceswap.v1.face_swap_service_pb2_grpc import FaceSwapServiceStub
from dasibom.model.v1 import model_service_pb2 as models
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from services.common import imaging
from tests.integration.services.conftest import RunningService, start_service, wait_until_serving
from tests.integration.services.test_model_services import info_of, last_of, running_calls
from tests.tiny import insightface as tiny

ENTRY = """
[[model]]
service = "faceswap"
name = "{name}"
backend = "insightface"
revision = "tiny"
licence = "{licence}"
commercial_use = false
memory_mib = 8
description = "A tiny pack."
defaults = {{ det_size = 320 }}
[[model.sources]]
kind = "manual"
repository = "https://example.org/packs"
files = [{files}]
"""
PATHS = (tiny.DETECTOR, tiny.RECOGNIZER, tiny.SWAPPER)


def entry(name: str, weights: Path, *, pinned: bool = True) -> str:
    """A manifest's entry for the pack in the model's folder."""

    def file(path: str) -> str:
        sha256 = hashlib.sha256((weights / name / path).read_bytes()).hexdigest() if pinned else ""
        return f'{{ path = "{path}", sha256 = "{sha256}" }}'

    return ENTRY.format(name=name, licence=tiny.LICENCE, files=", ".join(file(path) for path in PATHS))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An operator's settings: a sound pack, one that is not there, one cut short, one changed since it was pinned."""
    weights = tmp_path_factory.mktemp("weights")
    for name in ("tiny-pack", "cut-pack", "changed-pack"):
        tiny.save(weights / name)
    cut = weights / "cut-pack" / tiny.RECOGNIZER
    cut.write_bytes(cut.read_bytes()[:5000])
    text = entry("tiny-pack", weights) + entry("cut-pack", weights) + entry("changed-pack", weights)
    (weights / "changed-pack" / tiny.SWAPPER).write_bytes((weights / "tiny-pack" / tiny.DETECTOR).read_bytes())
    text += entry("absent-pack", weights, pinned=False)
    manifest = weights / "models.toml"
    manifest.write_text(text)
    return {"DASIBOM_WEIGHTS_DIR": str(weights), "DASIBOM_MODELS_FILE": str(manifest), "DASIBOM_DEFAULT_MODEL": "tiny-pack"}


def run_service(folder: Path, settings: dict[str, str]) -> Iterator[RunningService]:
    service = start_service("faceswap", folder, **settings)
    try:
        wait_until_serving(service)
        yield service
    finally:
        service.process.terminate()
        service.process.wait(timeout=30)


@pytest.fixture(scope="module")
def accepting(site: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service of an operator who has accepted the licence."""
    yield from run_service(tmp_path_factory.mktemp("accepting"), {**site, "DASIBOM_ACCEPTED_LICENCES": tiny.LICENCE})


@pytest.fixture(scope="module")
def plain(site: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service of an operator who has accepted nothing."""
    yield from run_service(tmp_path_factory.mktemp("plain"), site)


@pytest.fixture
def stub(accepting: RunningService) -> Iterator[FaceSwapServiceStub]:
    with accepting.channel() as channel:
        yield FaceSwapServiceStub(channel)


@pytest.fixture
def pool(accepting: RunningService) -> Iterator[ModelServiceStub]:
    with accepting.channel() as channel:
        yield ModelServiceStub(channel)


def drawn(*faces: tuple[int, int, int], side: int = 320) -> Image:
    """A picture of faces: column, row and person of each."""
    pixels = np.full((side, side, 3), 128, np.uint8)
    for column, row, person in faces:
        tiny.draw_face(pixels, column, row, person)
    return Image(data=imaging.encode(pixels))


ONE, TWO = drawn((4, 4, 1)), drawn((7, 7, 2), (2, 2, 3))


def test_a_face_is_found_with_its_identity_and_the_pack_is_on_record(stub: FaceSwapServiceStub) -> None:
    found = last_of(stub.DetectFaces(pb.DetectFacesRequest(image=ONE, with_embedding=True), timeout=60))
    (face,) = found.faces
    assert (face.box.x, face.box.y, face.box.width, face.box.height) == (96, 96, 96, 96)
    assert len(face.landmarks) == 5
    assert len(face.embedding) == 512
    assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-5)
    assert (found.model.service, found.model.model, found.model.licence) == ("faceswap", "tiny-pack", tiny.LICENCE)
    assert len(found.model.weight_sha256) == 64
    assert not last_of(stub.DetectFaces(pb.DetectFacesRequest(image=ONE), timeout=60)).faces[0].embedding


def test_a_swap_tells_its_progress_and_how_like_its_source_it_is(stub: FaceSwapServiceStub) -> None:
    messages = list(stub.Swap(pb.SwapRequest(source=ONE, target=TWO), timeout=60))
    result = messages[-1].result
    assert result.HasField("similarity")
    assert result.similarity > 0.9
    assert len(result.transform) == 6
    pixels = imaging.decode(result.image.data).pixels
    assert pixels.shape == (320, 320, 3)
    assert (pixels != imaging.decode(TWO.data).pixels).any()
    assert {message.progress.stage for message in messages[:-1]} & {"detect_source", "detect_target", "swap", "compare"}


def test_many_calls_at_once_get_each_its_own_answer(stub: FaceSwapServiceStub) -> None:
    places = [(column, row) for column in (2, 4, 7) for row in (2, 4, 7)] * 2
    calls = [stub.DetectFaces(pb.DetectFacesRequest(image=drawn((*place, 1))), timeout=60) for place in places]
    boxes = [last_of(call).faces[0].box for call in calls]
    assert [((box.x + 32) / 32, (box.y + 32) / 32) for box in boxes] == places


def test_comparing_tells_the_same_person_from_another(stub: FaceSwapServiceStub) -> None:
    same, other = (last_of(stub.Compare(pb.CompareRequest(image_a=ONE, image_b=image), timeout=60)) for image in (drawn((6, 5, 1)), TWO))
    assert same.similarity > 0.99 > other.similarity + 0.2
    assert (other.face_a.box.x, other.model.model) == (96, "tiny-pack")


def test_a_picture_without_a_face_and_a_face_that_is_not_there_are_told(stub: FaceSwapServiceStub) -> None:
    index = pb.FaceSelector(choice=pb.FACE_CHOICE_INDEX, index=5)
    for request, code, reason in (
        (pb.SwapRequest(source=ONE, target=drawn()), grpc.StatusCode.FAILED_PRECONDITION, "NO_FACE_FOUND"),
        (pb.SwapRequest(source=ONE, target=TWO, target_face=index), grpc.StatusCode.INVALID_ARGUMENT, "NO_SUCH_FACE"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            list(stub.Swap(request, timeout=60))
        assert caught.value.code() is code
        assert info_of(caught.value).reason == reason
        assert "target" in caught.value.details()


def test_posing_names_the_model_that_can(stub: FaceSwapServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.Retarget(pb.RetargetRequest(image=ONE, neutral=True), timeout=60))
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "liveportrait" in caught.value.details()


def test_a_cancelled_call_frees_the_worker(accepting: RunningService, stub: FaceSwapServiceStub) -> None:
    large = drawn((4, 4, 1), side=3200)
    call = stub.Swap(pb.SwapRequest(source=large, target=large))
    next(iter(call))
    call.cancel()
    deadline = time.monotonic() + 20
    while running_calls(accepting, "Swap"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert last_of(stub.DetectFaces(pb.DetectFacesRequest(image=ONE), timeout=20)).faces


def test_a_pack_is_unloaded_and_loaded_again(stub: FaceSwapServiceStub, pool: ModelServiceStub) -> None:
    loaded = pool.LoadModel(models.LoadModelRequest(name="tiny-pack"), timeout=60).model
    assert (loaded.state, loaded.device) == (models.MODEL_STATE_READY, "cpu")
    assert pool.UnloadModel(models.UnloadModelRequest(name="tiny-pack")).model.state == models.MODEL_STATE_UNLOADED
    assert last_of(stub.DetectFaces(pb.DetectFacesRequest(image=ONE), timeout=60)).faces


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("absent-pack", (tiny.DETECTOR, "not in the weights folder")),
        ("cut-pack", (tiny.RECOGNIZER, "cannot be read", "fetch it again")),
        ("changed-pack", (tiny.SWAPPER, "SHA-256")),
    ],
)
def test_a_pack_that_is_not_sound_is_refused_and_listed_as_such(
    stub: FaceSwapServiceStub, pool: ModelServiceStub, site: dict[str, str], model: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.DetectFaces(pb.DetectFacesRequest(image=ONE, model=model), timeout=60))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    listed = {one.name: one for one in pool.ListModels(models.ListModelsRequest()).models}
    assert listed[model].state == models.MODEL_STATE_FAILED
    for told in (caught.value.details(), listed[model].failure):
        assert all(word in told for word in words), told
        assert site["DASIBOM_WEIGHTS_DIR"] not in told


def test_without_an_accepted_licence_the_pack_is_refused_and_listed_with_the_setting_that_accepts_it(plain: RunningService) -> None:
    with plain.channel() as channel:
        with pytest.raises(grpc.RpcError) as caught:
            list(FaceSwapServiceStub(channel).DetectFaces(pb.DetectFacesRequest(image=ONE), timeout=60))
        listed = {one.name: one for one in ModelServiceStub(channel).ListModels(models.ListModelsRequest()).models}
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert info_of(caught.value).reason == "LICENCE_NOT_ACCEPTED"
    for told in (caught.value.details(), listed["tiny-pack"].failure):
        assert tiny.LICENCE in told
        assert "DASIBOM_ACCEPTED_LICENCES" in told
    assert listed["tiny-pack"].is_default
    assert not listed["tiny-pack"].commercial_use
