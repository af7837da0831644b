"""Which topic a question asks for when it does not say."""

from __future__ import annotations

import re

from services.common.questions import BY_KEY, TOPICS
from services.vqa.backend import Question

# Words that name one topic and no other. Only topics that can be measured need any: the rest is unknown either way.
_WORDS = {
    "people_count": r"사람.{0,3} (몇 명|수)|몇 ?명|how many (people|persons)|number of people|people count",
    "face_count": r"얼굴.{0,3} (몇 개|수)|how many faces|number of faces|face count",
    "other_people": r"다른 사람|주변 인물|other people|anyone else",
    "company": r"혼자|동행|\balone\b",
    "upper_color": r"상의.{0,8}색|(윗옷|셔츠|재킷|자켓).{0,8}색|(top|shirt|jacket|coat|upper.?body|upper clothes).{0,30}colou?r"
    r"|colou?r.{0,30}(\btop\b|shirt|jacket|coat|upper)",
    "lower_color": r"하의.{0,8}색|(바지|치마).{0,8}색|(bottom|trousers|pants|skirt|lower.?body|lower clothes).{0,30}colou?r"
    r"|colou?r.{0,30}(bottom|trousers|pants|skirt|lower)",
    "hair_color": r"(머리|머리카락|헤어).{0,6}색|hair colou?r|colou?r.{0,30}\bhair\b",
    "clothing": r"옷차림|무슨 옷|어떤 옷을|what.{0,30}wearing",
    "time_of_day": r"시간대|낮.{0,6}밤|time of day|day or night",
    "location_type": r"실내.{0,6}실외|장소 유형|indoors? or outdoors?|kind of (place|location)",
    "lighting": r"조명|\blighting\b",
    "image_kind": r"사진 종류|cctv.{0,10}사진|kind of (picture|image|photo)",
    "resolution": r"해상도|\bresolution\b",
    "sharpness": r"선명|\bsharp(ness)?\b|\bblurr(y|ed)\b",
    "noise": r"잡음|노이즈|\bnois(e|y)\b",
    "compression": r"압축|\bcompress(ion|ed)\b",
}
_PATTERNS = {topic: re.compile(pattern) for topic, pattern in _WORDS.items()}


def _plain(text: str) -> str:
    """Lower case, single spaces, no punctuation at the ends."""
    return " ".join(text.lower().split()).strip(" ?.!。？")


_BY_TEXT = {_plain(words): topic.key for topic in TOPICS for words in (topic.question_ko, topic.question_en)}


def topic_of(question: Question) -> str:
    """The catalogue topic that a question states, repeats or clearly names; empty when there is none or more than one."""
    if question.topic in BY_KEY:
        return question.topic
    text = _plain(question.text)
    if text in _BY_TEXT:
        return _BY_TEXT[text]
    named = [topic for topic, pattern in _PATTERNS.items() if pattern.search(text)]
    return named[0] if len(named) == 1 else ""
