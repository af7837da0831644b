"""The questions of the former scripts: their order, and the topics that answer them today.

The texts are ours. Each has the words by which programs that read the former files know a question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dasibom.orchestrator.v1.result_pb2 import Attribute

NO_ANSWER = "분석 실패"
"""What the former files say where a question has no answer."""


@dataclass(frozen=True)
class AskedQuestion:
    """A question of a former script."""

    text: str  # English, as those scripts asked
    topics: tuple[str, ...]  # of the question catalogue; none where nothing today answers it

    def answer(self, attributes: Iterable[Attribute]) -> str:
        """What is known of its topics; empty when nothing is."""
        known = {item.topic: item.text for item in attributes if item.known}
        return ", ".join(dict.fromkeys(known[topic] for topic in self.topics if topic in known))


MONTAGE_QUESTIONS = (
    AskedQuestion("What clothes is this person wearing?", ("clothing",)),
    AskedQuestion("Which color is the shirt or top?", ("upper_color",)),
    AskedQuestion("What does the person wear on the bottom?", ("lower_color", "lower_type")),
    AskedQuestion("What kind of shoes can be seen?", ("shoes",)),
    AskedQuestion("Is there a bag or accessories?", ("bag", "accessories", "carrying")),
    AskedQuestion("How does the hair look?", ("hair_color", "hair_style")),
    AskedQuestion("Is the person male or female?", ("gender",)),
    AskedQuestion("How old does the person seem?", ("age",)),
    AskedQuestion("Does the person seem tall or short?", ("height",)),
    AskedQuestion("Which other notable features are there?", ("facial_hair", "glasses", "headwear", "marks", "features")),
)
"""Of case 1."""

CONTEXT_QUESTIONS = (
    AskedQuestion("At what time of day was this recorded?", ("time_of_day",)),
    AskedQuestion("What kind of location is it? Indoor or outdoor?", ("location_type",)),
    AskedQuestion("How is the weather?", ("weather",)),
    AskedQuestion("Can other people be seen?", ("other_people",)),
    AskedQuestion("Which buildings, what building or area lies behind?", ("background",)),
    AskedQuestion("Can vehicles be seen?", ("vehicles",)),
    AskedQuestion("How is the lighting?", ("lighting",)),
    AskedQuestion("Can signs or text be seen?", ("signs",)),
    AskedQuestion("Which season does it seem to be?", ("season",)),
    AskedQuestion("Is the person walking or standing, or sitting?", ("activity",)),
)
"""Of case 3, on the scene."""

DETAIL_QUESTIONS = (
    AskedQuestion("How fast does the person walk? Fast, slow or normally?", ("pace",)),
    AskedQuestion("How is the posture?", ("posture",)),
    AskedQuestion("What is the person carrying in their hands?", ("carrying", "bag")),
    AskedQuestion("In which direction does the person look or move?", ("direction",)),
    AskedQuestion("Is the person alone or in company?", ("company",)),
    AskedQuestion("Is jewelry or a watch visible?", ("accessories",)),
    AskedQuestion("What is the facial expression?", ("expression",)),
    AskedQuestion("Are tattoos or other marks visible?", ("marks",)),
    AskedQuestion("How do the clothes fit?", ("fit",)),
    AskedQuestion("Is there a hat or another head covering?", ("headwear",)),
    AskedQuestion("Which footwear is worn?", ("shoes",)),
    AskedQuestion("Is the walking style distinctive?", ("gait",)),
    AskedQuestion("Are mobility aids used?", ("mobility_aid",)),
    AskedQuestion("What does the body language tell of the mood?", ()),
)
"""Of case 3, on the person."""
