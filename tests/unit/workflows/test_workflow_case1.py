from __future__ import annotations

import json

from workflow_world import StatedModels, World, face, picture

from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_PORTRAIT, GenerateRequest
from dasibom.faceswap.v1.face_swap_service_pb2 import DetectFacesRequest
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest, Question
from services.common import imaging
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
    TWO: {"upper_color": ("orange", "주황색", 0.4), "gender": ("female", "여성", 0.6), "sharpness": ("blurred", "흐림", 0.8)},
}
DRAWN = [picture(seed, 64, 96) for seed in (7, 8, 9)]  # what the stated model draws with the world's seed
FACES = {ONE: [face(20, 10, 40)], **{montage: [face(12, 20, 40)] for montage in DRAWN}}


def request(world: World, **options: object) -> SubmitCase1Request:
    return SubmitCase1Request(frames=[world.give("one.png", ONE), world.give("two.png", TWO)], **options)  # type: ignore[arg-type]


async def test_case1_makes_every_artifact_that_its_result_names() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES))
    answer = await case1.run(world, request(world))
    result = answer.case1
    assert [frame.original for frame in result.frames] == ["original_01.png", "original_02.png"]
    assert [frame.enhanced for frame in result.frames] == ["enhanced_01.png", "enhanced_02.png"]
    assert [montage.image for montage in result.montages] == ["montage_01.png", "montage_02.png", "montage_03.png"]
    assert [montage.drawing for montage in result.montages] == ["montage_01.svg", "montage_02.svg", "montage_03.svg"]
    assert [montage.seed for montage in result.montages] == [7, 8, 9]
    assert [montage.face for montage in result.montages] == ["montage_face_01.png", "montage_face_02.png", "montage_face_03.png"]
    assert [montage.refined_face for montage in result.montages] == ["refined_face_01.png", "refined_face_02.png", "refined_face_03.png"]
    assert result.report == "report.html"
    named = [result.report, *(name for frame in result.frames for name in (frame.original, frame.enhanced))]
    named += [name for montage in result.montages for name in (montage.image, montage.drawing, montage.face, montage.refined_face)]
    assert set(named) <= set(world.artifacts)
    assert world.begun == ["collect", "describe", "faces", "enhance", "montage", "refine", "report"]
    assert not answer.warnings


async def test_case1_saves_originals_untouched_and_marks_only_what_models_made() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES))
    await case1.run(world, request(world))
    assert world.files["original_01.png"] == ONE
    assert world.files["original_02.png"] == TWO
    made = {name for name, artifact in world.artifacts.items() if artifact.synthetic}
    assert made == {name for name in world.artifacts if name.startswith(("enhanced", "montage", "refined"))}


async def test_case1_asks_about_originals_and_never_about_enhanced_copies() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES))
    await case1.run(world, request(world))
    assert [asked.images[0].data for asked in world.asked if isinstance(asked, AnswerRequest)] == [ONE, TWO]
    assert [asked.image.data for asked in world.asked if isinstance(asked, DetectFacesRequest)] == [ONE, TWO, *DRAWN]
    enhanced = [asked.image.data for asked in world.asked if isinstance(asked, UpscaleRequest)]
    assert enhanced[:2] == [ONE, TWO]
    # Nothing that was enhanced is ever given to a model again.
    made = {data for name, data in world.files.items() if name.startswith(("enhanced", "refined"))}
    assert made.isdisjoint(enhanced)


async def test_case1_draws_by_the_merged_facts_about_the_person() -> None:
    world = World(StatedModels(seen=SEEN))
    result = (await case1.run(world, request(world, variants=2, notes="키가 크고 절뚝거림"))).case1
    asked, varied = [asked for asked in world.asked if isinstance(asked, GenerateRequest)]
    assert dict(asked.attributes) == {"gender": "female", "age": "30s", "face_shape": "oval", "upper_color": "red"}
    assert asked.subject == SUBJECT_PORTRAIT
    assert asked.prompt == result.prompt
    assert "키가 크고 절뚝거림" in asked.prompt
    assert "키가 크고 절뚝거림" in varied.prompt
    assert "키가 크고 절뚝거림" in world.files["report.html"].decode()


async def test_each_variant_is_asked_for_with_its_own_attributes_prompt_and_seed_and_says_what_it_is() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES))
    result = (await case1.run(world, request(world))).case1
    seen, hair, top = [asked for asked in world.asked if isinstance(asked, GenerateRequest)]
    assert [asked.seed for asked in (seen, hair, top)] == [7, 8, 9]
    assert dict(hair.attributes) == {**seen.attributes, "hair_style": "short hair"}
    assert dict(top.attributes) == {**seen.attributes, "upper_type": "jacket"}
    assert "hair style: short hair" in hair.prompt
    assert "top: jacket" in top.prompt
    words = [montage.variant for montage in result.montages]
    assert words == ["확인된 특징대로", "확인되지 않은 점을 바꿈: 짧은 머리", "확인되지 않은 점을 바꿈: 점퍼 차림"]
    made = [world.artifacts[montage.image] for montage in result.montages]
    assert [artifact.provenance.parameters["variant"] for artifact in made] == words
    assert [artifact.provenance.parameters["prompt"] for artifact in made] == [seen.prompt, hair.prompt, top.prompt]
    assert all(montage.variant in world.files["report.html"].decode() for montage in result.montages)


async def test_seeds_go_on_from_zero_after_the_last_one() -> None:
    world = World(StatedModels(seen=SEEN), seed=2**32 - 1)
    result = (await case1.run(world, request(world, variants=2))).case1
    assert [montage.seed for montage in result.montages] == [2**32 - 1, 0]


async def test_a_refined_face_tells_how_it_came_to_be() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES))
    montage = (await case1.run(world, request(world, variants=1))).case1.montages[0]
    crop, refined = world.artifacts[montage.face], world.artifacts[montage.refined_face]
    assert [origin.name for origin in crop.provenance.origins] == [montage.image]
    assert [origin.name for origin in refined.provenance.origins] == [montage.face]
    assert [model.service for model in refined.provenance.models] == ["diffusion", "faceswap", "superres"]
    assert refined.provenance.seed == 7
    small, large = imaging.decode(world.files[montage.face]), imaging.decode(world.files[montage.refined_face])
    assert (small.width, small.height) == (64, 64)  # the face with room on each side, cut off at the picture's edge
    assert (large.width, large.height) == (128, 128)


async def test_montages_without_a_face_stay_and_one_warning_names_them() -> None:
    world = World(StatedModels(seen=SEEN, faces={DRAWN[1]: [face(12, 20, 40)]}))
    answer = await case1.run(world, request(world))
    assert [bool(montage.face) for montage in answer.case1.montages] == [False, True, False]
    (warning,) = answer.warnings
    assert "몽타주 1, 3에서" in warning


async def test_without_a_model_to_refine_them_faces_are_only_cropped() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES, refuse={UpscaleRequest: "NOT_SUPPORTED_BY_MODEL"}))
    answer = await case1.run(world, request(world, enhance=False))
    assert all(montage.face and not montage.refined_face for montage in answer.case1.montages)
    (warning,) = answer.warnings
    assert "다듬지 못했습니다" in warning


async def test_faces_of_montages_are_left_alone_on_request() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES))
    answer = await case1.run(world, request(world, refine=False))
    assert "refine" not in world.begun
    assert not any(montage.face or montage.refined_face for montage in answer.case1.montages)
    assert not answer.warnings


async def test_each_frame_tells_its_own_quality_and_features() -> None:
    world = World(StatedModels(seen=SEEN))
    result = (await case1.run(world, request(world))).case1
    one, two = (frame.summary for frame in result.frames)
    assert one.startswith("화질은 알 수 없습니다. 확인된 특징: 성별: 여성")
    assert two.startswith("화질: 선명도 흐림. 확인된 특징: 성별: 여성")
    assert "sharpness" in {item.topic for item in result.frames[1].attributes if item.known}
    # One frame's blur is no feature of the person, and nothing that another frame could contradict.
    assert not [item.topic for item in result.attributes if item.category == "image"]


async def test_pictures_that_could_not_be_read_are_named_in_the_warnings() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES))
    answer = await case1.run(world, request(world, left_out=["깨진 사진.jpg: the picture is cut off"]))
    assert answer.warnings == ["폴더에서 읽지 못해 뺀 사진: 깨진 사진.jpg: the picture is cut off"]
    assert "깨진 사진.jpg" in world.files["report.html"].decode()


async def test_case1_tells_which_frame_says_otherwise() -> None:
    world = World(StatedModels(seen=SEEN))
    result = (await case1.run(world, request(world))).case1
    color = next(item for item in result.attributes if item.topic == "upper_color")
    assert (color.value, list(color.frames)) == ("red", [1])
    assert [(other.frame, other.value) for other in color.disagreements] == [(2, "orange")]
    assert color.confidence < 0.8
    assert "2번 화면은 다름: 주황색" in world.files["report.html"].decode()


async def test_a_failing_enhancement_costs_a_warning_and_not_the_case() -> None:
    world = World(StatedModels(seen=SEEN, faces=FACES, refuse={UpscaleRequest: "NOT_SUPPORTED_BY_MODEL"}))
    answer = await case1.run(world, request(world, refine=False))
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
    (warning,) = (await case1.run(world, request(world, refine=False))).warnings
    assert "머리 색" in warning
    assert "성별" in warning
    nothing = World(StatedModels())
    answer = await case1.run(nothing, request(nothing, refine=False))
    (warning,) = answer.warnings
    assert "기본값" in warning
    assert answer.case1.montages[0].variant == "모두 기본값"


async def test_case1_asks_own_questions_within_the_limit_of_one_request() -> None:
    own = [Question(text=f"질문 {number}?") for number in range(100)]
    world = World(StatedModels(seen={ONE: {"질문 3?": ("yes", "네", None)}}))
    result = (await case1.run(world, request(world, questions=own))).case1
    sizes = [len(asked.questions) for asked in world.asked if isinstance(asked, AnswerRequest)]
    assert max(sizes) <= 100
    own_answer = next(item for item in result.attributes if item.label == "질문 3?")
    assert own_answer.text == "네"
    assert sum(item.label.startswith("질문") for item in result.attributes) == 100


async def test_an_own_question_about_a_topic_of_ones_own_is_drawn_by_under_its_own_label() -> None:
    own = [Question(topic="hair", text="머리가 어떤가요?")]
    world = World(StatedModels(seen={ONE: {"hair": ("black bob", "검은 단발", 0.9)}}))
    answer = await case1.run(world, request(world, questions=own, refine=False))
    assert "black bob" in answer.case1.prompt
    assert "머리가 어떤가요?" in answer.warnings[0]


async def test_case1_repeats_the_same_calls_and_files_when_it_runs_again() -> None:
    runs = []
    for _ in range(2):
        world = World(StatedModels(seen=SEEN, faces=FACES))
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
    assert all(montage.variant.isascii() for montage in answer.case1.montages)
    assert all(frame.summary.isascii() for frame in answer.case1.frames)


async def test_report_data_holds_the_result() -> None:
    world = World(StatedModels(seen=SEEN))
    await case1.run(world, request(world))
    data = json.loads(world.files["report.json"])
    assert data["job"] == "jb_test"
    assert len(data["result"]["case1"]["montages"]) == 3
    assert {artifact["name"] for artifact in data["artifacts"]} >= {"original_01.png", "montage_01.png"}
