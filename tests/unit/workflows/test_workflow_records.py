from __future__ import annotations

from datetime import date

import pytest
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from dasibom.orchestrator.v1.input_pb2 import AGE_BASIS_NOW, AGE_BASIS_THEN, AGE_BASIS_UNSPECIFIED, PersonInfo
from services.orchestrator.workflows.ages import depicted_age
from services.orchestrator.workflows.records import MissingRecord, photo_of, read_record, told_by

TODAY = date(2026, 3, 14)
FIELDS = (
    "sexdstnDscd height bdwgh frmDscd faceshpeDscd hairshpeDscd haircolrDscd alldressingDscd etcSpfeatr age ageNow fileUrl occrde".split()
)


def record(**fields: object) -> Struct:
    return json_format.ParseDict(fields, Struct())


def test_numbers_read_the_same_as_numbers_and_as_strings() -> None:
    as_strings = read_record(record(age="26", ageNow="66", height="172", bdwgh="68"))
    as_numbers = read_record(record(age=26, ageNow=66, height=172, bdwgh=68))
    assert as_strings == as_numbers
    assert (as_strings.age_then, as_strings.age_now) == (26, 66)
    assert as_strings.info == PersonInfo(height="172cm", build="68kg")


def test_both_spellings_of_the_target_code_are_read() -> None:
    assert read_record(record(wrtngTrgetDscd="070")).target == read_record(record(writngTrgetDscd="070")).target == "070"


@pytest.mark.parametrize("unknown", ["불상", "", " ", "미상", None])
@pytest.mark.parametrize("name", [name for name in FIELDS if name not in {"age", "ageNow"}])
def test_what_is_unknown_says_nothing(name: str, unknown: str | None) -> None:
    assert read_record(record(**{name: unknown})) == MissingRecord()


def test_numbers_that_nobody_can_be_are_passed_over() -> None:
    read = read_record(record(age="999", height="0", bdwgh="많음", ageNow=-3))
    assert read == MissingRecord()


def test_a_newborn_is_zero_years_old() -> None:
    assert read_record(record(age=0)).age_then == 0


def test_hair_clothing_and_features_become_the_forms_words() -> None:
    read = read_record(
        record(haircolrDscd="흑색", hairshpeDscd="스포츠형", alldressingDscd="캐주얼차림", etcSpfeatr="왼쪽 볼에 점", faceshpeDscd="계란형")
    )
    assert read.info == PersonInfo(hair="흑색 스포츠형", clothing="캐주얼차림", additional_info="왼쪽 볼에 점, 얼굴형 계란형")


def test_a_photo_is_an_address_of_the_web_or_of_s3_and_nothing_else() -> None:
    for address in (
        "https://www.safe182.go.kr/api/lcm/imgView.do?msspsnIdntfccd=1",
        "s3://bucket/inputs/missing-person-1/low face (3).jpg",
    ):
        assert photo_of(record(fileUrl=address)) == address
    for address in ("/etc/passwd", "file:///etc/passwd", "javascript:alert(1)", None, 7):
        assert photo_of(record(fileUrl=address)) == ""


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(st.none(), st.booleans(), st.integers(-5, 500), st.text(max_size=20)), max_size=12)
)
def test_no_record_is_too_odd_to_read(fields: dict[str, object]) -> None:
    read = read_record(record(**fields))
    for value in (read.info.gender, read.info.clothing):
        assert not value or value in {str(said).strip() for said in fields.values()}


def test_the_form_wins_and_the_record_fills_up() -> None:
    told = told_by(PersonInfo(hair="긴 머리", gender=" "), read_record(record(sexdstnDscd="여자", haircolrDscd="흑색")))
    assert told == PersonInfo(gender="여자", hair="긴 머리")


def test_todays_age_is_the_stated_one_or_counted_from_the_day() -> None:
    assert read_record(record(age=26, ageNow=66)).years_now(TODAY) == 66
    assert read_record(record(age=26, occrde="20200314")).years_now(TODAY) == 32
    assert read_record(record(age=26, occrde="2020-03-15")).years_now(TODAY) == 31
    assert read_record(record(age=26)).years_now(TODAY) is None
    assert read_record(record(age=26, occrde="20300101")).years_now(TODAY) is None


def test_the_age_of_then_is_drawn_unless_todays_is_asked_for() -> None:
    long_ago = read_record(record(age=26, ageNow=66))
    for basis in (AGE_BASIS_UNSPECIFIED, AGE_BASIS_THEN):
        age = depicted_age("", long_ago, basis, today=TODAY)
        assert (age.basis, age.text, age.years_progressed, age.problem) == (AGE_BASIS_THEN, "26세", 0, "age_then_drawn")
    age = depicted_age("", long_ago, AGE_BASIS_NOW, today=TODAY)
    assert (age.text, age.years_progressed, age.problem) == ("66세", 40, "")


def test_todays_age_that_nobody_knows_falls_back_to_then_and_says_so() -> None:
    age = depicted_age("20대 중반", MissingRecord(), AGE_BASIS_NOW, today=TODAY)
    assert (age.basis, age.text, age.problem) == (AGE_BASIS_THEN, "20대 중반", "age_now_unknown")
