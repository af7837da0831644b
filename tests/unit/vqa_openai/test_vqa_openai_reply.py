"""A reply is read while it arrives, whatever its form, and nothing in it makes the reading fail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.vqa.backend import Answer
from services.vqa.backends.openai.reply import Reply, ReplyTooLong

ENTRIES = [
    {"index": 1, "known": True, "value": "red", "text": "빨간색 {밝은}", "confidence": 0.75},
    {"index": 2, "known": False, "value": "", "text": "", "confidence": None},
    {"index": 3, "known": True, "value": "2", "text": "두 명", "confidence": 1},
]
RED = Answer(text="빨간색 {밝은}", value="red", known=True, confidence=0.75, method="")
UNKNOWN = Answer(text="알 수 없음", value="", known=False, confidence=None, method="")
TWO = Answer(text="두 명", value="2", known=True, confidence=1.0, method="")


def read(text: str, questions: int = 3, piece: int = 10_000) -> list[Answer]:
    reply = Reply(questions)
    for start in range(0, len(text), piece):
        reply.feed(text[start : start + piece])
    return reply.answers("ko")


def value_of(entry: object) -> Answer:
    return read(json.dumps({"answers": [entry]}), questions=1)[0]


WRAPPINGS = {
    "as asked": "{}",
    "in a code fence": "```json\n{}\n```",
    "between words": "Here is what I see {{in short}}: {} Hope that helps {{a lot}}!",
    "after thoughts": '<think>The form is {{"answers": [...]}}, so</think>{}',
}


@pytest.mark.parametrize("wrapping", WRAPPINGS.values(), ids=WRAPPINGS)
@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize("indent", [None, 2])
def test_answers_are_found_in_any_wrapping_and_any_pieces(wrapping: str, piece: int, indent: int | None) -> None:
    text = wrapping.format(json.dumps({"answers": ENTRIES}, ensure_ascii=False, indent=indent))
    assert read(text, piece=piece) == [RED, UNKNOWN, TWO]


def test_a_bare_list_and_a_single_object_are_answers_too() -> None:
    assert read(json.dumps(ENTRIES)) == [RED, UNKNOWN, TWO]
    assert read(json.dumps(ENTRIES[0]), questions=1) == [RED]


def test_an_answer_counts_as_soon_as_it_is_complete() -> None:
    reply = Reply(3)
    text = json.dumps({"answers": ENTRIES})
    counts = []
    for character in text:
        reply.feed(character)
        counts.append(reply.answered)
    ends = [text.index('"index": 2') - 4, text.index('"index": 3') - 4, len(text) - 3]
    assert [counts.index(number) for number in (1, 2, 3)] == ends
    assert reply.complete


def test_a_question_without_an_answer_is_unknown_and_says_why() -> None:
    first, second, third = read(json.dumps({"answers": ENTRIES[:1]})[:-2] + ', {"index": 2, "known": tr')
    assert first == RED
    for answer in (second, third):
        assert (answer.known, answer.value, answer.text) == (False, "", "알 수 없음")
        assert answer.method == "모델이 이 질문에 대한 답을 주지 않았습니다."


@pytest.mark.parametrize("index", [0, -1, 4, 10**30, "9", "x", True, None, 1.5, [1]])
def test_an_answer_to_a_question_that_was_not_asked_is_passed_over(index: object) -> None:
    answers = read(json.dumps({"answers": [{"index": index, "known": True, "value": "red", "text": "red"}]}))
    assert not any(answer.known for answer in answers)


def test_the_first_answer_to_a_question_counts() -> None:
    assert read(json.dumps([ENTRIES[0], {"index": 1, "known": True, "value": "blue", "text": "파란색"}]), questions=1) == [RED]


@pytest.mark.parametrize("value", ["", "unknown", "Not visible.", "N/A", None, [], {}, True])
def test_what_is_no_answer_is_unknown(value: object) -> None:
    assert value_of({"index": 1, "known": True, "value": value, "text": "x"}) == UNKNOWN


@pytest.mark.parametrize("known", [False, None, "true", 1])
def test_only_a_plain_true_makes_an_answer_known(known: object) -> None:
    assert value_of({"index": 1, "known": known, "value": "red", "text": "빨간색"}) == UNKNOWN


@pytest.mark.parametrize(("said", "confidence"), [(0, 0.0), (0.5, 0.5), (1, 1.0), (95, None), (-0.1, None), ("high", None), (True, None)])
def test_confidence_is_from_0_to_1_or_none(said: object, confidence: float | None) -> None:
    assert value_of({"index": 1, "known": True, "value": "red", "text": "빨간색", "confidence": said}).confidence == confidence


def test_numbers_are_values_and_a_missing_text_is_the_value() -> None:
    answer = value_of({"index": "1", "value": 3})
    assert (answer.known, answer.value, answer.text) == (True, "3", "3")


def test_unknown_is_said_in_the_language_asked_for() -> None:
    assert Reply(1).answers("en") == [
        Answer(text="unknown", value="", known=False, confidence=None, method="The model gave no answer to this question.")
    ]


@given(st.lists(st.sampled_from([*'{}[]":,\\ \n', "index", "answers", "1", "true", "빨강", '"value": "red"'])))
def test_no_text_breaks_the_reading(pieces: list[str]) -> None:
    reply = Reply(2)
    for piece in pieces:
        reply.feed(piece)
    assert len(reply.answers("ko")) == 2


def test_text_without_end_is_refused_and_not_kept() -> None:
    reply = Reply(1)
    for _ in range(20):
        reply.feed("x" * 10_000)
    with pytest.raises(ReplyTooLong):
        reply.feed("x")


def test_deep_nesting_is_no_answer() -> None:
    assert not read('{"index":' * 3000 + "1" + "}" * 3000, questions=1)[0].known
