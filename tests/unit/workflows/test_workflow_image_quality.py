from __future__ import annotations

import numpy as np
import pytest

from dasibom.common.v1.image_pb2 import Box
from dasibom.orchestrator.v1.result_pb2 import Attribute
from services.orchestrator.workflows.image_quality import Figures, defects, in_words, measure

GOOD = Figures(width=1920, height=1080, face_width=200.0, lightness=120.0, contrast=180.0)


def said(**values: str) -> list[Attribute]:
    return [Attribute(topic=topic, value=value, text=value, known=True) for topic, value in values.items()]


def test_a_good_picture_has_no_defects_and_needs_nothing() -> None:
    fine = said(sharpness="sharp", noise="low", compression="none")
    assert defects(fine, GOOD) == []
    (line,) = in_words(fine, GOOD, "ko")
    assert (line.label, line.text, line.value) == ("주요 결함", "눈에 띄는 결함 없음", "none")


def test_defects_are_listed_with_the_face_first_and_each_has_something_that_would_help() -> None:
    poor = Figures(width=640, height=360, face_width=31.0, lightness=41.0, contrast=60.0)
    found = defects(said(sharpness="blurred", noise="high", compression="strong"), poor)
    assert found == ["small_face", "small", "blurred", "noisy", "compressed", "dark", "flat"]
    wrong, helps = in_words(said(sharpness="blurred", noise="high", compression="strong"), poor, "ko")
    assert "얼굴이 작음 (너비 31화소)" in wrong.text
    assert "해상도가 낮음 (640×360화소)" in wrong.text
    assert wrong.value == helps.value == ", ".join(found)
    assert helps.text.count("; ") == len(found) - 1
    assert all(item.known and item.category == "image" and item.method for item in (wrong, helps))
    english = in_words(said(noise="high"), poor, "en")
    assert all((item.label + item.text.replace("×", "x") + item.method).isascii() for item in english)


@pytest.mark.parametrize(
    ("topic", "text", "expected"),
    [
        ("sharpness", "slightly soft", ["blurred"]),
        ("sharpness", "The picture is out of focus.", ["blurred"]),
        ("sharpness", "not blurred", []),
        ("sharpness", "매우 흐림", ["blurred"]),
        ("noise", "some", ["noisy"]),
        ("noise", "no visible noise", []),
        ("noise", "잡음이 심함", ["noisy"]),
        ("noise", "거의 없음", []),
        ("compression", "light", []),
        ("compression", "visible", ["compressed"]),
        ("compression", "strong block artifacts", ["compressed"]),
    ],
)
def test_grades_and_free_words_are_understood(topic: str, text: str, expected: list[str]) -> None:
    assert defects(said(**{topic: text}), GOOD) == expected


def test_what_is_not_known_is_no_defect() -> None:
    unknown = [Attribute(topic="sharpness", value="blurred", known=False)]
    assert defects(unknown, Figures(width=1000, height=1000, face_width=None, lightness=120, contrast=150)) == []


def test_pixels_are_measured() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[:, 100:] = 255
    figures = measure(pixels, [Box(width=20, height=20), Box(width=35, height=30)])
    assert (figures.width, figures.height, figures.face_width) == (200, 100, 35)
    assert figures.lightness == pytest.approx(127.5, abs=1)
    assert figures.contrast == pytest.approx(255, abs=1)
    assert measure(pixels, []).face_width is None
    assert defects([], measure(np.full((600, 600, 3), 230, np.uint8), [])) == ["bright", "flat"]
