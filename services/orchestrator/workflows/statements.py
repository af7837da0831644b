"""What free words say of single topics: `30대 후반 여성, 어두운 옷, 저녁 7시 무렵` states an age, a sex, a shade of clothing and a time.

A topic is read out only where a rule can tell what is meant: a wording that stands for the topic alone, once, or several times with the
same meaning. What is told twice and differently, and everything around it, stays with the words themselves, which are always shown whole.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache

from services.common.colors import COLORS
from services.orchestrator.workflows import quantities
from services.orchestrator.workflows.clock import part_of_day
from services.orchestrator.workflows.vocabulary import PRESENCE_TOPICS, colors, concepts, is_negated, presence, shade

# Keys whose words are about someone else than the missing person.
_OTHERS = re.compile(r"신고자|보호자|연락처|전화|담당|이름|성명|reporter|guardian|contact|phone|\bname\b", re.IGNORECASE)

_SENTENCE_ENDS = ".;\n"
_COLOR = "|".join(re.escape(word) for color in COLORS for word in sorted(color.words, key=len, reverse=True) if len(word) > 1)
_SHADE = r"어두운|짙은|밝은|연한|dark|light|bright"
_HUE = rf"(?:{_COLOR}|(?<![가-힣])흰)(?:색|빛)?(?:\s*계열)?(?:의)?"
_WORN = r"(?:\s*(?:을|를)?\s*(?:착용|미착용|쓴|쓰고|낀|끼고|멘|메고|든|들고|신은|신고|안\s*[쓰썼쓴씀낀낌]\S*))?"
_UPPER = "상의|윗옷|와이셔츠|티셔츠|셔츠|남방|블라우스|재킷|자켓|점퍼|잠바|코트|외투|패딩|파카|니트|스웨터|가디건|맨투맨|후드티|후드|조끼"
_UPPER_EN = "top|t-shirt|shirt|blouse|jacket|jumper|coat|parka|sweater|cardigan|sweatshirt|hoodie|vest"
_LOWER = "하의|청바지|반바지|면바지|바지|치마|스커트|슬랙스|레깅스"
_LOWER_EN = "bottoms|trousers|pants|jeans|shorts|skirt|leggings"
_PART_OF_DAY = "오전|오후|새벽|아침|점심|정오|대낮|한낮|초저녁|저녁|심야|자정|한밤중|한밤|야간"
_SHORT_TIME = r"(?<![가-힣])[밤낮](?=에|중|늦|시간|\s|\d|[,.]|$)"
_CLOCK = r"(?:\s*\d{1,2}\s*시(?:\s*(?:\d{1,2}\s*분|반))?|\s*\d{1,2}:\d{2})"

_PATTERNS: dict[str, str] = {
    "gender": (
        r"(?:남성|남자|남아|소년|할아버지|아저씨|여성|여자|여아|소녀|할머니|아주머니|아줌마)(?!\s*(?:친구|화장실|대학|중학|고등|고교|기숙사))"
        r"|(?<!\w)[남여](?!\w)|\b(?:male|female|man|woman|boy|girl)\b"
    ),
    "age": (
        r"(?:만\s*)?(?<!\d)\d{1,3}\s*(?:세|살)|(?<!\d)(?:[1-9]0\s*[~-]\s*)?[1-9]0대(?:\s*(?:초반|중반|후반|초|말))?(?!의?\s*(?:차|버스|택시))"
        r"|초등학생|중학생|고등학생|\b(?:(?:early|mid|late)[ -])?(?:[1-9]0s|twenties|thirties|forties|fifties|sixties|seventies|eighties)\b"
        r"|\b\d{1,3}[ -]years?[ -]old\b"
    ),
    "height": (
        r"(?<![\d.])1\d{2}(?:\s*[~-]\s*1\d{2})?\s*(?:cm|㎝|센티미터|센티)|(?<![\d.])1\.\d{1,2}\s*m\b"
        r"|(?:키|신장)\s*\d{2,3}\s*(?:cm|㎝)"
    ),
    "build": (
        r"(?:마른|날씬한|왜소한|호리호리한|보통|통통한|뚱뚱한|건장한)\s*(?:체형|체격|몸집|편)"
        r"|\b(?:slim|thin|average|medium|heavy|stocky) build\b"
    ),
    "hair_color": rf"{_HUE}\s*(?:짧은\s*|긴\s*|단발\s*)?(?:생|파마|곱슬)?머리|\b(?:{_COLOR}) (?:\w+ )?hair\b",
    "hair_style": (
        r"(?:짧은|(?<![가-힣])긴|묶은|커트|스포츠형)\s*(?:[가-힣]{1,3}\s)?(?:생|파마|곱슬)?머리|단발머리|단발|대머리|장발|포니테일|삭발"
        r"|\b(?:short|long|tied) (?:\w+ )?hair\b|\bponytail\b|\bbald\b"
    ),
    "clothing": (
        rf"(?:{_HUE}|(?:{_SHADE})(?:\s*색|\s*계열)*(?:의)?)\s*(?:옷차림|옷|복장|차림|의상|의류)"
        rf"|\b(?:{_COLOR}|{_SHADE})(?:[- ]colou?red)? (?:clothes|clothing|outfit)\b"
    ),
    "upper_color": rf"(?:{_HUE})\s*(?:{_UPPER})|(?:{_UPPER})(?:는|은|가|이|:)?\s*{_HUE}|\b(?:{_COLOR}) (?:\w+ )?(?:{_UPPER_EN})\b",
    "lower_color": rf"(?:{_HUE})\s*(?:{_LOWER})|(?:{_LOWER})(?:는|은|가|이|:)?\s*{_HUE}|청바지|\b(?:{_COLOR}) (?:\w+ )?(?:{_LOWER_EN})\b",
    "shoes": (
        rf"(?:{_HUE}\s*)?(?:운동화|구두|부츠|장화|샌들|슬리퍼){_WORN}|{_HUE}\s*신발"
        rf"|\b(?:(?:{_COLOR}) )?(?:sneakers|boots|sandals|slippers)\b"
    ),
    "bag": (
        rf"(?:{_HUE}\s*)?(?:배낭|백팩|책가방|크로스백|숄더백|핸드백|손가방){_WORN}|{_HUE}\s*가방"
        rf"|\b(?:(?:{_COLOR}) )?(?:backpack|handbag|suitcase)\b"
    ),
    # A bare 모자 may be a mother and her child.
    "headwear": (
        rf"{_HUE}\s*모자|모자(?:를|을)?\s*(?:쓴|쓰고|착용)|야구모자|털모자|벙거지|비니"
        rf"|\b(?:(?:{_COLOR}) )?(?:hat|beanie|baseball cap)\b"
    ),
    "glasses": rf"(?<!선)안경{_WORN}|\bglasses\b",
    "mobility_aid": r"지팡이|휠체어|목발|보행기|\b(?:walking stick|cane|wheelchair|crutches)\b",
    "posture": r"구부정한\s*자세|구부정\w*|허리가\s*굽\w*|\b(?:stooped|hunched|slouched)\b",
    "pace": r"(?:빠른|느린)\s*걸음|(?:빠르게|천천히)\s*걷\w*|\b(?:fast|brisk|slow) (?:pace|walk)\b",
    "company": r"(?:혼자|홀로)(?!\s*(?:사|살|거주|생활|지내))|(?<!lives )(?<!living )\balone\b|\bby (?:him|her)self\b",
    "time_of_day": (
        rf"(?:{_PART_OF_DAY}|{_SHORT_TIME}){_CLOCK}?|(?<![\d:])(?:1[3-9]|2[0-3])(?::\d{{2}}|\s*시)|\b\d{{1,2}}(?::\d{{2}})?\s*(?:am|pm)\b"
        r"|\b(?:morning|noon|afternoon|evening|night|midnight|dusk)\b"
    ),
    "location_type": r"실내|실외|야외|\b(?:indoors?|outdoors?)\b",
}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One topic in someone's own words."""

    topic: str
    text: str  # part of the free words, as it stands there


def statements(key: str, text: str) -> list[Statement]:
    """What free words state, topic by topic, in the order of the words.

    Args:
        key: under which they were given; words about a guardian or a reporter state nothing of the missing person.
        text: the words, in Korean or English.
    """
    if _OTHERS.search(key):
        return []
    found: list[tuple[int, Statement]] = []
    for topic, pattern in _patterns().items():
        matches = [match for match in pattern.finditer(text) if topic not in PRESENCE_TOPICS or not _is_denied(text, match)]
        told = [(match, meaning) for match in matches if (meaning := _meaning(topic, match.group()))]
        if len({meaning for _, meaning in told}) == 1:
            longest = max((match for match, _ in told), key=lambda match: len(match.group().strip()))
            found.append((longest.start(), Statement(topic=topic, text=longest.group().strip())))
    return [statement for _, statement in sorted(found, key=lambda pair: pair[0])]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {topic: re.compile(pattern, re.IGNORECASE) for topic, pattern in _PATTERNS.items()}


def _is_denied(text: str, match: re.Match[str]) -> bool:
    """Whether anything in the same sentence is denied: then it is open what else is, as in `모자, 안경 없음`."""
    begin = max(text.rfind(mark, 0, match.start()) for mark in _SENTENCE_ENDS) + 1
    ends = [place for mark in _SENTENCE_ENDS if (place := text.find(mark, match.end())) >= 0]
    return is_negated(text[begin : min(ends, default=len(text))])


def _meaning(topic: str, words: str) -> Hashable:
    """What the words mean for a topic, so that two wordings can be told to mean the same; falsy when no rule can tell."""
    if topic == "age":
        return quantities.age(words)
    if topic == "height":
        return quantities.height(words)
    if topic == "time_of_day":
        return part_of_day(words) or frozenset(concepts(topic, words))
    if topic in PRESENCE_TOPICS:
        return presence(words), frozenset(colors(words)), frozenset(concepts(topic, words))
    if topic in ("clothing", "hair_color", "upper_color", "lower_color"):
        return shade(words) or frozenset(colors(words))
    return frozenset(concepts(topic, words)) or frozenset(colors(words))
