from __future__ import annotations

import pytest

from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.result_pb2 import Attribute, Comparison, Disagreement
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.likeness import Likeness
from services.orchestrator.workflows.recommendations import Evidence, recommend


def evidence(
    *seen: Attribute,
    comparisons: tuple[Comparison, ...] = (),
    face_quality: float | None = 0.9,
    similarity: float | None = None,
    searched: bool = True,
) -> Evidence:
    likeness = None
    if similarity is not None:
        likeness = Likeness(similarity=similarity, frame_quality=face_quality or 0.0, reference_quality=0.9)
    return Evidence(seen=seen, comparisons=comparisons, frames=2, face_quality=face_quality, likeness=likeness, searched=searched)


def finding(topic: str, value: str, confidence: float = 0.8) -> Attribute:
    return Attribute(topic=topic, label=topic, value=value, text=value, category="person", known=True, confidence=confidence)


def compared(agreement: result_pb2.Agreement.ValueType, confidence: float = 0.8, label: str = "Top color") -> Comparison:
    return Comparison(label=label, known="blue", seen="red", agreement=agreement, confidence=confidence)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (evidence(comparisons=(compared(result_pb2.AGREEMENT_CONTRADICTING),)), "may be someone else"),
        (evidence(comparisons=(compared(result_pb2.AGREEMENT_CONTRADICTING, 0.2),)), "doubtfully"),
        (evidence(comparisons=(compared(result_pb2.AGREEMENT_UNKNOWN, label="Weather"),)), "Weather"),
        (evidence(comparisons=(compared(result_pb2.AGREEMENT_CONFIRMED),) * 2), "2 items agree"),
        (evidence(finding("time_of_day", "night")), "camera's clock"),
        (evidence(finding("company", "with others")), "Identify who is with them"),
        (evidence(finding("vehicles", "a white van")), "a white van"),
        (evidence(face_quality=None), "No face was found"),
        (evidence(face_quality=0.1), "0.10"),
        (evidence(similarity=0.7), "experts"),
        (evidence(similarity=0.1), "does not resemble"),
        (evidence(similarity=0.4), "unclear"),
        (evidence(finding("landmarks", "a pharmacy")), "a pharmacy"),
        (evidence(finding("cameras", "one on a pole")), "Find who runs them"),
        (evidence(finding("incident", "a fall")), "emergency calls"),
        (evidence(finding("dropped_items", "a glove")), "lost property"),
        (evidence(finding("devices", "a phone")), "located"),
        (evidence(finding("logo", "a school crest")), "Ask the family"),
        (evidence(face_quality=None, searched=False), "no lead"),
        (evidence(), "no lead"),
    ],
)
def test_each_finding_leads_to_its_recommendation(given: Evidence, words: str) -> None:
    (text,) = recommend(given, "en")
    assert words in text


@pytest.mark.parametrize(
    "quiet",
    [
        finding("company", "alone"),
        finding("company", "walking alone"),
        finding("vehicles", "none"),
        finding("other_people", "0"),
        finding("incident", "none"),
        finding("cameras", "not visible"),
        finding("time_of_day", "night", 0.2),
        finding("nose", "small"),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_doubtful_or_absent_leads_to_nothing(quiet: Attribute, language: Language) -> None:
    assert recommend(evidence(quiet), language) == recommend(evidence(), language)


def test_a_finding_of_low_confidence_is_to_be_looked_at_before_anyone_acts() -> None:
    (weak,) = recommend(evidence(finding("clothing", "red top", 0.37)), "en")
    (firm,) = recommend(evidence(finding("clothing", "red top", 0.5)), "en")
    assert "look at the original first" in weak
    assert "look at the original first" not in firm


def test_a_likeness_of_unfit_faces_is_told_as_unusable() -> None:
    texts = recommend(evidence(face_quality=0.1, similarity=0.9), "en")
    assert any("Leave it aside" in text for text in texts)
    assert not any("resembles" in text for text in texts)


def test_free_words_are_to_be_verified_by_what_they_state() -> None:
    whole = Comparison(label="신고", known="30대 여성", agreement=result_pb2.AGREEMENT_UNKNOWN)
    part = Comparison(topic="age", label="추정 나이 (신고)", known="30대", agreement=result_pb2.AGREEMENT_UNKNOWN, source="신고")
    (text,) = recommend(evidence(comparisons=(whole, part)), "ko")
    assert "정보: 추정 나이 (신고). " in text
    (text,) = recommend(evidence(comparisons=(whole,)), "ko")
    assert "정보: 신고. " in text


def test_frames_that_differ_raise_the_question_of_one_person() -> None:
    differing = finding("gender", "female")
    differing.disagreements.append(Disagreement(frame=2, value="male", text="male"))
    assert "same person" in recommend(evidence(differing), "en")[0]
    assert "같은 사람" in recommend(evidence(differing), "ko")[0]


def test_contradictions_come_first() -> None:
    listed = (compared(result_pb2.AGREEMENT_UNKNOWN), compared(result_pb2.AGREEMENT_CONTRADICTING))
    texts = recommend(evidence(finding("time_of_day", "night"), comparisons=listed, similarity=0.4), "en")
    assert "someone else" in texts[0]
    assert len(texts) == 4
