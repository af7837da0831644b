"""The Korean font that pictures are lettered with."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

_PACKAGE = "koreanize_matplotlib"
_FILES = {False: "NanumGothic.ttf", True: "NanumGothicBold.ttf"}


def korean_font_file(*, bold: bool = False) -> Path:
    """The file of NanumGothic (SIL Open Font License), as koreanize-matplotlib ships it.

    The package is only located: importing it would pull in and reconfigure matplotlib.

    Raises:
        RuntimeError: the package is not installed.
    """
    package = importlib.util.find_spec(_PACKAGE)
    for folder in (package.submodule_search_locations or ()) if package else ():
        file = Path(folder) / "fonts" / _FILES[bold]
        if file.is_file():
            return file
    raise RuntimeError("no Korean font is installed: install the package koreanize-matplotlib, which carries NanumGothic")


@lru_cache(maxsize=64)
def korean_font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """NanumGothic at `size` pixels. See `korean_font_file` for errors."""
    return ImageFont.truetype(str(korean_font_file(bold=bold)), size)
