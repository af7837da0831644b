"""Ages and heights in words and numbers."""

from __future__ import annotations

import re

_TENS = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}
_WORDS: tuple[tuple[str, int], ...] = (
    (r"영유아|유아|(?<![a-z])(?:toddler|infant|baby)(?![a-z])", 3),
    (r"초등학생|(?<![a-z])(?:elementary school|primary school)(?![a-z])", 10),
    (r"중학생|(?<![a-z])middle school(?![a-z])", 14),
    (r"고등학생|(?<![a-z])high school(?![a-z])", 17),
    (r"청소년|(?<![a-z])(?:teenager|teenage|teens?|adolescent)(?![a-z])", 16),
    (
        r"어린이|어린 ?아이|꼬마|남자 ?아이|여자 ?아이|남아(?![가-힣])|여아(?![가-힣])|"
        r"(?<![a-z])(?:child|children|kid|little (?:boy|girl))(?![a-z])",
        8,
    ),
    (r"소년|소녀|(?<![a-z])(?:boy|girl|schoolboy|schoolgirl)(?![a-z])", 12),
    (
        r"할머니|할아버지|노인|어르신|노년|고령|노파|"
        r"(?<![a-z])(?:elderly|old (?:man|woman|lady|person)|senior|grandmother|grandfather|grandma|grandpa|aged person)(?![a-z])",
        74,
    ),
    (r"중년|(?<![a-z])(?:middle[- ]aged|middle age)(?![a-z])", 48),
    (r"장년", 55),
    (r"대학생|(?<![a-z])(?:university|college) student(?![a-z])", 21),
    (r"청년|젊은|(?<![a-z])(?:young (?:man|woman|adult|lady|male|female)|young)(?![a-z])", 25),
)
_KOREAN_TENS = {"열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90}
_KOREAN_ONES = {
    "": 0,
    "하나": 1,
    "한": 1,
    "둘": 2,
    "두": 2,
    "셋": 3,
    "세": 3,
    "넷": 4,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
}
_PARTS = (("초반|early", 2), ("중반|mid", 5), ("후반|late", 8))


def find_age(text: str, bare: bool = False) -> int | None:
    """The age in years that a lower-case text states: "25세", "20대 중반", "early 60s", "elderly"; the middle of a range.

    Args:
        text: lower case.
        bare: whether a number alone is an age.
    """
    return _exact(text) or _decade(text) or (_bare(text) if bare else None) or _word(text)


def find_height(text: str, bare: bool = False) -> int | None:
    """The height in centimetres that a lower-case text states, 50 to 230; `bare` as in `find_age`."""
    match = re.search(r"(?<![\d.])(\d{2,3})(?:\.\d+)?\s*(?:cm|센티미터|센티|㎝|centimet)", text)
    metres = re.search(r"(?<![\d.])([12])\.(\d{2})\s*(?:m(?![a-z])|미터)", text) or re.search(r"(?<![\d.])([12])\s?m\s?(\d{2})(?!\d)", text)
    feet = re.search(r"(?<!\d)([3-7])\s*(?:'|′|ft|feet|foot)\s*(\d{1,2})?", text)
    tall = re.search(r"(?:키|신장|height)[^\d,.;\n]{0,6}(\d{3})(?!\d)", text)
    if match:
        value = int(match.group(1))
    elif metres:
        value = int(metres.group(1)) * 100 + int(metres.group(2))
    elif feet:
        value = round((int(feet.group(1)) * 12 + int(feet.group(2) or 0)) * 2.54)
    elif tall:
        value = int(tall.group(1))
    elif bare and (alone := re.search(r"(?<!\d)(\d{2,3})(?!\d)", text)):
        value = int(alone.group(1))
    else:
        return None
    return value if 50 <= value <= 230 else None


def _sane(age: int) -> int | None:
    return age if 1 <= age <= 110 else None


def _exact(text: str) -> int | None:
    between = re.search(r"(?<!\d)(\d{1,2})\s*(?:-|~|–|to)\s*(\d{1,2})\s*(?:세|살|years?)", text)
    if between:
        return _sane((int(between.group(1)) + int(between.group(2))) // 2)
    for pattern in (
        r"(?<!\d)(\d{1,3})\s*(?:세|살)(?![가-힣]*트)",
        r"(?<!\d)(\d{1,3})[\s-]*(?:years?|yrs?)[\s-]*old",
        r"(?<!\d)(\d{1,3})[\s-]*y/?o(?![a-z])",
        r"(?<![a-z])age[d:]?\s*(?:is\s*)?(\d{1,3})(?!\d|s)",
        r"나이\D{0,3}(\d{1,3})(?!\d|0?대)",
    ):
        match = re.search(pattern, text)
        if match:
            return _sane(int(match.group(1)))
    tens, ones = "|".join(_KOREAN_TENS), "|".join(sorted(_KOREAN_ONES, key=len, reverse=True))
    spelled = re.search(rf"(?<![가-힣])({tens})\s?({ones})\s?(?:살|세)(?![가-힣]*트)", text)
    return _KOREAN_TENS[spelled.group(1)] + _KOREAN_ONES[spelled.group(2)] if spelled else None


def _decade(text: str) -> int | None:
    number = re.search(r"(?<!\d)([1-9])0\s*(?:대(?!\s*\d)|'?s(?![a-z]))", text)
    word = re.search(r"(?<![a-z])(" + "|".join(_TENS) + r")(?![a-z])", text)
    if number:
        base, around = int(number.group(1)) * 10, text[max(0, number.start() - 8) : number.end() + 5]
    elif word:
        base, around = _TENS[word.group(1)], text[max(0, word.start() - 8) : word.end()]
    else:
        return None
    return base + next((offset for words, offset in _PARTS if re.search(words, around)), 5)


def _bare(text: str) -> int | None:
    numbers = [int(number) for number in re.findall(r"(?<!\d)\d{1,3}(?!\d)", text)][:2]
    return _sane(sum(numbers) // len(numbers)) if numbers else None


def _word(text: str) -> int | None:
    return next((age for pattern, age in _WORDS if re.search(pattern, text)), None)
