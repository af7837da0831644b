"""Words in which people and models say the same things, Korean and English, topic by topic.

Every list is of plain words that a witness or a report would use. A word of the list that is part of a longer one in the same text
("male" in "female", "맑음" in "맑지 않음") does not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np

from services.common.colors import BY_KEY as COLORS_BY_KEY
from services.common.colors import COLORS, rgb_to_lab

_COLOR_BASE = {
    "navy": "blue",
    "sky blue": "blue",
    "dark gray": "gray",
    "light gray": "gray",
    "dark green": "green",
    "khaki": "green",
    "burgundy": "red",
}
"""Which broad word a witness may well use for a shade."""

CONCEPTS: dict[str, dict[str, str]] = {
    "gender": {
        "male": "남성 남자 남 남아 소년 할아버지 아저씨 male man boy men",
        "female": "여성 여자 여 여아 소녀 할머니 아주머니 아줌마 female woman girl women",
    },
    "time_of_day": {
        "day": "낮 대낮 오전 오후 아침 점심 정오 한낮 주간 day daytime daylight morning noon afternoon midday",
        "evening": "저녁 해질녘 초저녁 일몰 evening dusk sunset twilight",
        "night": "밤 심야 야간 한밤 자정 새벽 night nighttime midnight dawn",
    },
    "season": {
        "spring": "봄 spring",
        "summer": "여름 한여름 summer",
        "autumn": "가을 autumn fall",
        "winter": "겨울 한겨울 winter",
    },
    "weather": {
        "clear": "맑음 맑은 맑다 화창 clear sunny fine",
        "cloudy": "흐림 흐린 흐리다 구름 cloudy overcast",
        "rain": "비 우천 빗길 소나기 장마 rain rainy raining drizzle wet",
        "snow": "눈 눈길 폭설 snow snowy snowing",
        "fog": "안개 fog foggy mist misty",
    },
    "location_type": {
        "indoors": "실내 건물안 indoor indoors inside",
        "outdoors": "실외 야외 옥외 바깥 거리 길거리 골목 도로 공원 outdoor outdoors outside street alley road park",
    },
    "company": {
        "alone": "혼자 단독 홀로 동행없음 동행+없음 일행없음 일행+없음 alone by+himself by+herself",
        "accompanied": "함께 동행 일행 둘이 여럿 같이 accompanied together with+others with+someone group companion not+alone",
    },
    "activity": {
        "walking": "걷는 걷고 걸음 걸어 보행 walk walking walks",
        "standing": "서 서있 서있음 정지 stand standing",
        "sitting": "앉아 앉은 앉음 sit sitting seated",
        "running": "뛰는 뛰고 뛰어 달리는 달리고 run running",
        "lying": "누워 누운 쓰러 lying lies",
    },
    "pace": {
        "fast": "빠름 빠른 빨리 빠르게 급한 서둘러 fast quick quickly brisk briskly hurried hurrying",
        "normal": "보통 정상 normal average moderate",
        "slow": "느림 느린 느리게 천천히 slow slowly",
    },
    "posture": {
        "straight": "곧은 곧음 곧게 꼿꼿 바른 반듯 straight upright erect",
        "stooped": "구부정 굽은 굽음 굽혀 숙인 숙임 hunched slouched slouching stooped bent",
    },
    "build": {
        "slim": "마른 마름 날씬 왜소 호리호리 야윈 slim thin slender skinny lean",
        "average": "보통 평균 중간 average medium normal",
        "heavy": "통통 뚱뚱 비만 건장 큰체격 heavy stout overweight stocky plump large chubby muscular",
    },
    "height": {
        "tall": "큼 큰 장신 tall",
        "average": "보통 평균 중간 average medium normal",
        "short": "작음 작은 단신 short small",
    },
    "hair_style": {
        "short": "짧은 짧음 단발 커트 스포츠형 short bob crew+cut",
        "long": "긴 장발 long",
        "tied": "묶은 묶음 포니테일 ponytail bun tied",
        "bald": "대머리 삭발 bald shaved",
    },
    "direction": {
        "left": "왼쪽 좌측 left leftwards",
        "right": "오른쪽 우측 right rightwards",
        "towards": "정면 카메라쪽 다가오는 다가옴 towards toward approaching front facing+the+camera",
        "away": "뒤쪽 뒷모습 멀어지는 멀어짐 away back leaving",
    },
    "mobility_aid": {
        "cane": "지팡이 cane stick walking+stick",
        "wheelchair": "휠체어 wheelchair",
        "crutches": "목발 crutch crutches",
        "walker": "보행기 보행차 walker rollator",
    },
    "expression": {
        "smiling": "웃는 웃음 미소 밝은 smile smiling happy",
        "neutral": "무표정 차분 neutral calm blank",
        "troubled": "불안 슬픈 슬픔 우울 찡그린 anxious worried sad crying frowning distressed",
    },
    "fit": {
        "tight": "꽉 붙는 딱맞 tight close+fitting",
        "loose": "헐렁 큰 넉넉 loose baggy",
    },
    "shoes": {
        "sneakers": "운동화 스니커즈 러닝화 sneakers trainers running+shoes",
        "dress shoes": "구두 정장화 로퍼 dress+shoes loafers",
        "boots": "부츠 장화 워커 boots",
        "sandals": "샌들 sandals",
        "slippers": "슬리퍼 slippers flip-flops",
        "heels": "하이힐 heels high+heels",
    },
    "bag": {
        "backpack": "배낭 백팩 책가방 backpack rucksack",
        "handbag": "핸드백 손가방 handbag purse",
        "shoulder bag": "크로스백 숄더백 어깨가방 crossbody shoulder+bag crossbody+bag messenger+bag",
        "suitcase": "여행가방 캐리어 suitcase",
    },
    "headwear": {
        "cap": "야구모자 캡모자 볼캡 cap baseball+cap",
        "beanie": "비니 털모자 beanie",
        "hat": "벙거지 중절모 bucket+hat fedora",
    },
    "upper_type": {
        "shirt": "셔츠 티셔츠 와이셔츠 블라우스 남방 shirt t-shirt tee blouse",
        "jacket": "재킷 자켓 점퍼 잠바 바람막이 jacket jumper windbreaker",
        "coat": "코트 외투 coat overcoat",
        "padded jacket": "패딩 파카 padded+jacket down+jacket parka puffer",
        "sweater": "니트 스웨터 가디건 맨투맨 sweater cardigan sweatshirt",
        "hoodie": "후드 후드티 hoodie",
        "vest": "조끼 vest",
        "dress": "원피스 dress",
    },
    "lower_type": {
        "jeans": "청바지 jeans",
        "trousers": "바지 면바지 정장바지 슬랙스 trousers pants slacks chinos",
        "shorts": "반바지 shorts",
        "skirt": "치마 스커트 skirt",
        "leggings": "레깅스 leggings",
    },
    "lighting": {
        "bright": "밝음 밝은 bright",
        "dim": "어두움 어두운 어둑 침침 dim dark",
    },
}
"""Topic → concept → its words; `+` stands for a space."""

PRESENCE_TOPICS = frozenset(
    "glasses facial_hair bag headwear accessories devices logo mobility_aid vehicles other_people signs landmarks cameras dropped_items "
    "incident marks carrying gait".split()
)
"""Topics whose answer is first of all yes or no."""

_ABSENT = re.compile(
    r"없|않|아님|아니|안\s?(쓰|썼|씀|함|했|매|맸|들|보)|미착용|불착용|미소지|면도|^무$|^x$|^0$|"
    r"n't\b|\b(no|none|not|without|nobody|nothing|never|neither|absent|clean.?shaven)\b"
)
_YES = re.compile(r"^(있음|있다|있습니다|예|네|유|착용|씀|썼음|쓰고 있음|쓰고 있다|소지|o|yes|present|visible|worn|wearing|true)$")
_UNKNOWN = re.compile(r"모름|불상|미상|알 수 없|확인 불가|확인되지|판단 불가|\b(unknown|unclear|not visible|cannot tell|can't tell|n/a)\b")
_NEGATION = re.compile(r"않|아니|아님|없|n't\b|\b(not|no|without|neither)\b")
_SHADES = {"dark": re.compile(r"어두운|어두움|짙은|\bdark\b"), "light": re.compile(r"밝은|밝음|연한|\b(light|bright)\b")}
_DARKEST, _LIGHTEST = 36.0, 65.0  # CIELAB lightness below and above which anyone would call a cloth dark or light
_CLAUSES = re.compile(r"[,;/·]|그리고|하지만|지만|\band\b|\bbut\b")


def normal(text: str) -> str:
    """Lower case, one form of every character, single spaces, no punctuation but what stands within numbers."""
    text = unicodedata.normalize("NFKC", text).lower()
    return " ".join(re.sub(r"[^\w\s.%~+:'/-]|(?<!\d)[.:](?!\d)", " ", text).split())


def says_unknown(text: str) -> bool:
    """Whether the text says that nothing is known."""
    return not normal(text) or _UNKNOWN.search(normal(text)) is not None


def presence(text: str) -> bool | None:
    """Whether the text says that a thing is there; None when one clause says so and another does not."""
    clauses = {_ABSENT.search(normal(clause)) is None for clause in _CLAUSES.split(text) if normal(clause)}
    return clauses.pop() if len(clauses) == 1 else None


def is_bare_yes(text: str) -> bool:
    """Whether the text says only that a thing is there, and nothing about it."""
    return _YES.search(normal(text)) is not None


def is_negated(text: str) -> bool:
    """Whether a word in the text turns its meaning around."""
    return _NEGATION.search(normal(text)) is not None


def concepts(topic: str, text: str) -> set[str]:
    """The concepts of a topic that a text names, such as {"night"} for "한밤중"; none when something around them is negated."""
    table = _concept_words(topic)
    text = normal(text)
    words = _found(text, table)
    rest = text
    for word in words:
        rest = rest.replace(word, " ", 1)
    return set() if _NEGATION.search(rest) else {table[word] for word in words}


def colors(text: str) -> list[str]:
    """Keys of the colors that a text names, in the order in which it names them."""
    table = _color_words()
    return list(dict.fromkeys(table[word] for word in _found(normal(text), table)))


def shade(text: str) -> str | None:
    """`dark` or `light` where a text says that and names no color; else None."""
    said = [name for name, pattern in _SHADES.items() if pattern.search(normal(text))]
    return said[0] if len(said) == 1 and not colors(text) else None


def shade_of(color: str) -> str | None:
    """`dark` or `light` for the key of a color that anyone would call so; else None."""
    ((lightness, _, _),) = rgb_to_lab(np.array([COLORS_BY_KEY[color].rgb], np.uint8))
    return "dark" if lightness < _DARKEST else "light" if lightness > _LIGHTEST else None


def same_color(one: str, other: str) -> bool:
    """Whether two named colors may be the same cloth in two people's words: equal, or the shade and its broad word."""
    return one == other or _COLOR_BASE.get(one) == other or _COLOR_BASE.get(other) == one


@cache
def _concept_words(topic: str) -> Mapping[str, str]:
    return {word.replace("+", " "): concept for concept, words in CONCEPTS.get(topic, {}).items() for word in words.split()}


@cache
def _color_words() -> Mapping[str, str]:
    return {word.lower(): color.key for color in COLORS for word in color.words}


def _found(text: str, words: Iterable[str]) -> list[str]:
    """The words that a text holds, in its order; of overlapping ones the longest."""
    taken: list[tuple[int, int, str]] = []
    for word in sorted(words, key=len, reverse=True):
        for match in re.finditer(_pattern(word), text):
            if all(match.end() <= start or match.start() >= end for start, end, _ in taken):
                taken.append((match.start(), match.end(), word))
    return [word for _, _, word in sorted(taken)]


@cache
def _pattern(word: str) -> str:
    escaped = re.escape(word)
    if word.isascii():
        return rf"\b{escaped}\b"
    # A lone syllable is part of too many other words: it has to begin one.
    return rf"(?<!\w){escaped}" if len(word) == 1 else escaped
