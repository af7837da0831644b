from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.workflows.english import english


@pytest.mark.parametrize(
    ("korean", "expected"),
    [
        ("20대 중반 여성, 검은 긴 머리, 안경을 쓰지 않음", "mid 20s female, black long hair, no glasses"),
        ("파란색 셔츠, 검은색 바지", "blue shirt, black trousers"),
        ("파란 셔츠에 검은 바지", "blue shirt and black trousers"),
        ("흑색 짧은머리", "black short hair"),
        ("왼쪽 볼에 흉터", "left cheek: scar"),
        ("뿔테안경을 쓰고 있음", "horn-rimmed glasses worn"),
        ("수염 없음", "no beard"),
        ("안경을 안 씀", "no glasses"),
        ("175cm 보통 체격", "175cm average build"),
        ("만 66세", "66 years old"),
        ("정장차림", "formal suit"),
    ],
)
def test_what_people_say_of_looks_becomes_english(korean: str, expected: str) -> None:
    assert english(korean) == expected


def test_a_piece_with_an_unknown_word_stays_as_it_was_said_and_the_others_do_not() -> None:
    assert english("검은 바지, 거북이 문양 브로치, 흰색 운동화") == "black trousers, 거북이 문양 브로치, white sneakers"


def test_a_denial_is_never_turned_into_its_opposite() -> None:
    for said in ("안경 미착용", "안경을 착용하지 않음", "안경 없이", "안경은 안 쓴다"):
        assert english(said) in {"no glasses", said}


@given(st.text(st.characters(categories=["L", "N"], max_codepoint=0x24F, include_characters=" ,.-"), max_size=60))
def test_what_is_not_korean_stays(text: str) -> None:
    assert english(text) == text


@given(
    st.lists(
        st.text("가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호 0123456789cmkg", min_size=1),
        max_size=5,
    )
)
def test_every_piece_is_translated_whole_or_kept_whole(pieces: list[str]) -> None:
    said = ",".join(pieces)
    told = english(said)
    for piece in re.split(r",", told):
        if re.search(r"[가-힣]", piece):
            assert re.sub(r"\s+", " ", piece).strip() in re.sub(r"\s+", " ", said)


@given(st.text("0123456789 세살대cm", max_size=12))
def test_no_number_is_lost_or_made_up(text: str) -> None:
    assert re.findall(r"\d", english(text)) == re.findall(r"\d", text)
