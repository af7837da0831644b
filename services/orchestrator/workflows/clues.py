"""The findings that help to identify, in the five groups and the order that investigators know."""

from __future__ import annotations

from collections.abc import Sequence

from dasibom.orchestrator.v1.result_pb2 import Attribute, ClueGroup
from services.orchestrator.workflows.attributes import TRUSTED, by_topic
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.texts import has, say
from services.orchestrator.workflows.vocabulary import PRESENCE_TOPICS, presence, says_unknown

GROUPS: dict[str, tuple[str, ...]] = {
    "time": tuple("time_of_day weather season".split()),
    "place": tuple("location_type background signs landmarks".split()),
    "behavior": tuple("pace posture direction company activity gait mobility_aid body_language interaction expression".split()),
    "body": tuple(
        "carrying accessories shoes gender age build height hair_color hair_style facial_hair glasses marks features "
        "upper_color upper_type lower_color lower_type clothing fit logo bag headwear devices "
        "face_shape skin_tone eyes eyebrows nose mouth jaw".split()
    ),
    "environment": tuple("other_people vehicles lighting cameras dropped_items incident".split()),
}
"""Category → its topics, in order."""


def clues(seen: Sequence[Attribute], language: Language) -> list[ClueGroup]:
    """The groups that have any clue. A clue is what was seen well enough; that there is nothing of a kind is none.

    Args:
        seen: merged attributes; those shown are copies of them, some under the label that reports have always had.
        language: of titles and labels.
    """
    found = {topic: item for topic, item in by_topic(seen).items() if _is_clue(item)}
    if "upper_color" in found or "lower_color" in found:
        found.pop("clothing", None)  # the same again, as one sentence
    groups = []
    for category, topics in GROUPS.items():
        chosen = [_labelled(found[topic], language) for topic in topics if topic in found]
        if chosen:
            groups.append(ClueGroup(category=category, title=say(f"clues.{category}", language), clues=chosen))
    return groups


def _is_clue(item: Attribute) -> bool:
    words = item.value or item.text
    if item.HasField("confidence") and item.confidence < TRUSTED:
        return False
    return not says_unknown(words) and (item.topic not in PRESENCE_TOPICS or presence(words) is not False)


def _labelled(item: Attribute, language: Language) -> Attribute:
    clue = Attribute()
    clue.CopyFrom(item)
    if has(f"clue.{item.topic}"):
        clue.label = say(f"clue.{item.topic}", language)
    return clue
