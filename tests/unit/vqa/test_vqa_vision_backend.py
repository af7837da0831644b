from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from skimage import data
from vqa_figures import BLACK, RED, draw_figure, small_astronaut, small_coffee

from services.common.backend import Cancelled, ModelSpec
from services.common.picture import Picture
from services.common.questions import TOPICS
from services.vqa.backend import AnswerTask, Question
from services.vqa.backends.vision.backend import MEASURES
from tests.default_models import make


class Listener:
    """Records reports and, when told to, leaves at the first report of a stage."""

    def __init__(self, leave_at: str = "") -> None:
        self.reports: list[tuple[str, int, int]] = []
        self.leave_at = leave_at

    def report(self, stage, step, total, preview=None):
        self.reports.append((stage, step, total))
        if stage == self.leave_at:
            raise Cancelled


def task(pixels, *questions, language="en", monitor=None):
    return AnswerTask(picture=Picture(pixels=pixels), questions=questions, language=language, monitor=monitor or Listener())


def every_topic():
    return tuple(Question(topic=topic.key, text=topic.question_ko) for topic in TOPICS)


def test_an_unknown_family_is_refused_by_name():
    spec = ModelSpec(name="x", backend="crystal-ball", revision="1", licence="MIT", commercial_use=True, memory_bytes=0)
    with pytest.raises(ValueError, match=r"crystal-ball.*vision"):
        make("vqa", spec)


def test_asking_before_loading_is_an_error():
    with pytest.raises(RuntimeError, match="before it was loaded"):
        make("vqa").answer([task(small_coffee())])


def test_a_backend_can_be_loaded_again_after_unloading():
    backend = make("vqa")
    for _ in range(2):
        backend.load()
        assert backend.answer([task(small_coffee(), Question(topic="resolution", text=""))])[0][0].value == "300x200"
        backend.unload()


def test_each_task_gets_an_answer_to_each_question_in_its_own_language(vision):
    color, age = Question(topic="upper_color", text=""), Question(topic="age", text="")
    tasks = [task(draw_figure(RED, BLACK), color, age, language="ko"), task(draw_figure(BLACK, RED), age, color, color)]
    first, second = vision.answer(tasks)
    assert [answer.text for answer in first] == ["빨간색", "알 수 없음"]
    assert [answer.text for answer in second] == ["unknown", "black", "black"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_known_is_complete_and_what_is_not_says_why(vision, language):
    answers = vision.answer([task(draw_figure(RED, BLACK), *every_topic(), language=language)])[0]
    for topic, answer in zip(TOPICS, answers, strict=True):
        assert answer.method, topic.key
        korean = any("가" <= letter <= "힣" for letter in answer.method)
        assert korean == (language == "ko"), topic.key
        if answer.known:
            assert topic.key in MEASURES
            assert answer.value, topic.key
            assert answer.text, topic.key
            assert 0 < answer.confidence <= 1, topic.key
        else:
            assert (answer.value, answer.confidence, answer.boxes) == ("", None, ()), topic.key


@pytest.mark.parametrize("topic", ["age", "gender", "build", "gait", "weather", "glasses", "upper_type", "signs"])
def test_what_cannot_be_measured_is_left_to_language_models(ask, topic):
    answer = ask(data.astronaut(), topic)[topic]
    assert (answer.known, answer.text) == (False, "unknown")
    assert "paligemma" in answer.method


def test_skin_tone_is_not_guessed_from_an_uncalibrated_picture(ask):
    answer = ask(data.astronaut(), "skin_tone")["skin_tone"]
    assert not answer.known
    assert "calibration" in answer.method


def test_a_question_without_a_topic_is_answered_when_it_clearly_names_one(vision):
    expected = {
        "상의는 무슨 색입니까?": "red",
        "What color is the top?": "red",
        "  what COLOR is the   top ": "red",
        "What colour is the person's jacket?": "red",
        "바지 색이 뭐예요?": "black",
        "How many people are visible in this image?": "1",
        "이 사람은 혼자인가요?": "alone",
        "Is the person alone?": "alone",
        "해상도는?": "270x360",
        "What is this person wearing?": "red top, black bottom",
    }
    questions = (Question(topic="", text=text) for text in expected)
    answers = vision.answer([task(draw_figure(RED, BLACK), *questions)])[0]
    assert dict(zip(expected, [answer.value for answer in answers], strict=True)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Is this person happy?",
        "What color are the shirt and the hair?",
        "이 사람의 직업은?",
        "What color is the car?",
        "Is the top floor lit?",
    ],
)
def test_a_question_that_names_no_topic_or_several_is_unknown(vision, text):
    answer = vision.answer([task(draw_figure(RED, BLACK), Question(topic="", text=text))])[0][0]
    assert (answer.known, answer.value) == (False, "")


@pytest.mark.parametrize("stage", ["background", "faces", "profiles", "people", "light", "sharpness", "noise", "compression", "answer"])
def test_leaving_stops_the_work_at_the_next_stage(vision, stage):
    listener = Listener(leave_at=stage)
    with pytest.raises(Cancelled):
        vision.answer([task(small_astronaut(), *every_topic(), monitor=listener)])
    assert [report[0] for report in listener.reports].count(stage) == 1
    assert listener.reports[-1][0] == stage


def test_leaving_during_a_detection_does_not_block_the_next_task(vision):
    with pytest.raises(Cancelled):
        vision.answer([task(small_astronaut(), Question(topic="face_count", text=""), monitor=Listener(leave_at="profiles"))])
    assert vision.answer([task(small_astronaut(), Question(topic="face_count", text=""))])[0][0].value == "1"


def test_everything_is_measured_once_and_only_when_asked(vision):
    listener = Listener()
    vision.answer([task(small_astronaut(), *every_topic(), *every_topic(), monitor=listener)])
    finished = [stage for stage, step, total in listener.reports if step == total == 1]
    assert len(finished) == len(set(finished))
    listener = Listener()
    vision.answer([task(small_astronaut(), Question(topic="noise", text=""), monitor=listener)])
    assert {stage for stage, *_ in listener.reports} == {"answer", "noise"}


def test_the_same_picture_gets_the_same_answers(vision):
    cv2.setRNGSeed(1)
    first = vision.answer([task(small_astronaut(), *every_topic())])
    cv2.setRNGSeed(2)
    assert vision.answer([task(small_astronaut(), *every_topic())]) == first


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 4), (17, 2000), (2000, 17), (31, 31), (64, 64)], ids=str)
@pytest.mark.parametrize("fill", ["black", "white", "noise"])
def test_odd_shapes_are_answered_without_errors(vision, shape, fill):
    pixels = np.full((*shape, 3), 255 if fill == "white" else 0, np.uint8)
    if fill == "noise":
        pixels = np.random.default_rng(0).integers(0, 256, pixels.shape, dtype=np.uint8)
    answers = dict(zip([topic.key for topic in TOPICS], vision.answer([task(pixels, *every_topic())])[0], strict=True))
    assert answers["resolution"].value == f"{shape[1]}x{shape[0]}"
    assert not answers["upper_color"].known


def test_fifty_megapixels_are_answered_in_bounded_time(vision):
    large = cv2.resize(data.astronaut(), (7000, 7100), interpolation=cv2.INTER_NEAREST)
    started = time.process_time()
    answers = vision.answer([task(large, *every_topic())])[0]
    assert time.process_time() - started < 20  # a few seconds on a core of its own; room for a slow machine
    (face,) = answers[[topic.key for topic in TOPICS].index("face_count")].boxes
    assert 900 < face.width < 1800
