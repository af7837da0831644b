"""Numbers that people and models state: ages, heights, counts, each as a range."""

from __future__ import annotations

import re

from services.orchestrator.workflows.vocabulary import normal

Range = tuple[float, float]

_AGE_WORDS: tuple[tuple[str, Range], ...] = (
    (r"영아|유아|아기|\b(baby|infant|toddler)\b", (0, 4)),
    (r"어린이|아동|초등학생|\b(child|kid)\b", (4, 12)),
    (r"청소년|중학생|고등학생|\b(teenager|teen|adolescent)\b", (12, 19)),
    (r"청년|\byoung adult\b", (19, 35)),
    (r"중년|\bmiddle.?aged\b", (40, 60)),
    (r"노인|고령|할머니|할아버지|\b(elderly|senior|old (man|woman|person))\b", (60, 110)),
)
_DECADES = "twenties thirties forties fifties sixties seventies eighties nineties".split()
_PARTS = (
    (r"초반|초(?!등)|\bearly\b", (0, 3)),
    (r"중반|\bmid(dle)?\b", (3, 7)),
    (r"후반|말|\blate\b", (6, 9)),
)
_NUMBER = r"(\d+(?:\.\d+)?)"


def age(text: str) -> Range | None:
    """The years that a phrase allows: `30대 후반` → (36, 39), `early sixties` → (60, 63), `25` → (25, 25)."""
    text = normal(text)
    decades = re.search(r"(?<!\d)([1-9]0)\s*대?\s*[~-]\s*([1-9]0)\s*대", text)
    if decades:
        first, last = sorted(int(decade) for decade in decades.groups())
        return first, last + 9
    decade = re.search(r"(?<!\d)([1-9]0)\s*(?:대|s\b|'s\b)", text)
    decade_word = next((20 + 10 * place for place, word in enumerate(_DECADES) if word in text), None)
    begin = int(decade.group(1)) if decade else decade_word
    if begin is not None:
        low, high = next((span for pattern, span in _PARTS if re.search(pattern, text)), (0, 9))
        return begin + low, begin + high
    return _stated(text) or next((span for pattern, span in _AGE_WORDS if re.search(pattern, text)), None)


def height(text: str) -> Range | None:
    """The centimetres that a phrase states: `175cm`, `1.75 m`, `170~175`; None for words such as `tall`."""
    stated = _stated(normal(text))
    if stated is None:
        return None
    low, high = (value * 100 if value < 3 else value for value in stated)
    return (low, high) if 30 <= low <= high <= 260 else None


def count(text: str) -> Range | None:
    """The number that a phrase states; no and none are 0."""
    text = normal(text)
    return _stated(text) or ((0, 0) if re.search(r"없|\b(no|none|nobody)\b", text) else None)


def overlap(one: Range, other: Range, tolerance: float) -> bool:
    """Whether two ranges meet, or come within `tolerance` of each other."""
    return one[0] <= other[1] + tolerance and other[0] <= one[1] + tolerance


def _stated(text: str) -> Range | None:
    span = re.search(rf"{_NUMBER}\s*(?:세|살|cm|m|명|)\s*(?:~|-|to|and|에서)\s*{_NUMBER}", text)
    if span:
        low, high = sorted((float(span.group(1)), float(span.group(2))))
        return low, high
    single = re.search(_NUMBER, text)
    return (float(single.group(1)), float(single.group(1))) if single else None
