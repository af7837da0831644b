from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workflow_world import StatedModels, World, face, picture

from dasibom.faceswap.v1.face_swap_service_pb2 import DetectFacesRequest
from dasibom.orchestrator.v1.input_pb2 import PersonInfo
from dasibom.orchestrator.v1.orchestrator_service_pb2 import AnalyzeCaseRequest
from dasibom.orchestrator.v1.result_pb2 import ImageFinding
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest
from services.orchestrator.workflows import analyze
from services.orchestrator.workflows.kinds import Measured, classify
from services.orchestrator.workflows.plans import PREFERENCE, plan

CCTV, FACE, OTHER = picture(1), picture(2), picture(3)
MODELS = StatedModels(
    seen={
        CCTV: {"image_kind": ("cctv", "CCTV 화면", 0.8), "people_count": ("1", "1명", 0.8)},
        FACE: {"image_kind": ("face", "얼굴 사진", 0.9)},
        OTHER: {"image_kind": ("everyday", "일상 사진", 0.9)},
    },
    faces={FACE: [face(20, 10, 50, quality=0.8)], CCTV: [face(5, 5, 8, quality=0.1)]},
)
INFO = PersonInfo(gender="여성")


@pytest.mark.parametrize(
    ("pictures", "info", "chosen", "used"),
    [
        ([CCTV, FACE, OTHER], INFO, "case2", [2]),
        ([CCTV, FACE, OTHER], None, "case3", [1, 2]),
        ([OTHER, CCTV], INFO, "case1", [2]),
        ([OTHER, FACE], None, "super_resolution", [2]),
        ([OTHER], INFO, "super_resolution", [1]),
    ],
)
async def test_the_best_case_that_the_inputs_allow_is_chosen(
    pictures: list[bytes], info: PersonInfo | None, chosen: str, used: list[int]
) -> None:
    world = World(MODELS)
    sources = [world.give(f"{number}.png", data) for number, data in enumerate(pictures)]
    answer = await analyze.run(world, AnalyzeCaseRequest(images=sources, person_info=info, dry_run=True))
    result = answer.analysis
    assert result.chosen == chosen
    assert list(result.plans[0].images) == used
    assert {item.kind for item in result.plans} == set(PREFERENCE)
    assert all(item.reason for item in result.plans)
    assert not result.HasField("case_result")
    assert not world.artifacts


async def test_the_chosen_case_runs_in_the_same_job_and_its_steps_follow() -> None:
    world = World(MODELS)
    sources = [world.give("cctv.png", CCTV), world.give("face.png", FACE)]
    answer = await analyze.run(world, AnalyzeCaseRequest(images=sources, known_info={"time_of_day": "낮"}))
    nested = answer.analysis.case_result
    assert nested.WhichOneof("result") == "case3"
    assert world.begun == ["collect", "classify", "choose", "collect", "describe", "faces", "match", "compare", "report"]
    assert "report.html" in world.artifacts
    assert nested.summary in answer.summary
    assert set(nested.warnings) <= set(answer.warnings)
    assert nested.case3.comparisons[0].known == "낮"


@pytest.mark.parametrize(("info", "kind"), [(INFO, "case2"), (None, "super_resolution")])
async def test_every_chosen_case_can_be_run(info: PersonInfo | None, kind: str) -> None:
    world = World(MODELS)
    answer = await analyze.run(world, AnalyzeCaseRequest(images=[world.give("face.png", FACE)], person_info=info))
    assert answer.analysis.case_result.WhichOneof("result") == kind


async def test_pictures_are_sorted_by_faces_alone_when_the_analysis_is_away() -> None:
    world = World(StatedModels(faces=MODELS.faces, refuse={AnswerRequest: "NOT_SUPPORTED_BY_MODEL"}))
    sources = [world.give("cctv.png", CCTV), world.give("face.png", FACE), world.give("other.png", OTHER)]
    answer = await analyze.run(world, AnalyzeCaseRequest(images=sources, dry_run=True))
    assert [item.kind for item in answer.analysis.images] == ["cctv", "face", "reference"]
    assert len(answer.warnings) == 1


async def test_pictures_are_sorted_by_the_models_word_when_faces_cannot_be_found() -> None:
    world = World(StatedModels(seen=MODELS.seen, refuse={DetectFacesRequest: "NOT_SUPPORTED_BY_MODEL"}))
    sources = [world.give("cctv.png", CCTV), world.give("other.png", OTHER)]
    answer = await analyze.run(world, AnalyzeCaseRequest(images=sources, dry_run=True))
    assert [item.kind for item in answer.analysis.images] == ["cctv", "reference"]


def measured(kind: str = "", confidence: float = 0.0, people: int = 0, ratio: float = 0.0, quality: float = 0.0) -> Measured:
    return Measured(kind=kind, text=kind, confidence=confidence, people=people, face_ratio=ratio, face_quality=quality)


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (measured("cctv", 0.5, 1, ratio=0.3, quality=0.9), "cctv"),  # a big face in a CCTV frame stays in a CCTV frame
        (measured("face", 0.9, 1, ratio=0.3, quality=0.9), "face"),
        (measured("face", 0.9, 0), "reference"),  # no face, no face photo
        (measured("reference", 0.9, 1, ratio=0.1, quality=0.8), "face"),
        (measured("reference", 0.9, 1, ratio=0.1, quality=0.1), "reference"),
        (measured("reference", 0.4, 1, ratio=0.009, quality=0.07), "cctv"),
        (measured("reference", 0.4, 0), "reference"),
        (measured("reference", 0.9, 3, ratio=0.01, quality=0.1), "reference"),
    ],
)
def test_a_picture_is_classified_by_the_stated_rules(seen: Measured, kind: str) -> None:
    finding = classify(1, seen, "ko")
    assert finding.kind == kind
    assert finding.reason


findings = st.builds(
    lambda kind, ratio, quality: ImageFinding(kind=kind, face_ratio=ratio, face_quality=quality),
    st.sampled_from(["cctv", "face", "reference"]),
    st.floats(0, 1),
    st.floats(0, 1),
)


@given(st.lists(findings, min_size=1, max_size=8), st.booleans(), st.sampled_from(["ko", "en"]))
def test_plans_name_existing_pictures_and_put_runnable_cases_first(pictures: list[ImageFinding], has_info: bool, language: str) -> None:
    for number, finding in enumerate(pictures, start=1):
        finding.number = number
    plans = plan(pictures, has_person_info=has_info, language=language)  # type: ignore[arg-type]
    runnable = [item.runnable for item in plans]
    assert runnable == sorted(runnable, reverse=True)
    assert runnable[0]
    for item in plans:
        assert bool(item.images) == item.runnable
        assert set(item.images) <= set(range(1, len(pictures) + 1))
