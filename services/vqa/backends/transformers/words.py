"""The words that language models answer with, in one canonical form and in Korean.

Only whole answers are translated: a sentence put together word by word would say something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.common.colors import COLORS
from services.common.questions import Topic


@dataclass(frozen=True, kw_only=True)
class Word:
    """One answer."""

    english: str  # canonical
    korean: str
    synonyms: tuple[str, ...] = ()  # other English words for it


WORDS = (
    Word(english="yes", korean="예"),
    Word(english="no", korean="아니요"),
    Word(english="none", korean="없음", synonyms=("nothing", "nobody", "no one")),
    Word(english="male", korean="남성", synonyms=("man", "boy")),
    Word(english="female", korean="여성", synonyms=("woman", "girl")),
    Word(english="tall", korean="큼"),
    Word(english="short", korean="작음"),
    Word(english="slim", korean="마름", synonyms=("thin", "slender", "skinny")),
    Word(english="average", korean="보통", synonyms=("medium", "normal")),
    Word(english="muscular", korean="근육질", synonyms=("athletic",)),
    Word(english="heavy", korean="통통함", synonyms=("overweight", "fat", "stocky")),
    Word(english="tight", korean="몸에 붙음"),
    Word(english="loose", korean="헐렁함", synonyms=("baggy",)),
    Word(english="walking", korean="걷고 있음"),
    Word(english="standing", korean="서 있음"),
    Word(english="sitting", korean="앉아 있음", synonyms=("seated",)),
    Word(english="running", korean="뛰고 있음"),
    Word(english="slow", korean="느림", synonyms=("slowly",)),
    Word(english="fast", korean="빠름", synonyms=("quickly", "quick")),
    Word(english="straight", korean="곧음", synonyms=("upright",)),
    Word(english="slouched", korean="구부정함", synonyms=("hunched", "slouching")),
    Word(english="left", korean="왼쪽"),
    Word(english="right", korean="오른쪽"),
    Word(english="alone", korean="혼자"),
    Word(english="with others", korean="다른 사람과 함께", synonyms=("with someone",)),
    Word(english="smile", korean="웃음", synonyms=("smiling", "happy")),
    Word(english="neutral", korean="무표정", synonyms=("serious",)),
    Word(english="sad", korean="슬픔"),
    Word(english="angry", korean="화남"),
    Word(english="day", korean="낮", synonyms=("daytime",)),
    Word(english="night", korean="밤", synonyms=("nighttime",)),
    Word(english="morning", korean="아침"),
    Word(english="afternoon", korean="오후"),
    Word(english="evening", korean="저녁", synonyms=("dusk",)),
    Word(english="sunny", korean="맑음", synonyms=("clear",)),
    Word(english="cloudy", korean="흐림", synonyms=("overcast",)),
    Word(english="rainy", korean="비", synonyms=("rain", "raining")),
    Word(english="snowy", korean="눈", synonyms=("snow", "snowing")),
    Word(english="spring", korean="봄"),
    Word(english="summer", korean="여름"),
    Word(english="fall", korean="가을", synonyms=("autumn",)),
    Word(english="winter", korean="겨울"),
    Word(english="indoors", korean="실내", synonyms=("indoor", "inside")),
    Word(english="outdoors", korean="실외", synonyms=("outdoor", "outside")),
    Word(english="bright", korean="밝음"),
    Word(english="dim", korean="어두움"),
    Word(english="dark", korean="매우 어두움"),
)
_BY_WORD = {said: word for word in WORDS for said in (word.english, *word.synonyms)}

_COLOR_BY_WORD = {said: color for color in COLORS for said in color.words if said.isascii()}
_COLOR = re.compile(r"\b(" + "|".join(sorted(map(re.escape, _COLOR_BY_WORD), key=len, reverse=True)) + r")\b")

_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_NUMBER_BY_WORD = {word: str(number) for number, word in enumerate(_NUMBERS)} | dict.fromkeys(("none", "nobody", "no one"), "0")
_COUNTERS = {"people_count": "명", "face_count": "개"}

_CANNOT_TELL = re.compile(
    r"|unanswerable|unknown|unsure|unclear|uncertain|not (sure|visible|clear|known|specified|available|applicable)|n/?a"
    r"|(it|this|that) is (unknown|unclear|not (visible|clear|possible)).*|(i )?(do not|don't|can ?not|can't) (know|tell|see|determine).*"
    r"|(i'm|i am) (not sure|sorry|unable).*|(cannot|can't) be (determined|seen|told).*"
)


def cannot_tell(answer: str) -> bool:
    """Whether an English answer, plain, says that there is none."""
    return _CANNOT_TELL.fullmatch(answer) is not None


def plain(text: str) -> str:
    """An English answer in lower case, on one line, without an article in front or a period behind."""
    return re.sub(r"^(an?|the) ", "", " ".join(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).strip(" .,!\"'"))


def canonical(answer: str, topic: Topic | None) -> str:
    """The one form of a plain answer that compares across models.

    Args:
        answer: what `plain` gives.
        topic: what was asked; None for a question of the caller's own.
    """
    if topic is not None and topic.key in _COUNTERS and answer in _NUMBER_BY_WORD:
        return _NUMBER_BY_WORD[answer]
    if answer in _BY_WORD:
        return _BY_WORD[answer].english
    if topic is not None and topic.key.endswith("_color"):
        colors = dict.fromkeys(_COLOR_BY_WORD[found].key for found in _COLOR.findall(answer))
        return ", ".join(colors) or answer
    return _COLOR_BY_WORD[answer].key if answer in _COLOR_BY_WORD else answer


def korean(value: str, topic: Topic | None) -> str:
    """A canonical answer in Korean; empty when there is no word for it here."""
    if topic is not None and topic.key in _COUNTERS and value.isdecimal():
        return f"{value}{_COUNTERS[topic.key]}"
    if value in _BY_WORD:
        return _BY_WORD[value].korean
    colors = value.split(", ")
    if all(color in _COLOR_BY_WORD for color in colors):
        return ", ".join(_COLOR_BY_WORD[color].korean for color in colors)
    return value if value.isdecimal() else ""
