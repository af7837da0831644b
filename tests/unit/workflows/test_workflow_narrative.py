from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasibom.orchestrator.v1.result_pb2 import Attribute, Case3Result
from services.common.colors import COLORS
from services.orchestrator.workflows.narrative import findings, inventions


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("밤에 검은색 상의를 입었습니다.", []),
        ("밤에 까만 상의를 입었고 신뢰도는 80%입니다.", []),  # another word for the same color
        ("밤에 노란색 상의를 입었습니다.", ["노란색"]),
        ("검은색 상의, 20대로 보입니다.", ["20"]),
        ("검은색 상의와 붉은 가방, 1.75 m.", ["1.75", "빨간색"]),
    ],
)
def test_numbers_and_colors_that_were_not_found_are_caught(text: str, added: list[str]) -> None:
    assert inventions(text, "- 상의 색: 검은색 (80%)\n- 촬영 시간대: 밤\n", "ko") == added


values = st.sampled_from([color.korean for color in COLORS] + [color.key for color in COLORS] + ["175cm", "30대 후반", "3명"])


@given(st.lists(values, min_size=1, max_size=6))
def test_words_made_of_the_findings_alone_are_no_inventions(told: list[str]) -> None:
    result = Case3Result(attributes=[Attribute(topic=f"t{index}", label="항목", text=text, known=True) for index, text in enumerate(told)])
    assert inventions(", ".join(reversed(told)), findings(result, "ko"), "ko") == []


def test_what_is_not_known_and_the_pictures_quality_are_not_told() -> None:
    result = Case3Result(
        attributes=[
            Attribute(label="날씨", text="알 수 없음"),
            Attribute(label="해상도", text="640×360", category="image", known=True),
            Attribute(label="상의 색", text="빨간색", category="clothing", known=True, confidence=0.9),
        ]
    )
    assert findings(result, "ko") == "- 상의 색: 빨간색 (90%)\n"
