from __future__ import annotations

import json

from workflow_world import StatedModels, World, face, picture

from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_PORTRAIT, GenerateRequest
from dasibom.faceswap.v1.face_swap_service_pb2 import DetectFacesRequest
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest, Question
from services.orchestrator.workflows import case1

ONE, TWO = picture(1), picture(2)
SEEN = {
    ONE: {
        "gender": ("female", "여성", 0.9),
        "age": ("30s", "30대", 0.8),
        "face_shape": ("oval", "계란형", 0.7),
        "upper_color": ("red", "빨간색", 0.8),
        "time_of_day": ("night", "밤", 0.9),
    },
    TWO: {"upper_color": ("orange", "주황색", 0.4), "gender": ("female", "여성", 0.6)},
}


def request(world: World, **options: object) -> SubmitCase1Request:
    return SubmitCase1Request(frames=[world.give("one.png", ONE), world.give("two.png", TWO)], **options)  # type: ignore[arg-type]


async def test_case1_makes_every_artifact_that_its_result_names() -> None:
    world = World(StatedModels(seen=SEEN, faces={ONE: [face(20, 10, 40)]}))
    answer = await case1.run(world, request(world))
    result = answer.case1
    assert [frame.original for frame in result.frames] == ["original_01.png", "original_02.png"]
    assert [frame.enhanced for frame in result.frames] == ["enhanced_01.png", "enhanced_02.png"]
    assert [montage.image for montage in result.montages] == ["montage_01.png", "montage_02.png", "montage_03.png"]
    assert [montage.drawing for montage in result.montages] == ["montage_01.svg", "montage_02.svg", "montage_03.svg"]
    assert [montage.seed for montage in result.montages] == [7, 8, 9]
    assert world.of_kind("face") == ["face_01_01.png"]
    assert result.report == "report.html"
    named = [result.report, *(frame.original for frame in result.frames), *(montage.image for montage in result.montages)]
    assert set(named) <= set(world.artifacts)
    assert world.begun == ["collect", "describe", "faces", "enhance", "montage", "report"]
    assert not answer.warnings


async def test_case1_saves_originals_untouched_and_marks_only_what_models_made() -> None:
    world = World(StatedModels(seen=SEEN, faces={ONE: [face(20, 10, 40)]}))
    await case1.run(world, request(world))
    assert world.files["original_01.png"] == ONE
    assert world.files["original_02.png"] == TWO
    made = {name for name, artifact in world.artifacts.items() if artifact.synthetic}
    assert made == {name for name in world.artifacts if name.startswith(("enhanced", "montage"))}


async def test_case1_asks_about_originals_and_never_about_enhanced_copies() -> None:
    world = World(StatedModels(seen=SEEN))
    await case1.run(world, request(world))
    looked_at = [asked.images[0].data for asked in world.asked if isinstance(asked, AnswerRequest)]
    looked_at += [asked.image.data for asked in world.asked if isinstance(asked, DetectFacesRequest | UpscaleRequest)]
    assert set(looked_at) == {ONE, TWO}


async def test_case1_draws_by_the_merged_facts_about_the_person() -> None:
    world = World(StatedModels(seen=SEEN))
    result = (await case1.run(world, request(world, variants=2, notes="키가 크고 절뚝거림"))).case1
    (asked,) = [asked for asked in world.asked if isinstance(asked, GenerateRequest)]
    assert dict(asked.attributes) == {"gender": "female", "age": "30s", "face_shape": "oval", "upper_color": "red"}
    assert asked.subject == SUBJECT_PORTRAIT
    assert asked.num_images == 2
    assert asked.prompt == result.prompt
    assert "키가 크고 절뚝거림" in asked.prompt
    assert "키가 크고 절뚝거림" in world.files["report.html"].decode()


async def test_case1_tells_which_frame_says_otherwise() -> None:
    world = World(StatedModels(seen=SEEN))
    result = (await case1.run(world, request(world))).case1
    color = next(item for item in result.attributes if item.topic == "upper_color")
    assert (color.value, list(color.frames)) == ("red", [1])
    assert [(other.frame, other.value) for other in color.disagreements] == [(2, "orange")]
    assert color.confidence < 0.8
    assert "2번 화면은 다름: 주황색" in world.files["report.html"].decode()


async def test_a_failing_enhancement_costs_a_warning_and_not_the_case() -> None:
    world = World(StatedModels(seen=SEEN, refuse={UpscaleRequest: "NOT_SUPPORTED_BY_MODEL"}))
    answer = await case1.run(world, request(world))
    assert [frame.enhanced for frame in answer.case1.frames] == ["", ""]
    assert len(answer.warnings) == 2
    assert all("화질" in warning for warning in answer.warnings)
    assert [reason for reason, _ in world.notices] == ["NO_ENHANCEMENT", "NO_ENHANCEMENT"]
    assert len(answer.case1.montages) == 3


async def test_a_missing_face_service_costs_one_warning() -> None:
    world = World(StatedModels(seen=SEEN, refuse={DetectFacesRequest: "NOT_SUPPORTED_BY_MODEL"}))
    answer = await case1.run(world, request(world, enhance=False))
    assert len(answer.warnings) == 1
    assert "enhance" not in world.begun


async def test_case1_warns_when_the_face_is_drawn_from_defaults() -> None:
    world = World(StatedModels(seen={ONE: {"hair_color": ("brown", "갈색", 0.9)}}))
    (warning,) = (await case1.run(world, request(world))).warnings
    assert "머리 색" in warning
    assert "성별" in warning
    nothing = World(StatedModels())
    (warning,) = (await case1.run(nothing, request(nothing))).warnings
    assert "기본값" in warning


async def test_case1_asks_own_questions_within_the_limit_of_one_request() -> None:
    own = [Question(text=f"질문 {number}?") for number in range(100)]
    world = World(StatedModels(seen={ONE: {"질문 3?": ("yes", "네", None)}}))
    result = (await case1.run(world, request(world, questions=own))).case1
    sizes = [len(asked.questions) for asked in world.asked if isinstance(asked, AnswerRequest)]
    assert max(sizes) <= 100
    own_answer = next(item for item in result.attributes if item.label == "질문 3?")
    assert own_answer.text == "네"
    assert sum(item.label.startswith("질문") for item in result.attributes) == 100


async def test_case1_repeats_the_same_calls_and_files_when_it_runs_again() -> None:
    runs = []
    for _ in range(2):
        world = World(StatedModels(seen=SEEN, faces={ONE: [face(20, 10, 40)]}))
        answer = await case1.run(world, request(world))
        runs.append((answer, [asked.SerializeToString(deterministic=True) for asked in world.asked], world.files))
    assert runs[0] == runs[1]


async def test_case1_speaks_english_on_request() -> None:
    world = World(StatedModels(seen={ONE: {"upper_color": ("red", "red", 0.9)}}), language="en")
    answer = await case1.run(world, request(world))
    report = world.files["report.html"].decode()
    assert answer.summary.isascii()
    assert all(warning.isascii() for warning in answer.warnings)
    assert '<html lang="en">' in report
    assert "A lead, not evidence" in report
    assert answer.case1.attributes[0].label.isascii()


async def test_report_data_holds_the_result() -> None:
    world = World(StatedModels(seen=SEEN))
    await case1.run(world, request(world))
    data = json.loads(world.files["report.json"])
    assert data["job"] == "jb_test"
    assert len(data["result"]["case1"]["montages"]) == 3
    assert {artifact["name"] for artifact in data["artifacts"]} >= {"original_01.png", "montage_01.png"}
