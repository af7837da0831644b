"""The cases with the embedded backends, on the sample pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from embedded_models import EmbeddedModels
from google.protobuf import json_format
from workflow_world import World

from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.input_pb2 import ImageSource, PersonInfo
from dasibom.orchestrator.v1.orchestrator_service_pb2 import (
    AnalyzeCaseRequest,
    SubmitCase1Request,
    SubmitCase2Request,
    SubmitCase3Request,
    SubmitSuperResolutionRequest,
)
from services.common import imaging
from services.orchestrator.workflows import analyze, case1, case2, case3, super_resolution

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture(scope="module")
def models() -> EmbeddedModels:
    return EmbeddedModels()


@pytest.fixture
def world(models: EmbeddedModels) -> World:
    return World(models)


def sample(world: World, name: str) -> ImageSource:
    return world.give(name, (SAMPLES / name).read_bytes())


async def test_case1_draws_montages_from_the_sample_frame(world: World) -> None:
    answer = await case1.run(world, SubmitCase1Request(frames=[sample(world, "cctv_frame.jpg")], variants=2))
    montages = [imaging.decode(world.files[montage.image]).pixels for montage in answer.case1.montages]
    assert len(montages) == 2
    assert not np.array_equal(montages[0], montages[1])
    assert world.files["montage_01.svg"].startswith(b"<svg")
    found = {item.topic: item for item in answer.case1.attributes if item.known}
    assert found["face_count"].value == "1"
    assert found["hair_color"].value in ("brown", "beige", "khaki")  # in a dark, noisy frame
    assert world.of_kind("face")[0] == "face_01_01.png"
    enhanced = imaging.decode(world.files["enhanced_01.png"])
    assert (enhanced.width, enhanced.height) == (1280, 720)


async def test_each_montage_variant_shows_what_its_words_say_and_has_a_refined_face(world: World) -> None:
    frames = [sample(world, "cctv_frame.jpg")]
    asked = SubmitCase1Request(frames=frames, variants=4, notes="30대 여성, 둥근 얼굴", enhance=False)
    answer = await case1.run(world, asked)
    montages = answer.case1.montages
    assert [montage.variant.partition(": ")[2] for montage in montages] == ["", "짧은 머리", "점퍼 차림", "안경을 씀"]
    told = ["brown hair", "short brown hair", "orange jacket", "glasses"]
    assert all(words in montage.description for words, montage in zip(told, montages, strict=True))
    # What was seen and what was told is in all of them.
    assert all("orange" in montage.description and "female" in montage.description for montage in montages)
    for montage in montages:
        face, refined = (imaging.decode(world.files[name]) for name in (montage.face, montage.refined_face))
        assert (refined.width, refined.height) == (face.width, face.height)
        assert face.width > 320
    assert all("화질: 해상도 640×360화소" in frame.summary for frame in answer.case1.frames)


async def test_super_resolution_explains_the_sample_frame_and_compares_what_was_made_of_it(world: World) -> None:
    asked = SubmitSuperResolutionRequest(image=sample(world, "cctv_frame.jpg"), methods=["compact", "bicubic"])
    answer = await super_resolution.run(world, asked)
    result = answer.super_resolution
    defects = next(item for item in result.quality if item.label == "주요 결함")
    assert defects.value == "small, blurred, noisy, compressed, flat"
    assert not world.artifacts[result.preprocessed].synthetic
    assert world.of_kind("comparison") == [result.comparison, result.face_comparison]
    grid = imaging.decode(world.files[result.comparison])
    # 2×2 cells of 900×506 pixels, each with a caption.
    assert grid.width == pytest.approx(2 * 900, abs=20)
    assert grid.height > 2 * 506
    assert result.report in world.artifacts


async def test_case2_puts_the_sample_face_on_the_drawn_body(world: World) -> None:
    info = PersonInfo(**json.loads((SAMPLES / "person_info.json").read_text()))
    answer = await case2.run(world, SubmitCase2Request(person_info=info, face=sample(world, "face.jpg")))
    assert list(answer.case2.composites) == ["composite_01.png"], answer.warnings
    body = imaging.decode(world.files["body_01.png"]).pixels.astype(int)
    final = imaging.decode(world.files[answer.case2.final]).pixels.astype(int)
    changed = np.argwhere(abs(final - body).max(axis=2) > 8)
    top, left = changed.min(axis=0)
    bottom, right = changed.max(axis=0)
    # Only the face has changed: high up, and in the middle.
    assert bottom < 0.3 * body.shape[0]
    assert right - left < 0.3 * body.shape[1]
    assert bottom - top > 20


async def test_case3_reports_on_the_samples(world: World) -> None:
    known = json.loads((SAMPLES / "known_info.json").read_text())
    asked = SubmitCase3Request(frames=[sample(world, "cctv_frame.jpg")], face=sample(world, "face.jpg"), known_info=known)
    answer = await case3.run(world, asked)
    verdicts = {item.topic: item.agreement for item in answer.case3.comparisons}
    assert verdicts["company"] == result_pb2.AGREEMENT_CONFIRMED
    assert verdicts["posture"] == result_pb2.AGREEMENT_UNKNOWN
    assert not answer.case3.HasField("similarity")
    assert any("닮았는지" in warning for warning in answer.warnings)
    assert answer.case3.recommendations


async def test_super_resolution_enlarges_the_sample_frame(world: World) -> None:
    answer = await super_resolution.run(world, SubmitSuperResolutionRequest(image=sample(world, "cctv_frame.jpg"), scale=2))
    result = answer.super_resolution
    assert [item.method for item in result.enhancements] == ["compact", "bicubic"]
    assert len(result.faces) == 1
    final = imaging.decode(world.files[result.final])
    assert (final.width, final.height) == (1280, 720)


async def test_the_samples_are_told_apart(world: World) -> None:
    names = ("cctv_frame.jpg", "face.jpg", "cctv_frame_2.jpg")
    answer = await analyze.run(world, AnalyzeCaseRequest(images=[sample(world, name) for name in names], dry_run=True))
    assert [item.kind for item in answer.analysis.images] == ["cctv", "face", "cctv"]
    assert answer.analysis.chosen == "case3"


async def test_case2_of_a_record_says_what_the_embedded_models_cannot_do_for_todays_face(world: World) -> None:
    record = {
        "sexdstnDscd": "여자",
        "age": "26",
        "ageNow": "56",
        "hairshpeDscd": "긴머리",
        "haircolrDscd": "흑색",
        "alldressingDscd": "불상",
    }
    asked = json_format.ParseDict({"missingCase": record, "ageBasis": "AGE_BASIS_NOW", "neutral": True}, SubmitCase2Request())
    asked.face.CopyFrom(sample(world, "face.jpg"))
    answer = await case2.run(world, asked)
    assert answer.case2.age.age == "56세"
    assert any("얼굴은 26세 때의 사진 그대로입니다" in warning for warning in answer.warnings)
    assert any("표정은 사진 그대로입니다" in warning for warning in answer.warnings)
    assert answer.case2.final == answer.case2.variants[0].refined
