"""Korean text on pictures."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from dasibom.language import say
from dasibom_legacy.errors import LegacyError

_PACKAGE = "koreanize_matplotlib"  # carries NanumGothic (SIL Open Font License); importing it would pull in matplotlib


@lru_cache(maxsize=16)
def korean_font(size: int) -> ImageFont.FreeTypeFont:
    """NanumGothic at `size` pixels.

    Raises:
        LegacyError: it is not installed.
    """
    package = importlib.util.find_spec(_PACKAGE)
    for folder in (package.submodule_search_locations or ()) if package else ():
        file = Path(folder) / "fonts" / "NanumGothic.ttf"
        if file.is_file():
            return ImageFont.truetype(str(file), size)
    raise LegacyError(say("한글 글꼴이 없습니다: pip install koreanize-matplotlib", "No Korean font: pip install koreanize-matplotlib"))


def wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """Break text into lines of at most `width` pixels, at spaces where there are any; glyphs count as wide as they are."""
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split(" "):
            joined = f"{line} {word}" if line else word
            if font.getlength(joined) <= width:
                line = joined
                continue
            if line:
                yield line
            line = ""
            for letter in word:
                if line and font.getlength(line + letter) > width:
                    yield line
                    line = ""
                line += letter
        yield line


def no_photo_card() -> Image.Image:
    """What stands for the face photo where nobody has one and the case wants one: a card that says so, with no face on it."""
    card = Image.new("RGB", (320, 320), "#e4e7eb")
    ImageDraw.Draw(card).text((160, 160), "얼굴 사진 없음", font=korean_font(34), fill="#4a5568", anchor="mm")
    return card


def mark_synthetic(picture: Image.Image) -> Image.Image:
    """The same picture with a label in its lower right corner that a model made it."""
    marked = picture.copy()
    size = max(12, picture.width // 18)
    right, bottom = picture.width - size // 2, picture.height - size // 2
    text, font, corner = say("AI 생성", "AI-generated"), korean_font(size), (right - size // 3, bottom - size // 4)
    draw = ImageDraw.Draw(marked)
    left, top, *_ = draw.textbbox(corner, text, font=font, anchor="rb")
    draw.rounded_rectangle((left - size // 3, top - size // 3, right, bottom), radius=size // 4, fill="#404448")
    draw.text(corner, text, font=font, anchor="rb", fill="white")
    return marked
