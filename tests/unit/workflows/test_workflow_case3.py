from __future__ import annotations

import pytest
from workflow_world import StatedModels, World, face, picture

from dasibom.faceswap.v1.face_swap_service_pb2 import CompareRequest
from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase3Request
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest
from services.common import imaging
from services.common.questions import TOPICS
from services.orchestrator.workflows import case3

ONE, TWO, FACE = picture(1), picture(2), picture(5, 64, 64)
SEEN = {
    ONE: {
        "upper_color": ("red", "빨간색", 0.9),
        "time_of_day": ("night", "밤", 0.8),
        "company": ("alone", "혼자", 0.9),
        "vehicles": ("1", "승용차 한 대", 0.8),
    },
    TWO: {"upper_color": ("red", "빨간색", 0.7)},
    FACE: {"gender": ("female", "여성", 0.9)},
}
KNOWN = {"upper_color": "파란색", "촬영 시간대": "저녁", "동행": "혼자", "weather": "맑음", "기존_신고_정보": "30대 여성 실종"}


def request(world: World, *, with_face: bool = True) -> SubmitCase3Request:
    asked = SubmitCase3Request(frames=[world.give("one.png", ONE), world.give("two.png", TWO)], known_info=KNOWN)
    if with_face:
        asked.face.CopyFrom(world.give("face.png", FACE))
    return asked


async def test_case3_compares_what_is_known_with_what_is_seen() -> None:
    world = World(StatedModels(seen=SEEN, faces={ONE: [face(20, 10, 40)]}, similarity=0.55))
    answer = await case3.run(world, request(world))
    verdicts = {item.label: item.agreement for item in answer.case3.comparisons}
    assert verdicts == {
        "상의 색": result_pb2.AGREEMENT_CONTRADICTING,
        "촬영 시간대": result_pb2.AGREEMENT_CONFIRMED,
        "동행 여부": result_pb2.AGREEMENT_CONFIRMED,
        "날씨": result_pb2.AGREEMENT_UNKNOWN,
        "기존_신고_정보": result_pb2.AGREEMENT_UNKNOWN,
        "주변 차량": result_pb2.AGREEMENT_NEW,
    }
    assert answer.case3.similarity == pytest.approx(0.55)
    assert [item.value for item in answer.case3.face if item.known] == ["female"]
    assert world.begun == ["collect", "describe", "faces", "match", "compare", "report"]
    assert not answer.warnings


async def test_case3_recommends_what_follows_from_its_findings() -> None:
    world = World(StatedModels(seen=SEEN, faces={ONE: [face(20, 10, 40)]}, similarity=0.55))
    advice = (await case3.run(world, request(world))).case3.recommendations
    assert "파란색" in advice[0]
    assert "빨간색" in advice[0]
    assert any("블랙박스" in text for text in advice)
    assert any("0.55" in text for text in advice)
    assert not any("동행" in text and "신원을 확인" in text for text in advice)


async def test_case3_asks_every_catalogue_question_that_a_frame_can_answer() -> None:
    world = World(StatedModels(seen=SEEN))
    await case3.run(world, request(world))
    asked = {question.topic for call in world.asked if isinstance(call, AnswerRequest) for question in call.questions}
    assert asked == {topic.key for topic in TOPICS}


async def test_case3_compares_the_reference_with_the_face_fittest_for_it() -> None:
    small_but_sharp = face(60, 40, 20, quality=0.9)
    models = StatedModels(faces={ONE: [face(5, 5, 40, quality=0.2), small_but_sharp]}, similarity=0.1)
    world = World(models)
    await case3.run(world, request(world))
    (asked,) = [call for call in world.asked if isinstance(call, CompareRequest)]
    assert asked.image_a.data == FACE
    shown = imaging.decode(asked.image_b.data)
    # The largest face of the frame is another one, so a crop around the best is sent: its size and that much room around.
    assert (shown.width, shown.height) == (56, 52)


@pytest.mark.parametrize("similarity", [None, 0.4])
async def test_without_faces_or_an_identity_model_the_likeness_is_left_out_with_a_warning(similarity: float | None) -> None:
    faces = {} if similarity else {ONE: [face(20, 10, 40)]}
    world = World(StatedModels(faces=faces, similarity=similarity))
    answer = await case3.run(world, request(world))
    assert not answer.case3.HasField("similarity")
    (warning,) = answer.warnings
    assert "닮았는지" in warning
    assert "report.html" in world.artifacts


async def test_case3_works_without_a_reference_photo() -> None:
    world = World(StatedModels(seen=SEEN, faces={ONE: [face(20, 10, 40)]}))
    answer = await case3.run(world, request(world, with_face=False))
    assert not answer.case3.face
    assert not answer.warnings
    assert "match" not in world.begun


async def test_case3_speaks_english_on_request() -> None:
    world = World(StatedModels(seen={ONE: {"upper_color": ("red", "red", 0.9)}}), language="en")
    answer = await case3.run(world, SubmitCase3Request(frames=[world.give("one.png", ONE)], known_info={"상의 색": "blue"}))
    (comparison,) = answer.case3.comparisons
    assert (comparison.label, comparison.agreement) == ("Top color", result_pb2.AGREEMENT_CONTRADICTING)
    assert all(character < "가" for text in answer.case3.recommendations for character in text)
