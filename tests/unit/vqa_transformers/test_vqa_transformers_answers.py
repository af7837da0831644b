"""From what a model wrote to an answer for a reader and one that compares."""

from __future__ import annotations

import pytest

from services.common.colors import COLORS
from services.common.questions import BY_KEY
from services.vqa.backends.transformers.answers import answer_of


def answered(text: str, topic: str = "", language: str = "ko", *, finished: bool = True):
    return answer_of(text, confidence=0.8, finished=finished, topic=BY_KEY.get(topic), language=language)


@pytest.mark.parametrize(
    ("said", "topic", "value", "korean"),
    [
        ("Red.", "upper_color", "red", "빨간색"),
        ("grey", "hair_color", "gray", "회색"),
        ("The shirt is dark blue", "upper_color", "navy", "남색"),
        ("black and white", "upper_color", "black, white", "검은색, 흰색"),
        ("Yes", "glasses", "yes", "예"),
        ("no", "bag", "no", "아니요"),
        ("2", "people_count", "2", "2명"),
        ("Two", "people_count", "2", "2명"),
        ("None", "people_count", "0", "0명"),
        ("one", "face_count", "1", "1개"),
        ("A man", "gender", "male", "남성"),
        ("woman", "gender", "female", "여성"),
        ("Outside", "location_type", "outdoors", "실외"),
        ("autumn", "season", "fall", "가을"),
        ("35", "age", "35", "35"),
        ("blue", "", "blue", "파란색"),
    ],
)
def test_known_words_are_canonical_and_korean(said: str, topic: str, value: str, korean: str) -> None:
    answer = answered(said, topic)
    assert (answer.value, answer.text, answer.known, answer.confidence, answer.method) == (value, korean, True, 0.8, "")


def test_every_named_color_is_translated() -> None:
    assert {answered(color.key, "upper_color").text for color in COLORS} == {color.korean for color in COLORS}


def test_what_has_no_korean_word_stays_english_and_says_so() -> None:
    answer = answered("A leather jacket.", "upper_type")
    assert (answer.text, answer.value) == ("A leather jacket.", "leather jacket")
    assert answer.method == "모델이 영어로 답했고, 번역하지 않았습니다."
    assert answered("A leather jacket.", "upper_type", "en").method == ""


def test_a_korean_answer_stays_as_it_is() -> None:
    answer = answered("가죽 재킷")
    assert (answer.text, answer.value, answer.method) == ("가죽 재킷", "가죽 재킷", "")


def test_english_readers_get_the_models_own_words() -> None:
    answer = answered("The hair is  brown.", "hair_color", "en")
    assert (answer.text, answer.value, answer.method) == ("The hair is brown.", "brown", "")


@pytest.mark.parametrize(
    "said",
    [
        "unanswerable",
        "Unknown.",
        "I don't know",
        "I don’t know.",
        "not visible",
        "It is not visible in the image",
        "N/A",
        "cannot tell",
        "",
        " \n",
    ],
)
@pytest.mark.parametrize(("language", "text"), [("ko", "알 수 없음"), ("en", "unknown")])
def test_no_answer_is_unknown_and_says_why(said: str, language: str, text: str) -> None:
    answer = answered(said, "hair_color", language)
    assert (answer.text, answer.value, answer.known, answer.confidence) == (text, "", False, None)
    assert answer.method


def test_none_is_an_answer() -> None:
    assert answered("none", "marks").text == "없음"


def test_a_cut_answer_says_so() -> None:
    assert "잘렸습니다" in answered("red", "upper_color", finished=False).method
    assert answered("red", "upper_color", "en", finished=False).method == "The answer was cut at the limit of its length."
