"""Which topic a key of the known information means."""

from __future__ import annotations

import re

from services.common.questions import BY_KEY, TOPICS
from services.orchestrator.workflows.vocabulary import colors, normal

# Other names of topics. With two, the first is meant when the value names a color.
_ALIASES: dict[str, tuple[str, ...]] = {
    alias: tuple(topics.split())
    for topics, aliases in {
        "gender": "성 sex",
        "age": "나이|연령|나이대|연령대",
        "height": "신장",
        "build": "체형|몸집|body type",
        "hair_color hair_style": "머리|머리카락|헤어|hair",
        "hair_color": "머리색|머리 색깔|머리카락 색|hair colour",
        "hair_style": "머리모양|헤어스타일|머리 길이",
        "clothing": "옷|의상|착의|복장|인상착의|clothes|outfit",
        "upper_color upper_type": "상의|윗옷|윗도리|upper body|upper",
        "lower_color lower_type": "하의|바지|아래옷|bottoms|lower body|lower",
        "upper_color": "상의색|상의 색상|상의 색깔|top_color|top colour",
        "lower_color": "하의색|하의 색상|하의 색깔|bottom_color|bottom colour",
        "shoes": "footwear",
        "accessories": "액세서리|악세서리|jewelry|jewellery",
        "headwear": "hat|cap",
        "facial_hair": "수염 유무|beard",
        "marks": "점|흉터|문신|scars|tattoos",
        "features": "특징|신체 특징|특이사항|추가 정보|additional_info",
        "time_of_day": "시간|시간대|시각|촬영 시간|목격 시간|time",
        "location_type": "장소|위치|목격 장소|촬영 장소|location|place",
        "signs": "표지판|간판|글자|주변 표지판",
        "background": "배경|배경 건물 지역",
        "company": "동행|동행자|일행|companion|companions",
        "pace": "걸음|보행|걷는 속도|walking speed|speed",
        "gait": "걸음 특징",
        "mobility_aid": "보조기|지팡이|휠체어",
        "vehicles": "차량|차|vehicle|car",
        "other_people": "주변 사람|목격자",
        "lighting": "조명",
        "direction": "방향|진행 방향",
        "carrying": "들고 있는 것|carried items",
    }.items()
    for alias in aliases.split("|")
}

# Distinctive words of a question in other wording, in English as former files have it.
_QUESTION_WORDS: tuple[tuple[str, str], ...] = (
    ("time_of_day", r"time of day"),
    ("location_type", r"kind of location|indoors? or outdoors?"),
    ("weather", r"weather"),
    ("other_people", r"other people"),
    ("background", r"building or area|buildings"),
    ("vehicles", r"vehicles"),
    ("lighting", r"lighting"),
    ("signs", r"signs or text"),
    ("season", r"season"),
    ("pace", r"fast slow|how fast|what pace"),
    ("gait", r"walking style|way of walking"),
    ("activity", r"walking standing|walking or standing|sitting"),
    ("posture", r"posture"),
    ("carrying", r"in their hands|carrying"),
    ("direction", r"direction"),
    ("company", r"alone"),
    ("accessories", r"jewell?ery|\bwatch\b"),
    ("expression", r"expression"),
    ("marks", r"tattoos|scars"),
    ("fit", r"clothes fit"),
    ("headwear", r"head covering|\bhat\b"),
    ("shoes", r"footwear|shoes"),
    ("mobility_aid", r"mobility aid"),
    ("body_language", r"body language"),
    ("upper_color", r"colou?r.{0,20}(shirt|top)|(shirt|top).{0,20}colou?r"),
    ("gender", r"male or female"),
    ("age", r"how old"),
    ("height", r"tall or short"),
    ("hair_style", r"hair look"),
    ("clothing", r"person wearing"),
)

_BY_NAME = {
    normal(name): topic.key
    for topic in TOPICS
    for name in (topic.key, topic.label_ko, topic.label_en, topic.question_ko, topic.question_en)
}
_BY_ALIAS = {normal(alias): topics for alias, topics in _ALIASES.items()}


def topic_of(key: str, value: str) -> str:
    """The catalogue topic of a key: its own key, a label or question in Korean or English, or a common name for it.

    Args:
        key: as given, perhaps with a former category before a colon: `context: What time of day …?`.
        value: what is known; decides between color and kind where the key leaves it open (`상의`).

    Returns:
        Empty when the key means no topic, or when more than one.
    """
    for name in (key, key.partition(":")[2]):
        text = normal(name)
        if not text:
            continue
        if text.replace(" ", "_") in BY_KEY:
            return text.replace(" ", "_")
        if text in _BY_NAME:
            return _BY_NAME[text]
        if text in _BY_ALIAS:
            topics = _BY_ALIAS[text]
            return topics[0] if len(topics) == 1 or colors(value) else topics[1]
    return _by_question_words(normal(key))


def _by_question_words(text: str) -> str:
    for topic, words in _QUESTION_WORDS:
        if re.search(words, text):
            return topic
    return ""
