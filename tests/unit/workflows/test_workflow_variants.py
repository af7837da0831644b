from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.workflows.prompts import drawable, montage_prompt
from services.orchestrator.workflows.texts import has
from services.orchestrator.workflows.variants import Variant, variants

VALUES = {
    "gender": ["male", "female", "남성", "여성"],
    "age": ["30s", "7", "70대"],
    "hair_color": ["black", "갈색"],
    "hair_style": ["short", "긴 머리", "bald", "ponytail", "짧은 생머리, 옆 가르마"],
    "glasses": ["none", "round glasses", "안경을 쓰지 않음"],
    "headwear": ["none", "baseball cap", "모자 없음"],
    "upper_color": ["red", "검은색"],
    "upper_type": ["shirt", "패딩"],
    "clothing": ["red top, black bottom", "red hoodie and jeans", "파란색 셔츠, 검은색 바지"],
    "features": ["limps", "wears a cap", "대머리"],
}
people = st.fixed_dictionaries({}, optional={topic: st.sampled_from(values) for topic, values in VALUES.items()})
notes = st.sampled_from(["", "키가 크고 절뚝거림", "안경을 끼고 모자를 썼다고 함", "long hair, red jacket", "검은색 긴 머리, 앞머리 있음"])
doubts = st.sets(st.sampled_from(["hair_style", "glasses", "headwear", "upper_type"]))
counts = st.integers(1, 8)


@given(people, counts, doubts, notes)
def test_a_variant_never_changes_what_is_known_or_doubted(known: dict[str, str], count: int, doubtful: set[str], words: str) -> None:
    for variant in variants(known, count, doubtful=doubtful, notes=words):
        assert not variant.added.keys() & (known.keys() | doubtful)
        assert {**known, **variant.added}.items() >= known.items()


@given(people, counts, doubts, notes)
def test_there_are_as_many_variants_as_asked_for_and_the_first_adds_nothing(
    known: dict[str, str], count: int, doubtful: set[str], words: str
) -> None:
    made = variants(known, count, doubtful=doubtful, notes=words)
    assert len(made) == count
    assert made[0] == Variant()


@given(people, counts, doubts, notes)
def test_variants_differ_until_nothing_is_left_open(known: dict[str, str], count: int, doubtful: set[str], words: str) -> None:
    made = variants(known, count, doubtful=doubtful, notes=words)
    told = [variant for variant in made[1:] if variant.points]
    assert len({(variant.points, tuple(sorted(variant.added.items()))) for variant in told}) == len(told)
    assert len({frozenset(variant.added.items()) for variant in told}) == len(told)
    # Repetitions come last, and only when one more would repeat as well.
    assert made[1 : 1 + len(told)] == told
    if len(told) < count - 1:
        assert len([variant for variant in variants(known, count + 5, doubtful=doubtful, notes=words) if variant.points]) == len(told)


@given(people, counts, notes)
def test_the_prompt_of_each_variant_tells_its_points_and_all_that_is_known(known: dict[str, str], count: int, words: str) -> None:
    plain, _ = montage_prompt(known, words)
    for variant in variants(known, count, notes=words):
        prompt, _ = montage_prompt({**known, **variant.added}, words)
        assert drawable(variant.added) == variant.added
        assert set(plain.split(", ")) <= set(prompt.split(", "))
        assert all(value in prompt for value in variant.added.values())


@given(people, counts, notes)
def test_every_point_has_words(known: dict[str, str], count: int, words: str) -> None:
    assert all(has(f"variant.{point}") for variant in variants(known, count, notes=words) for point in variant.points)


def test_hair_and_clothing_come_first() -> None:
    assert [variant.points for variant in variants({"gender": "female"}, 5)] == [
        (),
        ("short_hair",),
        ("jacket",),
        ("glasses",),
        ("cap",),
    ]
    assert variants({"gender": "남성"}, 2)[1].points == ("medium_hair",)
    assert variants({}, 2, notes="60대 남성이라고 함")[1].points == ("medium_hair",)


def test_of_hair_that_is_known_only_the_parting_is_varied() -> None:
    known = {"hair_style": "short", "upper_type": "shirt", "glasses": "none", "headwear": "none"}
    open_hat = {topic: value for topic, value in known.items() if topic != "headwear"}
    assert [variant.points for variant in variants(open_hat, 3)] == [(), ("side_parting",), ("cap",)]
    assert [variant.points for variant in variants(known, 2)] == [(), ("side_parting",)]
    hidden = {**known, "headwear": "baseball cap"}
    assert [variant.points for variant in variants(hidden, 2)] == [(), ()]


@pytest.mark.parametrize("style", ["bald", "대머리", "crew cut", "스포츠 머리", "bob with bangs", "옆 가르마를 탄 머리"])
def test_hair_that_has_no_parting_or_a_known_one_gets_no_other(style: str) -> None:
    points = {point for variant in variants({"hair_style": style}, 8) for point in variant.points}
    assert not points & {"side_parting", "middle_parting", "bangs"}


@pytest.mark.parametrize(
    ("notes", "kept"),
    [
        ("안경을 썼다고 함", "glasses"),
        ("not wearing glasses", "glasses"),
        ("빨간 모자", "headwear"),
        ("검은 패딩을 입음", "upper_type"),
        ("머리가 짧다고 함", "hair_style"),
        ("shoulder-length hair", "hair_style"),
    ],
)
def test_what_the_notes_speak_of_is_left_to_them(notes: str, kept: str) -> None:
    assert not any(kept in variant.added for variant in variants({}, 8, notes=notes))


def test_clothing_that_only_names_colors_leaves_the_garment_open() -> None:
    composed = {"clothing": "red top, black bottom", "upper_color": "red", "lower_color": "black"}
    assert any("upper_type" in variant.added for variant in variants(composed, 4))
    told = {**composed, "clothing": "red hoodie, black bottom"}
    assert not any("upper_type" in variant.added for variant in variants(told, 4))
