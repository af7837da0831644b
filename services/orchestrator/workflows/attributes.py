"""Answers become attributes; attributes of several frames become one list, with votes and disagreement shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from dasibom.orchestrator.v1.result_pb2 import Attribute, Disagreement
from dasibom.vqa.v1.vqa_service_pb2 import Answer, Question
from services.common import questions as catalogue
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.texts import say

TRUSTED = 0.3
"""Confidence below which a measurement is worth showing, but not worth drawing by."""

_UNSTATED = 0.5  # weight of a vote whose model gives no confidence

FACE_TOPICS = (
    "gender age face_shape skin_tone hair_color hair_style eyes eyebrows nose mouth jaw facial_hair glasses marks features expression"
).split()
PERSON_TOPICS = (
    "people_count face_count gender age build height hair_color hair_style face_shape skin_tone eyes eyebrows nose mouth jaw facial_hair "
    "glasses marks features clothing upper_color upper_type lower_color lower_type logo shoes bag headwear accessories devices carrying"
).split()
CONTEXT_TOPICS = (
    "activity pace posture direction company gait mobility_aid expression body_language interaction fit time_of_day weather season "
    "location_type background signs landmarks other_people vehicles lighting cameras dropped_items incident"
).split()
QUALITY_TOPICS = "image_kind resolution sharpness noise compression".split()


def questions_for(topics: Iterable[str], language: Language, own: Sequence[Question] = ()) -> list[Question]:
    """The catalogue's questions on `topics`, then the submitter's own; nothing is asked twice.

    A question of the submitter's own about one of `topics` is asked in its own words instead of the catalogue's.
    """
    wanted = {key: Question(topic=key, text=catalogue.BY_KEY[key].question(language)) for key in topics}
    others: dict[tuple[str, str], Question] = {}
    for question in own:
        if question.topic in wanted:
            wanted[question.topic].text = question.text or wanted[question.topic].text
        else:
            others.setdefault((question.topic, question.text), question)
    return [*wanted.values(), *others.values()]


def attribute_of(answer: Answer, language: Language, frame: int = 0) -> Attribute:
    """One answer as an observed fact.

    Args:
        answer: the model's answer.
        language: of the label.
        frame: number of the frame that it was seen in, from 1; 0 when there are no frames.
    """
    topic = catalogue.BY_KEY.get(answer.topic)
    attribute = Attribute(
        topic=answer.topic,
        label=topic.label(language) if topic else answer.question,
        category=topic.category.value if topic else catalogue.Category.PERSON.value,
        text=answer.text,
        value=answer.value,
        known=answer.known,
        method=answer.method,
        frames=[frame] if frame and answer.known else [],
    )
    if answer.HasField("confidence"):
        attribute.confidence = answer.confidence
    return attribute


def merge(frames: Sequence[Sequence[Attribute]]) -> list[Attribute]:
    """One list of facts from those of several frames.

    For each topic the value with the greatest sum of confidences wins (of equal ones the earliest seen). The merged confidence is the
    winner's share of all votes times its best single confidence, so disagreement lowers it and agreement never raises it above what one
    frame showed. Frames that say otherwise are listed.

    Args:
        frames: the attributes of each frame, in the order of the frames' numbers.
    """
    by_topic: dict[tuple[str, str], list[tuple[int, Attribute]]] = defaultdict(list)
    for number, attributes in enumerate(frames, start=1):
        for attribute in attributes:
            # Questions of the submitter's own have no topic; their label keeps them apart.
            by_topic[attribute.topic, attribute.label].append((number, attribute))
    return [_merge_topic(seen) for seen in by_topic.values()]


def _merge_topic(seen: Sequence[tuple[int, Attribute]]) -> Attribute:
    known = [(number, attribute) for number, attribute in seen if attribute.known]
    if not known:
        return seen[0][1]
    votes: dict[str, float] = defaultdict(float)
    for _, attribute in known:
        votes[_said(attribute)] += _weight(attribute)
    winner = max(votes, key=lambda value: votes[value])
    agreeing = [(number, attribute) for number, attribute in known if _said(attribute) == winner]
    best = max((attribute for _, attribute in agreeing), key=_weight)
    merged = Attribute()
    merged.CopyFrom(best)
    merged.frames[:] = [number for number, _ in agreeing]
    total = sum(votes.values())
    if best.HasField("confidence"):
        merged.confidence = best.confidence * (votes[winner] / total if total else 1.0)
    for number, attribute in known:
        if _said(attribute) != winner:
            merged.disagreements.append(Disagreement(frame=number, text=attribute.text, value=attribute.value))
    return merged


def _said(attribute: Attribute) -> str:
    return attribute.value or attribute.text


def _weight(attribute: Attribute) -> float:
    return attribute.confidence if attribute.HasField("confidence") else _UNSTATED


def facts(attributes: Iterable[Attribute]) -> dict[str, str]:
    """Topic to canonical value, of everything known well enough to draw by."""
    return {
        attribute.topic: _said(attribute)
        for attribute in attributes
        if attribute.topic and attribute.known and (not attribute.HasField("confidence") or attribute.confidence >= TRUSTED)
    }


COUNTS = ("people_count", "face_count")
_PERSONAL = ("person", "clothing", "behavior")
_MOST_LISTED = 8


def feature_list(attributes: Iterable[Attribute], language: Language) -> str:
    """What is known well of the person, surest first, as one sentence; the report has the rest."""
    known = [item for item in attributes if item.known and _weight(item) >= TRUSTED]
    composed = {"clothing"} if any(item.topic in ("upper_color", "lower_color") for item in known) else set()
    personal = [item for item in known if item.category in _PERSONAL and item.topic not in {*COUNTS, *composed}]
    if not personal:
        return say("summary.no_features", language)
    surest = sorted(personal, key=_weight, reverse=True)[:_MOST_LISTED]
    return say("summary.features", language, features=", ".join(f"{item.label}: {item.text}" for item in surest))


def by_topic(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    """Topic to attribute, of everything known."""
    return {attribute.topic: attribute for attribute in attributes if attribute.topic and attribute.known}
