"""`final_report_preview.png`: a report at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageOps

from dasibom_legacy.lettering import korean_font, wrap

_SIZE = (1600, 900)
_MARGIN, _TILE, _STEP, _TILE_TOP = 40, 320, 340, 540
_MOST_LETTERS, _MOST_TILES = 600, 3
_LINE, _TEXT_TOP, _TEXT_BOTTOM = 30, 130, 500


def draw_preview(case_id: str, summary: str, frames: Sequence[Image.Image]) -> Image.Image:
    """Draw it.

    Args:
        case_id: of the run.
        summary: of the findings; the first 600 letters are shown, as far as they fit above the pictures.
        frames: the first three are shown, in the middle cut to a square.

    Returns:
        RGB, 1600×900.
    """
    page = Image.new("RGB", _SIZE, "#101522")
    pen = ImageDraw.Draw(page)
    heading, text = korean_font(28), korean_font(22)
    pen.text((_MARGIN, 40), f"Case ID: {case_id}", font=heading, fill="white")
    pen.text((_MARGIN, 90), "핵심 요약:", font=heading, fill="#9fc5ff")
    lines = list(wrap(summary[:_MOST_LETTERS], text, _SIZE[0] - 2 * _MARGIN))
    room = (_TEXT_BOTTOM - _TEXT_TOP) // _LINE
    if len(lines) > room:
        lines = [*lines[: room - 1], "…"]
    for number, line in enumerate(lines):
        pen.text((_MARGIN, _TEXT_TOP + number * _LINE), line, font=text, fill="white")
    for number, frame in enumerate(frames[:_MOST_TILES]):
        left = _MARGIN + number * _STEP
        pen.text((left, _TILE_TOP - 26), f"프레임 {number + 1}", font=korean_font(18), fill="#c8d0dc")
        page.paste(ImageOps.fit(frame, (_TILE, _TILE)), (left, _TILE_TOP))
    pen.text((_MARGIN, 872), "프레임은 AI가 화질을 높인 그림입니다. 수사 단서이며 증거가 아닙니다.", font=korean_font(16), fill="#c8d0dc")
    return page
