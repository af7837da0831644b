"""Descriptions of people in the English that picture models know.

A lexicon of looks and a few rules of word order, no more: it turns `20대 중반 여성, 검은 긴 머리, 안경을 쓰지 않음` into
`mid 20s female, black long hair, no glasses`. A piece with a word that it does not know stays as it was said, so nothing is lost.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from services.common.colors import COLORS

_HANGUL = re.compile(r"[가-힣]")
_PARTICLE = (
    r"(?:에서|으로|이며|이고|입니다|이다|에는|까지|부터|처럼|을|를|이|가|은|는|에|의|로|와|과|도|만|인|임|형태|편이다|편임|편|색상|색)?"
)
_WEARING = r"(?:쓰|착용하|끼|신|입|메|매|들|하)"
_PLACES = "눈썹 눈 코 입술 입 턱 볼 뺨 이마 귀 목 손등 손목 손 팔 다리 발 가슴 등 어깨".split()
_AGES: tuple[tuple[str, str], ...] = (
    (r"(?<!\d)([1-9]0)대\s*초반", r"early \1s"),
    (r"(?<!\d)([1-9]0)대\s*중반", r"mid \1s"),
    (r"(?<!\d)([1-9]0)대\s*후반", r"late \1s"),
    (r"(?<!\d)([1-9]0)대", r"\1s"),
    (r"(?:만\s*)?(?<!\d)(\d{1,3})\s*(?:세|살)", r"\1 years old"),
    (r"(\d)\s*센티미터|(\d)\s*센티", r"\1\2cm"),
    (r"(\d)\s*킬로그램|(\d)\s*킬로", r"\1\2kg"),
)
_WORN = rf"(?:을|를)?\s*(?:{_WEARING}고|착용\s?중|착용하고)\s*(?:있\w*|다님|다니\w*)"
# What is denied, before the word for it is lost among others. The thing is the word before; a space may be missing.
_DENIALS = (
    rf"([가-힣A-Za-z]+?)(?:을|를|은|는|이|가)?\s*(?:안\s*(?:{_WEARING}|씀|썼|쓴|낌|낀|꼈|함|한|했|맴|멤|멘|맨|듦|든)\w*|{_WEARING}?지\s*않\w*|미착용|미소지|없음|없는|없다|없고|없이|없습니다)",
)


def english(text: str) -> str:
    """A Korean description in English; what is English already, or has words that are not in the lexicon, stays.

    Args:
        text: words about one person's looks, in Korean, English or both.
    """
    if not _HANGUL.search(text):
        return text
    pieces = re.split(r"([,;\n]|\.(?!\d))", unicodedata.normalize("NFC", text))
    return _tidy("".join(_piece(piece) for piece in pieces))


def _piece(text: str) -> str:
    translated = text
    for pattern, replacement in _AGES:
        translated = re.sub(pattern, replacement, translated)
    for pattern in _DENIALS:
        translated = re.sub(pattern, _denied, translated)
    translated = re.sub(_WORN, " 착용", translated)
    translated = re.sub(r"([가-힣]+?)(?:에|와|과|랑)\s+(?=[가-힣])", _joined_nouns, translated)
    translated = _words().sub(lambda found: f" {_table()[found['word']]} ", translated)
    # Half a translation is worse than none: it loses how the words belong together.
    return text if _HANGUL.search(translated) else translated


def _denied(found: re.Match[str]) -> str:
    thing = found.group(1)
    known = _table().get(thing)
    # Of a thing that is not known the words stay as they were said.
    return f"no {known}" if known and known not in {"color", "kind"} else found.group(0)


def _joined_nouns(found: re.Match[str]) -> str:
    thing = found.group(1)
    if thing in _PLACES:
        return f"{thing}: "
    return f"{thing} and " if thing in _table() else found.group(0)


@cache
def _table() -> dict[str, str]:
    colors = {word: color.key for color in COLORS for word in color.words if _HANGUL.search(word)}
    lexicon = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))
    return colors | {korean: word for section in lexicon.values() for korean, word in section.items()}


@cache
def _words() -> re.Pattern[str]:
    known = "|".join(re.escape(word) for word in sorted(_table(), key=len, reverse=True))
    # A word begins where no other one goes on, and ends with its particle or where the next known word begins.
    return re.compile(rf"(?<![가-힣])(?P<word>{known}){_PARTICLE}(?![가-힣])")


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,.;:)])", r"\1", text)
    return text.strip()
