"""Clothing as people describe it: which color goes with which part."""

from __future__ import annotations

import re

from services.orchestrator.workflows.vocabulary import colors, normal

_PARTS = {
    "upper": (
        "상의 윗옷 윗도리 셔츠 티셔츠 남방 블라우스 재킷 자켓 점퍼 잠바 코트 외투 패딩 파카 니트 스웨터 가디건 맨투맨 후드 조끼 원피스 "
        "top shirt t-shirt tee blouse jacket jumper coat overcoat parka sweater cardigan sweatshirt hoodie vest dress"
    ).split(),
    "lower": "하의 바지 치마 스커트 슬랙스 레깅스 bottom bottoms trousers pants slacks jeans shorts skirt leggings".split(),
    "shoes": "신발 운동화 구두 부츠 장화 샌들 슬리퍼 shoes sneakers boots sandals slippers heels".split(),
    "bag": "가방 배낭 백팩 크로스백 핸드백 bag backpack handbag".split(),
    "headwear": "모자 비니 캡 hat cap beanie".split(),
}
_PIECES = re.compile(r"[,;/·.]|\b(?:and|with|over)\b|그리고|및|(?<=\S)(?:에|와|과)\s")


def parts(text: str) -> dict[str, set[str]]:
    """Color keys by part of the clothing: `파란색 셔츠, 검은색 바지` → {"upper": {"blue"}, "lower": {"black"}}.

    Parts whose color is not told are left out.
    """
    found: dict[str, set[str]] = {}
    for piece in _PIECES.split(text):
        named = [part for part, words in _PARTS.items() if any(_holds(normal(piece), word) for word in words)]
        # With two parts in one piece nothing tells whose the color is.
        if len(named) == 1 and (keys := colors(piece)):
            found.setdefault(named[0], set()).update(keys)
    return found


def _holds(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text) is not None if word.isascii() else word in text
