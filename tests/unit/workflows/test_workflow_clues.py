from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasibom.orchestrator.v1.result_pb2 import Attribute
from services.common.questions import BY_KEY, TOPICS, Category
from services.orchestrator.workflows.attributes import COUNTS
from services.orchestrator.workflows.clues import GROUPS, clues


def seen(topic: str, value: str, confidence: float | None) -> Attribute:
    entry = BY_KEY[topic]
    return Attribute(
        topic=topic, label=entry.label_ko, category=entry.category.value, value=value, text=value, known=True, confidence=confidence
    )


def test_every_topic_but_counts_and_picture_quality_has_one_place_among_the_clues() -> None:
    places = [topic for topics in GROUPS.values() for topic in topics]
    assert sorted(places) == sorted(topic.key for topic in TOPICS if topic.category is not Category.IMAGE and topic.key not in COUNTS)


found = st.lists(
    st.builds(
        seen,
        st.sampled_from(sorted(BY_KEY)),
        st.sampled_from(["red", "none", "없음", "unknown", "a white van"]) | st.text(min_size=1, max_size=10),
        st.none() | st.floats(0, 1, width=32),
    ),
    unique_by=lambda item: item.topic,
)


@given(found, st.sampled_from(["ko", "en"]))
def test_clues_say_what_was_seen_once_and_in_the_order_of_the_groups(attributes: list[Attribute], language: str) -> None:
    made = clues(attributes, language)  # type: ignore[arg-type]
    by_topic = {item.topic: item for item in attributes}
    assert [group.category for group in made] == [category for category in GROUPS if category in {group.category for group in made}]
    shown = [clue.topic for group in made for clue in group.clues]
    assert len(shown) == len(set(shown))
    for group in made:
        assert group.title
        assert group.clues
        topics = [clue.topic for clue in group.clues]
        assert topics == [topic for topic in GROUPS[group.category] if topic in topics]
        for clue in group.clues:
            clue.label = by_topic[clue.topic].label
            assert clue == by_topic[clue.topic]


@pytest.mark.parametrize(
    ("item", "is_clue"),
    [
        (seen("vehicles", "a white van", 0.9), True),
        (seen("vehicles", "a white van", None), True),
        (seen("vehicles", "a white van", 0.29), False),
        (seen("vehicles", "none", 0.9), False),
        (seen("signs", "없음", 0.9), False),
        (seen("weather", "unclear", 0.9), False),
    ],
)
def test_a_clue_is_what_was_seen_well_enough_and_is_there(item: Attribute, is_clue: bool) -> None:
    assert bool(clues([item], "ko")) is is_clue
