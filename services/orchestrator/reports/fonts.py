"""The letters of a page, carried within it: it looks the same where no Korean font is installed."""

from __future__ import annotations

import base64
import io
import logging

from fontTools import subset

from services.common import imaging

# It tells of every table of a font that it leaves out.
logging.getLogger("fontTools.subset").setLevel(logging.ERROR)


def font_source(text: str, *, bold: bool = False) -> str:
    """NanumGothic with no more than the letters of `text`, as a `data:` URI of a WOFF file."""
    options = subset.Options(flavor="woff", hinting=False, layout_features=[], name_IDs=[], notdef_outline=True)
    file = io.BytesIO()
    with subset.load_font(str(imaging.korean_font_file(bold=bold)), options, dontLoadGlyphNames=True) as font:
        font.recalcTimestamp = False
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=text)
        subsetter.subset(font)
        subset.save_font(font, file, options)
    return f"data:font/woff;base64,{base64.b64encode(file.getvalue()).decode()}"
