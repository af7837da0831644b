"""The one table of named colors: what `vision` says and what `composite` draws are the same words."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True, kw_only=True)
class NamedColor:
    """A color that a witness would name."""

    key: str  # canonical English
    korean: str
    rgb: tuple[int, int, int]  # sRGB, 0..255: a typical shade of cloth
    synonyms: tuple[str, ...] = ()  # other words, Korean or English, lower case

    @property
    def words(self) -> tuple[str, ...]:
        """Every word for this color."""
        return (self.key, self.korean, *self.synonyms)


COLORS: tuple[NamedColor, ...] = (
    NamedColor(key="black", korean="검은색", rgb=(24, 24, 27), synonyms=("검정색", "검정", "검은", "까만색", "까만", "흑색", "블랙")),
    NamedColor(key="dark gray", korean="짙은 회색", rgb=(68, 70, 74), synonyms=("진회색", "차콜", "charcoal", "dark grey")),
    NamedColor(key="gray", korean="회색", rgb=(128, 130, 133), synonyms=("grey", "그레이", "쥐색")),
    NamedColor(key="light gray", korean="밝은 회색", rgb=(190, 192, 195), synonyms=("연회색", "light grey", "silver", "은색")),
    NamedColor(key="white", korean="흰색", rgb=(242, 242, 240), synonyms=("하얀색", "하얀", "하양", "흰", "백색", "화이트")),
    NamedColor(key="red", korean="빨간색", rgb=(192, 30, 40), synonyms=("빨강", "빨간", "붉은색", "붉은", "적색", "레드")),
    NamedColor(key="burgundy", korean="자주색", rgb=(110, 22, 46), synonyms=("버건디", "와인색", "maroon", "wine", "dark red")),
    NamedColor(key="pink", korean="분홍색", rgb=(232, 140, 170), synonyms=("분홍", "핑크", "핑크색")),
    NamedColor(key="orange", korean="주황색", rgb=(232, 118, 32), synonyms=("주황", "오렌지", "오렌지색")),
    NamedColor(key="brown", korean="갈색", rgb=(106, 68, 40), synonyms=("밤색", "브라운", "고동색")),
    NamedColor(
        key="beige",
        korean="베이지색",
        rgb=(212, 190, 154),
        synonyms=("베이지", "크림색", "cream", "tan", "khaki beige", "아이보리", "ivory"),
    ),
    NamedColor(key="yellow", korean="노란색", rgb=(236, 200, 48), synonyms=("노랑", "노란", "황색", "옐로우")),
    NamedColor(key="green", korean="초록색", rgb=(40, 130, 66), synonyms=("초록", "녹색", "그린", "연두색", "연두")),
    NamedColor(key="dark green", korean="짙은 초록색", rgb=(28, 70, 46), synonyms=("진초록", "진녹색", "forest green")),
    NamedColor(key="khaki", korean="카키색", rgb=(110, 106, 70), synonyms=("카키", "국방색", "olive", "올리브색")),
    NamedColor(key="sky blue", korean="하늘색", rgb=(134, 188, 226), synonyms=("light blue", "연청색", "연파랑")),
    NamedColor(key="blue", korean="파란색", rgb=(38, 84, 176), synonyms=("파랑", "파란", "청색", "블루", "denim", "청")),
    NamedColor(key="navy", korean="남색", rgb=(28, 36, 74), synonyms=("네이비", "곤색", "navy blue", "dark blue", "감색")),
    NamedColor(key="purple", korean="보라색", rgb=(108, 58, 138), synonyms=("보라", "퍼플", "violet")),
)

BY_KEY = {color.key: color for color in COLORS}


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """Convert N×3 uint8 sRGB to N×3 float32 CIELAB (D65; L 0..100)."""
    pixels = rgb.reshape(-1, 1, 3).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)).reshape(-1, 3)
