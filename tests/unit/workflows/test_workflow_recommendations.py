from __future__ import annotations

import pytest

from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.result_pb2 import Attribute, Comparison, Disagreement
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.recommendations import Evidence, recommend


def evidence(
    *seen: Attribute, comparisons: tuple[Comparison, ...] = (), face_quality: float | None = 0.9, similarity: float | None = None
) -> Evidence:
    return Evidence(seen=seen, comparisons=comparisons, frames=2, face_quality=face_quality, similarity=similarity)


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
        finding("time_of_day", "night", 0.2),
        finding("nose", "small"),
    ],
)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_doubtful_or_absent_leads_to_nothing(quiet: Attribute, language: Language) -> None:
    assert recommend(evidence(quiet), language) == recommend(evidence(), language)


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
