from __future__ import annotations

import pytest

from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.likeness import Likeness


@pytest.mark.parametrize(
    ("similarity", "words"),
    [
        (1.0, "흔히 나오는 수준이지만, 닮은 다른 사람"),
        (0.5, "닮은 다른 사람"),
        (0.49, "가릴 수 없습니다"),
        (0.25, "가릴 수 없습니다"),
        (0.24, "다른 사람의 사진끼리"),
        (-0.3, "다른 사람의 사진끼리"),
    ],
)
def test_each_band_of_likeness_has_its_words(similarity: float, words: str) -> None:
    note = Likeness(similarity=similarity, frame_quality=0.8, reference_quality=0.8).note("ko")
    assert words in note
    assert f"{similarity:.2f}" in note
    assert "믿기 어렵습니다" not in note


@pytest.mark.parametrize("similarity", [-0.2, 0.4, 0.99])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_likeness_whatever_is_told_as_an_identification(similarity: float, language: Language) -> None:
    note = Likeness(similarity=similarity, frame_quality=0.9, reference_quality=0.9).note(language)
    assert ("Likeness is no identification" if language == "en" else "신원이 확인되었다는 뜻이 아닙니다") in note
    assert ("Angle" if language == "en" else "각도") in note


@pytest.mark.parametrize(
    ("frame", "reference", "reliable"), [(0.3, 0.3, True), (0.29, 0.9, False), (0.9, 0.29, False), (0.9, None, True), (0.1, None, False)]
)
def test_a_figure_is_only_as_good_as_the_poorer_face(frame: float, reference: float | None, reliable: bool) -> None:
    likeness = Likeness(similarity=0.6, frame_quality=frame, reference_quality=reference)
    assert likeness.is_reliable is reliable
    assert ("믿기 어렵습니다" in likeness.note("ko")) is not reliable
    assert f"{frame:.2f}" in likeness.note("ko")
    assert ("재지 못했습니다" in likeness.note("ko")) is (reference is None)
