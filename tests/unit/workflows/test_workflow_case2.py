from __future__ import annotations

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from workflow_world import StatedModels, World, picture

from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_FULL_BODY, GenerateRequest
from dasibom.faceswap.v1.face_swap_service_pb2 import RetargetRequest, SwapRequest
from dasibom.orchestrator.v1.input_pb2 import AGE_BASIS_NOW, AGE_BASIS_THEN, PersonInfo
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase2Request
from dasibom.orchestrator.v1.result_pb2 import DrawnAge
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest
from services.common import imaging
from services.orchestrator.workflows import case2
from services.orchestrator.workflows.context import ModelRefused

FACE = picture(5, 64, 64)
INFO = PersonInfo(
    gender="여성", age="30대 후반", hair="짧은 검은 머리", clothing="파란색 셔츠, 검은색 바지", additional_info="안경을 쓰지 않음"
)
SEEN = {
    FACE: {
        "gender": ("male", "남성", 0.9),
        "hair_color": ("brown", "갈색", 0.9),
        "glasses": ("round", "둥근 안경", 0.9),
        "face_shape": ("oval", "계란형", 0.7),
        "expression": ("smiling", "웃음", 0.9),
        "nose": ("small", "작은 코", 0.1),
    }
}


def request(world: World, variants: int = 2) -> SubmitCase2Request:
    return SubmitCase2Request(person_info=INFO, face=world.give("face.png", FACE), variants=variants)


async def test_case2_makes_every_artifact_that_its_result_names() -> None:
    world = World(StatedModels(seen=SEEN))
    answer = await case2.run(world, request(world))
    result = answer.case2
    assert list(result.bodies) == ["body_01.png", "body_02.png"]
    assert list(result.composites) == ["composite_01.png", "composite_02.png"]
    assert {result.final, result.comparison, result.report} <= set(world.artifacts)
    assert {"body_01.svg", "body_02.svg"} == set(world.of_kind("drawing"))
    assert world.files["original_01.png"] == FACE
    assert all(world.artifacts[name].synthetic for name in [*result.bodies, *result.composites, result.comparison])
    assert not answer.warnings
    assert not result.HasField("similarity")


async def test_the_form_wins_over_what_is_seen_and_the_photo_fills_the_rest() -> None:
    world = World(StatedModels(seen=SEEN))
    await case2.run(world, request(world))
    (asked,) = [asked for asked in world.asked if isinstance(asked, GenerateRequest)]
    assert asked.subject == SUBJECT_FULL_BODY
    # No `hair_color`, no `glasses`: the form settles them; no `expression`: not drawn; no `nose`: too doubtful.
    assert dict(asked.attributes) == {
        "gender": "여성",
        "age": "30대 후반",
        "hair": "짧은 검은 머리",
        "clothing": "파란색 셔츠, 검은색 바지",
        "additional_info": "안경을 쓰지 않음",
        "face_shape": "oval",
    }


async def test_the_photo_is_the_source_and_each_body_a_target() -> None:
    world = World(StatedModels(seen=SEEN))
    await case2.run(world, request(world))
    swaps = [asked for asked in world.asked if isinstance(asked, SwapRequest)]
    assert [swap.source.data for swap in swaps] == [FACE, FACE]
    assert len({swap.target.data for swap in swaps}) == 2


async def test_without_a_swap_the_bodies_stay_and_the_result_says_so() -> None:
    world = World(StatedModels(seen=SEEN, refuse={SwapRequest: "NO_FACE_FOUND"}))
    answer = await case2.run(world, request(world))
    assert not answer.case2.composites
    assert answer.case2.final == "body_01.png"
    assert len(answer.warnings) == 2
    assert all("얼굴을 찾지 못했습니다" in warning for warning in answer.warnings)
    assert answer.case2.comparison in world.artifacts


async def test_a_photo_that_cannot_be_described_costs_a_warning() -> None:
    world = World(StatedModels(refuse={AnswerRequest: "NOT_SUPPORTED_BY_MODEL"}))
    answer = await case2.run(world, request(world))
    assert len(answer.warnings) == 1
    assert answer.case2.final == "refined_01.png"


async def test_what_the_form_leaves_open_is_told() -> None:
    world = World(StatedModels(seen=SEEN))
    sparse = PersonInfo(clothing="파란색 셔츠")
    answer = await case2.run(world, SubmitCase2Request(person_info=sparse, face=world.give("face.png", FACE)))
    (warning,) = answer.warnings
    assert "(성별, 나이, 머리)" in warning
    assert "기본값" in warning


async def test_bodies_are_not_optional() -> None:
    world = World(StatedModels(refuse={GenerateRequest: "NOT_SUPPORTED_BY_MODEL"}))
    with pytest.raises(ModelRefused):
        await case2.run(world, request(world))


async def test_the_final_picture_has_the_least_visible_seam_when_no_model_knows_identity() -> None:
    world = World(StatedModels(seams=[3.0, 0.5, 2.0]))
    assert (await case2.run(world, request(world, variants=3))).case2.final == "refined_02.png"


async def test_similarity_is_told_when_the_model_has_it() -> None:
    world = World(StatedModels(similarity=0.61))
    answer = await case2.run(world, request(world))
    assert answer.case2.similarity == pytest.approx(0.61)
    assert "0.61" in answer.summary


async def test_the_comparison_shows_photo_body_and_composite_side_by_side() -> None:
    world = World(StatedModels())
    result = (await case2.run(world, request(world))).case2
    strip = imaging.decode(world.files[result.comparison])
    assert strip.width > 1.8 * strip.height
    made = world.artifacts[result.comparison].provenance
    assert [origin.name for origin in made.origins] == ["original_01.png", "body_01.png", "composite_01.png", "refined_01.png"]


async def test_the_report_shows_the_form_as_given() -> None:
    world = World(StatedModels())
    await case2.run(world, request(world))
    assert "파란색 셔츠, 검은색 바지" in world.files["report.html"].decode()


RECORD = {
    "id": 1003,
    "nm": "홍길동",
    "occrde": "19860310",
    "sexdstnDscd": "남자",
    "age": "26",
    "ageNow": "66",
    "writngTrgetDscd": "070",
    "occrAdres": "서울특별시 중구",
    "height": "172",
    "bdwgh": 68,
    "frmDscd": "보통",
    "haircolrDscd": "흑색",
    "hairshpeDscd": "짧은머리",
    "alldressingDscd": "불상",
    "etcSpfeatr": "뿔테안경 착용",
    "faceshpeDscd": "계란형",
}


def record_request(world: World, **more: object) -> SubmitCase2Request:
    asked = json_format.ParseDict({"missingCase": RECORD, **more}, SubmitCase2Request())
    asked.face.CopyFrom(world.give("face.png", FACE))
    return asked


def generated(world: World) -> list[GenerateRequest]:
    return [asked for asked in world.asked if isinstance(asked, GenerateRequest)]


async def test_a_record_is_drawn_as_the_person_was_then_and_says_how_old_the_person_is_today() -> None:
    world = World(StatedModels())
    answer = await case2.run(world, record_request(world))
    (asked,) = generated(world)
    assert dict(asked.attributes) == {
        "gender": "남자",
        "age": "26세",
        "height": "172cm",
        "build": "보통, 68kg",
        "hair": "흑색 짧은머리",
        "additional_info": "뿔테안경 착용, 얼굴형 계란형",
    }
    assert "male, age 26, average, 68kg build, 172cm height, black short hair, horn-rimmed glasses worn" in asked.prompt
    assert answer.case2.age == DrawnAge(basis=AGE_BASIS_THEN, age="26세")
    assert any("66세" in warning and "실종 당시 나이(26세)" in warning for warning in answer.warnings)
    assert list(answer.case2.missing) == ["옷차림"]


async def test_todays_age_progresses_the_face_and_the_body() -> None:
    world = World(StatedModels())
    answer = await case2.run(world, record_request(world, ageBasis="AGE_BASIS_NOW"))
    face, body = generated(world)
    assert face.init_image.data == FACE
    assert "age 66, age-progressed by 40 years" in face.prompt
    assert "age-progressed by 40 years" in body.prompt
    assert body.attributes["age"] == "66세"
    (swap,) = [asked for asked in world.asked if isinstance(asked, SwapRequest)]
    assert swap.source.data != FACE
    assert answer.case2.age == DrawnAge(basis=AGE_BASIS_NOW, age="66세", years_progressed=40)
    assert world.artifacts["aged_face.png"].synthetic
    assert "현재 (66세)" in answer.summary


async def test_a_face_that_no_model_can_progress_stays_and_the_result_says_so() -> None:
    class NoImageToImage(StatedModels):
        def __call__(self, request: Message) -> Message:
            if isinstance(request, GenerateRequest) and request.HasField("init_image"):
                raise ModelRefused("no", reason="NOT_SUPPORTED_BY_MODEL", code="UNIMPLEMENTED", service="diffusion")
            return super().__call__(request)

    world = World(NoImageToImage())
    answer = await case2.run(world, record_request(world, ageBasis="AGE_BASIS_NOW"))
    (swap,) = [asked for asked in world.asked if isinstance(asked, SwapRequest)]
    assert swap.source.data == FACE
    assert any("26세 때의 사진 그대로" in warning for warning in answer.warnings)


async def test_the_form_wins_over_the_record() -> None:
    world = World(StatedModels())
    await case2.run(world, record_request(world, personInfo={"hair": "긴 갈색 머리", "clothing": "파란색 셔츠"}))
    (asked,) = generated(world)
    assert asked.attributes["hair"] == "긴 갈색 머리"
    assert asked.attributes["clothing"] == "파란색 셔츠"
    assert asked.attributes["gender"] == "남자"


async def test_what_a_record_tells_besides_looks_is_in_the_report_and_not_in_the_prompt() -> None:
    world = World(StatedModels())
    answer = await case2.run(world, record_request(world))
    page = world.files[answer.case2.report].decode()
    for told in ("홍길동", "서울특별시 중구", "1986-03-10", "치매질환자"):
        assert told in page
        assert told not in answer.case2.prompt


async def test_neutral_brings_every_composite_to_rest_and_a_model_that_cannot_costs_a_warning() -> None:
    world = World(StatedModels(refuse={RetargetRequest: "NOT_SUPPORTED_BY_MODEL"}))
    answer = await case2.run(world, record_request(world, neutral=True))
    assert answer.case2.final == "refined_01.png"
    assert any("표정은 사진 그대로" in warning for warning in answer.warnings)
    world = World(StatedModels())
    answer = await case2.run(world, record_request(world, neutral=True, refine=False))
    assert answer.case2.final == answer.case2.variants[0].neutral == "neutral_01.png"


async def test_the_variants_are_told_best_first_with_their_seeds_and_seams() -> None:
    world = World(StatedModels(seams=[3.0, 0.5]))
    result = (await case2.run(world, request(world, variants=2))).case2
    assert [variant.body for variant in result.variants] == ["body_02.png", "body_01.png"]
    assert [variant.seam_error for variant in result.variants] == [0.5, 3.0]
    assert [variant.seed for variant in result.variants] == [8, 7]
    assert {name for variant in result.variants for name in (variant.composite, variant.refined)} <= set(world.artifacts)
