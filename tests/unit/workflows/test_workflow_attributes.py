from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasibom.orchestrator.v1.result_pb2 import Attribute
from dasibom.vqa.v1.vqa_service_pb2 import Answer, Question
from services.common.questions import BY_KEY
from services.orchestrator.workflows.attributes import PERSON_TOPICS, TRUSTED, attribute_of, facts, feature_list, merge, questions_for


@st.composite
def attributes(draw: st.DrawFn) -> Attribute:
    value = draw(st.sampled_from(["red", "blue", "green", ""]))
    made = Attribute(topic=draw(st.sampled_from(["upper_color", "lower_color"])), value=value, text=f"text {value}", known=bool(value))
    if value and draw(st.booleans()):
        made.confidence = draw(st.floats(0, 1, width=32))
    return made


frames = st.lists(st.lists(attributes(), max_size=3, unique_by=lambda item: item.topic), max_size=5)


@given(frames)
def test_a_merged_value_is_one_that_a_frame_showed(seen: list[list[Attribute]]) -> None:
    for merged in merge(seen):
        assert merged.value in {item.value for frame in seen for item in frame if item.topic == merged.topic}


@given(frames)
def test_every_frame_that_knows_a_topic_agrees_or_is_listed_as_disagreeing(seen: list[list[Attribute]]) -> None:
    for merged in merge(seen):
        said = {number: item for number, frame in enumerate(seen, start=1) for item in frame if item.topic == merged.topic and item.known}
        differing = {other.frame: (other.value, other.text) for other in merged.disagreements}
        assert set(merged.frames) | set(differing) == set(said)
        assert not set(merged.frames) & set(differing)
        assert all(said[number].value == merged.value for number in merged.frames)
        assert all((said[number].value, said[number].text) == other for number, other in differing.items())


@st.composite
def anything_seen(draw: st.DrawFn) -> Attribute:
    """Also answers without a canonical value, and to questions without a topic."""
    topic = draw(st.sampled_from(["upper_color", "marks", ""]))
    label = f"질문 {draw(st.integers(1, 3))}?" if not topic else BY_KEY[topic].label_ko
    known = draw(st.booleans())
    made = Attribute(topic=topic, label=label, known=known)
    if known:
        made.text = draw(st.sampled_from(["빨간색", "파란색", "왼쪽 볼에 점", "없음"]))
        made.value = draw(st.sampled_from(["", made.text.encode().hex()]))
    if known and draw(st.booleans()):
        made.confidence = draw(st.floats(0, 1, width=32))
    return made


@given(st.lists(st.lists(anything_seen(), max_size=5, unique_by=lambda item: (item.topic, item.label)), max_size=5))
def test_merging_loses_no_value_invents_none_and_keeps_every_question(seen: list[list[Attribute]]) -> None:
    merged = merge(seen)
    asked = [(item.topic, item.label) for frame in seen for item in frame]
    assert [(item.topic, item.label) for item in merged] == list(dict.fromkeys(asked))
    for one in merged:
        said = {
            item.value or item.text for frame in seen for item in frame if (item.topic, item.label) == (one.topic, one.label) and item.known
        }
        told = {one.value or one.text} if one.known else set()
        assert told | {other.value or other.text for other in one.disagreements} == said


@given(frames)
def test_the_value_with_the_most_confidence_wins(seen: list[list[Attribute]]) -> None:
    for merged in merge(seen):
        votes: dict[str, float] = defaultdict(float)
        for frame in seen:
            for item in frame:
                if item.topic == merged.topic and item.known:
                    votes[item.value] += item.confidence if item.HasField("confidence") else 0.5
        if votes:
            assert votes[merged.value] == max(votes.values())


@given(frames)
def test_merging_never_makes_anything_surer_than_one_frame_showed_it(seen: list[list[Attribute]]) -> None:
    for merged in merge(seen):
        if merged.HasField("confidence"):
            alike = [item.confidence for frame in seen for item in frame if item.topic == merged.topic and item.value == merged.value]
            assert merged.confidence <= max(alike) + 1e-6


def test_disagreement_lowers_confidence_in_proportion() -> None:
    red = Attribute(topic="upper_color", value="red", known=True, confidence=0.6)
    blue = Attribute(topic="upper_color", value="blue", known=True, confidence=0.2)
    (merged,) = merge([[red], [blue]])
    assert merged.confidence == pytest.approx(0.6 * 0.75)
    (agreed,) = merge([[red], [red]])
    assert agreed.confidence == pytest.approx(0.6)


def test_questions_of_ones_own_stay_apart_by_their_words() -> None:
    one = Attribute(label="문이 열려 있습니까?", value="yes", known=True)
    two = Attribute(label="비가 옵니까?", value="no", known=True)
    assert [item.value for item in merge([[one, two], [one, two]])] == ["yes", "no"]


def test_an_own_wording_of_a_standard_topic_is_asked_instead_and_not_besides() -> None:
    own = [Question(topic="gender", text="남자인가요?"), Question(text="문?"), Question(text="문?")]
    questions = questions_for(["gender", "age"], "ko", own)
    assert [(item.topic, item.text) for item in questions] == [("gender", "남자인가요?"), ("age", BY_KEY["age"].question_ko), ("", "문?")]


def test_an_answer_becomes_an_attribute_with_the_label_of_the_language() -> None:
    answer = Answer(topic="upper_color", question="?", text="빨간색", value="red", known=True, confidence=0.5)
    assert attribute_of(answer, "ko", 2).label == "상의 색"
    assert attribute_of(answer, "en", 2).label == "Top color"
    assert list(attribute_of(answer, "ko", 2).frames) == [2]
    assert not attribute_of(Answer(topic="age", known=False), "ko", 2).frames


def test_what_is_doubtful_is_not_drawn_by() -> None:
    seen = [
        Attribute(topic="upper_color", value="red", known=True, confidence=TRUSTED),
        Attribute(topic="lower_color", value="blue", known=True, confidence=TRUSTED - 0.01),
        Attribute(topic="glasses", text="둥근 안경", known=True),
        Attribute(topic="age", value="30s", known=False),
    ]
    assert facts(seen) == {"upper_color": "red", "glasses": "둥근 안경"}


def test_the_summary_lists_the_surest_features_and_leaves_doubtful_ones_out() -> None:
    seen = [
        Attribute(topic="upper_color", label="상의 색", text="빨간색", category="clothing", known=True, confidence=0.5),
        Attribute(topic="gender", label="성별", text="여성", category="person", known=True, confidence=0.9),
        Attribute(topic="age", label="추정 나이", text="30대", category="person", known=True, confidence=0.1),
    ]
    assert feature_list(seen, "ko") == "확인된 특징: 성별: 여성, 상의 색: 빨간색."
    assert feature_list([], "en") == "No feature of the person could be told from the pictures."


def test_every_topic_that_is_asked_is_in_the_catalogue() -> None:
    assert set(PERSON_TOPICS) <= set(BY_KEY)
