from __future__ import annotations

import re

import pytest
from workflow_world import StatedModels, World, face, picture

from dasibom.faceswap.v1.face_swap_service_pb2 import CompareRequest, DetectFacesRequest
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
        "추정 나이 (기존 신고 정보)": result_pb2.AGREEMENT_UNKNOWN,
        "성별 (기존 신고 정보)": result_pb2.AGREEMENT_UNKNOWN,
        "주변 차량": result_pb2.AGREEMENT_NEW,
    }
    assert answer.case3.similarity == pytest.approx(0.55)
    assert [item.value for item in answer.case3.face if item.known] == ["female"]
    assert world.begun == ["collect", "describe", "faces", "match", "compare", "narrate", "report"]
    assert "확인되지 않음 3건" in answer.summary  # the free words' topics, not the words as a whole
    assert not answer.warnings


async def test_case3_groups_its_clues_under_the_titles_that_reports_have() -> None:
    world = World(StatedModels(seen={ONE: {**SEEN[ONE], "weather": ("clear", "맑음", 0.2), "bag": ("none", "없음", 0.9)}}))
    answer = await case3.run(world, request(world, with_face=False))
    groups = {group.category: (group.title, [(clue.label, clue.text) for clue in group.clues]) for group in answer.case3.clues}
    assert groups == {
        "time": ("⏰ 시간 관련 정보", [("촬영 시간대", "밤")]),  # the weather is too unsure for a clue
        "behavior": ("🚶 행동 패턴 정보", [("동행 여부", "혼자")]),
        "body": ("👤 신체적 특징", [("상의 색", "빨간색")]),  # that there is no bag is none either
        "environment": ("🌍 환경적 맥락", [("주변 차량", "승용차 한 대")]),
    }
    assert list(groups) == ["time", "behavior", "body", "environment"]


async def test_a_likeness_comes_with_words_on_what_it_means_and_how_fit_the_faces_are() -> None:
    world = World(StatedModels(seen=SEEN, faces={ONE: [face(20, 10, 40, quality=0.1)], FACE: [face(5, 5, 50)]}, similarity=0.55))
    answer = await case3.run(world, request(world))
    note = answer.case3.similarity_note
    assert "0.55" in note
    assert "화면 0.10, 기준 사진 0.80" in note
    assert "믿기 어렵습니다" in note
    assert "각도" in note
    assert "신원이 확인되었다는 뜻이 아닙니다" in note
    # A likeness of an unfit face is no resemblance to act on.
    assert any("0.55" in text and "판단에 쓸 수 없습니다" in text for text in answer.case3.recommendations)


SAID = "상의는 빨간색으로 알려진 파란색과 다릅니다. 밤에 혼자 있는 것으로 보입니다."


async def test_a_language_models_summary_is_marked_with_its_model_and_feeds_nothing_else() -> None:
    silent, telling = World(StatedModels(seen=SEEN)), World(StatedModels(seen=SEEN, says=SAID))
    without = await case3.run(silent, request(silent, with_face=False))
    answer = await case3.run(telling, request(telling, with_face=False))
    assert answer.case3.narrative.text == SAID
    assert answer.case3.narrative.model.model == "stated-vqa"
    assert not without.case3.HasField("narrative")
    assert not without.warnings
    answer.case3.ClearField("narrative")
    assert answer == without


async def test_the_language_model_is_told_the_findings_and_nothing_of_the_reports_own_words() -> None:
    world = World(StatedModels(seen=SEEN, says=SAID))
    await case3.run(world, request(world, with_face=False))
    (asked,) = [call for call in world.asked if isinstance(call, AnswerRequest) and call.prompt]
    assert "상의 색: 알려진 정보 ‘파란색’, 화면 ‘빨간색’ - 상충" in asked.prompt
    assert "주변 차량: 승용차 한 대 (80%)" in asked.prompt
    assert "30대 여성 실종" not in asked.prompt
    assert "아래에 없는 것은 쓰지 마십시오" in asked.prompt
    assert [image.data for image in asked.images] == [ONE]


@pytest.mark.parametrize("invented", ["노란색 모자를 썼습니다.", "키는 175cm로 보입니다."])
async def test_a_summary_that_says_more_than_was_found_is_left_out_with_a_warning(invented: str) -> None:
    world = World(StatedModels(seen=SEEN, says=f"{SAID} {invented}"))
    answer = await case3.run(world, request(world, with_face=False))
    assert not answer.case3.HasField("narrative")
    (warning,) = answer.warnings
    assert invented.partition(" ")[0].strip("는") in warning or "175" in warning


@pytest.mark.parametrize("said", ["빨강", "The top is red, and it is night in the picture.", ""])
async def test_what_is_no_summary_in_the_jobs_language_is_not_shown_as_one(said: str) -> None:
    world = World(StatedModels(seen=SEEN, says=said))
    answer = await case3.run(world, request(world, with_face=False))
    assert not answer.case3.HasField("narrative")
    assert not answer.warnings


async def test_no_language_model_is_asked_when_no_summary_is_wanted() -> None:
    world = World(StatedModels(seen=SEEN, says=SAID))
    asked = request(world, with_face=False)
    asked.narrate = False
    answer = await case3.run(world, asked)
    assert "narrate" not in world.begun
    assert not answer.case3.HasField("narrative")
    assert not [call for call in world.asked if isinstance(call, AnswerRequest) and call.prompt]


async def test_findings_for_the_language_model_fit_its_prompt_surest_first() -> None:
    many = {ONE: {topic.key: ("x", "아주 긴 설명 " * 20, index / 100) for index, topic in enumerate(TOPICS)}}
    world = World(StatedModels(seen=many, says=SAID))
    await case3.run(world, SubmitCase3Request(frames=[world.give("one.png", ONE)]))
    (asked,) = [call for call in world.asked if isinstance(call, AnswerRequest) and call.prompt]
    assert len(asked.prompt) <= 4_000
    sure = [int(figure) for figure in re.findall(r"\((\d+)%\)", asked.prompt)]
    assert sure
    assert sure == sorted(sure, reverse=True)


async def test_pictures_that_could_not_be_read_become_warnings() -> None:
    world = World(StatedModels(seen=SEEN))
    asked = request(world, with_face=False)
    asked.left_out.append("고장 난 사진.png: damaged")
    answer = await case3.run(world, asked)
    assert ["고장 난 사진.png" in warning for warning in answer.warnings] == [True]


async def test_a_face_service_that_is_away_is_not_told_as_a_frame_without_a_face() -> None:
    world = World(StatedModels(seen=SEEN, refuse={DetectFacesRequest: "NOT_SUPPORTED_BY_MODEL"}))
    answer = await case3.run(world, request(world))
    (warning,) = answer.warnings
    assert "건너뛰었습니다" in warning
    assert not any("얼굴을 찾지 못했습니다" in text for text in answer.case3.recommendations)


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
