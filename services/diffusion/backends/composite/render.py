"""From SVG to pixels, by resvg."""

from __future__ import annotations

import numpy as np

from services.common.imaging import decode, flatten, korean_font_file


def render(svg: str) -> np.ndarray:
    """Render a document at its own size: H×W×3, uint8, RGB.

    Raises:
        ValueError: the document is no valid SVG.
    """
    import resvg_py

    data = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=[str(korean_font_file())])
    return flatten(decode(bytes(data)))
