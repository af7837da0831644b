from __future__ import annotations

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st
from workflow_world import StatedModels, World, face, picture

from dasibom.faceswap.v1.face_swap_service_pb2 import DetectFacesRequest
from dasibom.orchestrator.v1.input_pb2 import AGE_BASIS_NOW, PersonInfo
from dasibom.orchestrator.v1.orchestrator_service_pb2 import AnalyzeCaseRequest
from dasibom.orchestrator.v1.result_pb2 import ImageFinding
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest
from services.orchestrator.workflows import analyze
from services.orchestrator.workflows.kinds import Measured, classify, measure
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
        ([OTHER, CCTV], None, "case1", [2]),
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
    assert world.begun == ["collect", "classify", "choose", "collect", "describe", "faces", "match", "compare", "narrate", "report"]
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


def measured(kind: str = "", confidence: float | None = None, people: int = 0, ratio: float = 0.0, quality: float = 0.0) -> Measured:
    return Measured(kind=kind, text=kind, confidence=confidence, people=people, face_ratio=ratio, face_quality=quality)


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (measured("cctv", 0.61), "cctv"),
        (measured("cctv", 0.9, 1, ratio=0.3, quality=0.9), "cctv"),
        (measured("cctv", 0.6, 1, ratio=0.3, quality=0.9), "cctv"),  # a big face in a doubtful CCTV frame makes no face photo
        (measured("cctv", 0.41), "cctv"),
        (measured("cctv", 0.4), "reference"),
        (measured("cctv", 0.1, 1, ratio=0.3, quality=0.9), "reference"),
        (measured("cctv"), "cctv"),  # a model that states no confidence
        (measured("face", 0.61, 1, ratio=0.03, quality=0.9), "face"),
        (measured("face", 0.6, 1, ratio=0.03, quality=0.9), "reference"),
        (measured("face", 0.9, 0), "reference"),  # no face, no face photo
        (measured("face", 0.6, 1, ratio=0.061, quality=0.1), "face"),
        (measured("reference", 0.9, 1, ratio=0.061, quality=0.8), "face"),
        (measured("reference", 0.9, 1, ratio=0.06, quality=0.8), "reference"),
        (measured("", None, 1, ratio=0.061), "face"),
        (measured("reference", 0.4, 1, ratio=0.009, quality=0.07), "cctv"),
        (measured("", None, 1, ratio=0.009, quality=0.07), "cctv"),
        (measured("reference", 0.41, 1, ratio=0.009, quality=0.07), "reference"),
        (measured("reference", 0.4, 0), "reference"),
        (measured("", None, 0), "reference"),
    ],
)
def test_a_picture_is_classified_by_the_stated_rules(seen: Measured, kind: str) -> None:
    finding = classify(1, seen, "ko")
    assert finding.kind == kind
    assert finding.reason
    assert finding.said == seen.kind
    assert finding.HasField("said_confidence") == (seen.confidence is not None)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("CCTV 화면", "cctv"),
        ("surveillance footage", "cctv"),
        ("Portrait of a man", "face"),
        ("증명사진", "face"),
        ("a family", "reference"),
    ],
)
async def test_the_models_word_is_understood_in_whatever_words_it_comes(said: str, kind: str) -> None:
    world = World(StatedModels(seen={OTHER: {"image_kind": (said, said, 0.9)}}))
    seen, refusals = await measure(world, await world.open(world.give("a.png", OTHER)))
    assert seen.kind == kind
    assert not refusals


async def test_reference_pictures_alone_open_no_case_and_the_result_says_so() -> None:
    world = World(MODELS)
    answer = await analyze.run(world, AnalyzeCaseRequest(images=[world.give("other.png", OTHER)], person_info=INFO))
    assert answer.analysis.chosen == ""
    assert not any(item.runnable for item in answer.analysis.plans)
    assert not answer.analysis.HasField("case_result")
    assert "CCTV" in answer.warnings[0]
    assert "없음" in answer.summary


async def test_the_surest_frames_come_first_and_doubtful_ones_are_used_only_when_alone() -> None:
    sure, surer, doubtful = picture(11), picture(12), picture(13)
    kinds = {data: {"image_kind": ("cctv", "CCTV 화면", said)} for data, said in ((sure, 0.7), (surer, 0.9), (doubtful, 0.5))}
    world = World(StatedModels(seen=kinds))
    given_all = [world.give(f"{number}.png", data) for number, data in enumerate((sure, doubtful, surer))]
    answer = await analyze.run(world, AnalyzeCaseRequest(images=given_all, dry_run=True))
    assert list(answer.analysis.plans[0].images) == [3, 1]
    alone = World(StatedModels(seen=kinds))
    answer = await analyze.run(alone, AnalyzeCaseRequest(images=[alone.give("d.png", doubtful)], dry_run=True))
    assert list(answer.analysis.plans[0].images) == [1]


async def test_of_equal_faces_and_frames_the_first_wins() -> None:
    one, two = picture(21), picture(22)
    equal = StatedModels(
        seen={data: {"image_kind": ("face", "얼굴 사진", 0.9)} for data in (one, two)},
        faces={data: [face(20, 10, 50, quality=0.8)] for data in (one, two)},
    )
    world = World(equal)
    sources = [world.give("one.png", one), world.give("two.png", two)]
    answer = await analyze.run(world, AnalyzeCaseRequest(images=sources, person_info=INFO, dry_run=True))
    assert list(answer.analysis.plans[0].images) == [1]


def record(**fields: str | int | None) -> Struct:
    made = Struct()
    made.update(fields)
    return made


async def test_a_records_photo_is_a_face_photo_whatever_it_looks_like_and_the_record_opens_case_2() -> None:
    world = World(MODELS)
    sources = [world.give("cctv.png", CCTV), world.give("photo.png", OTHER)]
    told = record(sexdstnDscd="여자", age="26", fileUrl="https://www.safe182.go.kr/api/lcm/imgView.do?msspsnIdntfccd=1")
    answer = await analyze.run(world, AnalyzeCaseRequest(images=sources, missing_case=told, dry_run=True))
    assert [item.kind for item in answer.analysis.images] == ["cctv", "face"]
    assert "기록" in answer.analysis.images[1].reason
    assert answer.analysis.chosen == "case2"


async def test_the_record_and_its_age_reach_case_2() -> None:
    world = World(MODELS)
    told = record(sexdstnDscd="여자", age=26, ageNow=45, fileUrl=None)
    asked = AnalyzeCaseRequest(images=[world.give("face.png", FACE)], missing_case=told, age_basis=AGE_BASIS_NOW)
    answer = await analyze.run(world, asked)
    age = answer.analysis.case_result.case2.age
    assert (age.basis, age.years_progressed) == (AGE_BASIS_NOW, 19)


@pytest.mark.parametrize("told", [record(nm="김실종"), record(sexdstnDscd="불상", height=0)])
async def test_a_record_that_tells_nothing_of_looks_opens_no_case_2(told: Struct) -> None:
    world = World(MODELS)
    answer = await analyze.run(world, AnalyzeCaseRequest(images=[world.give("face.png", FACE)], missing_case=told, dry_run=True))
    (second,) = [item for item in answer.analysis.plans if item.kind == "case2"]
    assert not second.runnable
    assert "person_info" in second.reason


async def test_pictures_of_a_folder_that_could_not_be_read_are_listed_and_the_rest_goes_on() -> None:
    world = World(MODELS)
    left_out = ["고장 난 사진.png: the picture is damaged"]
    answer = await analyze.run(world, AnalyzeCaseRequest(images=[world.give("cctv.png", CCTV)], left_out=left_out))
    assert list(answer.analysis.unreadable) == left_out
    assert [warning for warning in answer.warnings if "고장 난 사진.png" in warning]
    assert answer.analysis.case_result.WhichOneof("result") == "case1"


findings = st.builds(
    lambda kind, confidence, ratio, quality: ImageFinding(kind=kind, confidence=confidence, face_ratio=ratio, face_quality=quality),
    st.sampled_from(["cctv", "face", "reference"]),
    st.floats(0, 1),
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
    assert runnable[0] == any(item.kind != "reference" for item in pictures)
    for item in plans:
        assert bool(item.images) == item.runnable
        assert set(item.images) <= set(range(1, len(pictures) + 1))
