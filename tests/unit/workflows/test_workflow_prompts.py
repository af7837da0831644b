from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasibom.orchestrator.v1.input_pb2 import PersonInfo
from services.common.questions import BY_KEY, Category
from services.orchestrator.workflows.english import english
from services.orchestrator.workflows.prompts import (
    LONGEST,
    body_prompt,
    describe,
    drawable,
    facts_of_person,
    join,
    montage_prompt,
    topics_in,
)

TOPICS = sorted(drawable(dict.fromkeys([*BY_KEY, *(field.name for field in PersonInfo.DESCRIPTOR.fields)], "x")))
words = st.text(st.characters(categories=["L", "N"], include_characters=" {}%-"), min_size=1, max_size=30).filter(str.strip)
some_facts = st.dictionaries(st.sampled_from(TOPICS), words, max_size=12)


@given(some_facts)
def test_no_fact_is_lost(facts: dict[str, str]) -> None:
    text = describe(facts)
    for topic, value in facts.items():
        if topic != "clothing":  # which may be said by its parts
            assert english(value) in text


@given(st.sets(st.sampled_from(TOPICS)))
def test_nothing_is_said_that_the_facts_do_not_say(topics: set[str]) -> None:
    facts = {topic: f"<{number}>" for number, topic in enumerate(sorted(topics))}
    rest = re.sub(r"<\d+>", "", describe(facts))
    known_words = {"age", "build", "height", "face", "skin", "hair", "style", "top", "bottom", "wearing"}
    known_words |= {word for topic in TOPICS for word in topic.split("_")}
    assert set(rest.replace(",", " ").replace(":", " ").split()) <= known_words


def test_composed_clothing_is_left_out_only_when_its_parts_say_all_of_it() -> None:
    parts = {"upper_color": "red", "lower_color": "black"}
    assert describe({"clothing": "red top, black bottom", **parts}) == "red top, black bottom"
    assert "striped scarf" in describe({"clothing": "red top, striped scarf", **parts})


def test_facts_are_told_in_one_order_whatever_order_they_come_in() -> None:
    facts = {"shoes": "sneakers", "gender": "female", "hair_color": "black"}
    assert describe(facts) == describe(dict(reversed(facts.items()))) == "female, black hair, shoes: sneakers"


def test_a_montage_prompt_tells_all_facts_in_order_and_then_the_notes_in_english() -> None:
    facts = {
        "upper_color": "red",
        "upper_type": "hoodie",
        "hair_style": "short",
        "gender": "female",
        "hair_color": "black",
        "age": "30s",
        "glasses": "round",
        "logo": "white letters",
    }
    prompt, shortened = montage_prompt(facts, " 큰 키, 왼쪽 볼에 점, 모자를 쓰지 않음 ")
    assert prompt == (
        "police composite portrait of a missing person, frontal view, neutral expression, plain background, "
        "female, age 30s, black hair, hair style: short, glasses: round, red top, top: hoodie, logo: white letters, "
        "tall, left cheek: mole, no hat"
    )
    assert not shortened


def test_notes_that_no_lexicon_knows_are_told_as_they_are() -> None:
    prompt, _ = montage_prompt({}, "절뚝거리며 걷고 혼잣말을 함")
    assert prompt.endswith("plain background, 절뚝거리며 걷고 혼잣말을 함")


@given(some_facts, some_facts)
def test_more_facts_take_nothing_away_from_a_montage_prompt(facts: dict[str, str], more: dict[str, str]) -> None:
    before, after = montage_prompt(facts, "")[0], montage_prompt({**more, **facts}, "")[0]
    for topic, value in facts.items():
        if topic != "clothing" and english(value) in before:
            assert english(value) in after


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("검은 뿔테 안경", {"glasses"}),
        ("짧은 검은 머리", {"hair_style"}),
        ("머리 색은 갈색", {"hair_color"}),
        ("long wavy black hair", {"hair_style", "hair_color"}),
        ("빨간 모자와 청자켓", {"headwear", "upper_type"}),
        ("a black coat and a cap", {"upper_type", "headwear"}),
        ("왼쪽 볼에 흉터", {"marks"}),
        ("절뚝거림", set()),
    ],
)
def test_free_words_tell_which_topics_they_speak_of(text: str, topics: set[str]) -> None:
    assert topics_in(text) == topics


def test_a_prompt_keeps_within_what_a_service_accepts_and_says_when_it_was_cut() -> None:
    prompt, shortened = montage_prompt({"gender": "female"}, "머리에 점 " * 1000)
    assert shortened
    assert len(prompt) <= LONGEST
    assert "female" in prompt
    assert prompt.endswith(("머리에", "점", "mole", "hair:"))
    assert body_prompt({"additional_info": "점" * 5000})[1]
    assert not montage_prompt({"gender": "female"}, "짧은 설명")[1]


def test_the_form_becomes_facts_without_its_empty_fields() -> None:
    assert facts_of_person(PersonInfo(gender=" 여성 ", hair="", age="30대")) == {"gender": "여성", "age": "30대"}


@given(st.dictionaries(st.sampled_from([field.name for field in PersonInfo.DESCRIPTOR.fields]), words), some_facts)
def test_joining_keeps_every_word_of_the_form_and_invents_nothing(told: dict[str, str], seen: dict[str, str]) -> None:
    joined = join(told, seen)
    assert told.items() <= joined.items()
    assert joined.items() <= {**seen, **told}.items()


def test_what_the_form_settles_in_free_words_is_not_taken_from_the_photo() -> None:
    seen = {"glasses": "round", "hair_color": "brown", "nose": "small", "marks": "none", "gender": "male"}
    told = {"gender": "여성", "hair": "검은 단발", "additional_info": "안경 없음, 왼쪽 볼에 흉터"}
    assert join(told, seen) == {"nose": "small", **told}


def test_a_picture_of_a_person_shows_nothing_of_the_scene() -> None:
    scene = {Category.TIME, Category.PLACE, Category.ENVIRONMENT, Category.IMAGE}
    assert not [topic for topic in TOPICS if topic in BY_KEY and BY_KEY[topic].category in scene]


def test_a_word_that_the_fact_says_itself_is_not_said_again() -> None:
    assert describe({"build": "보통 체격, 68kg", "hair": "흑색 짧은머리"}) == "average build, 68kg, black short hair"
    assert describe({"build": "slim", "hair": "bob"}) == "slim build, hair: bob"
