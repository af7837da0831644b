"""Pictures inside the page, so that one file holds the whole report."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass

from services.common import imaging
from services.orchestrator.reports.report import Figure

_LARGE, _SMALL = 1200, 640  # pixels, of the longer side: sharp enough for paper
_LARGE_KINDS = ("montage", "comparison", "composite", "body")
_MOST_PIXELS = 8_000_000  # of all pictures of a report together: one to three megabytes
_SMALLEST = 160  # pixels
_QUALITY = 82


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as the page shows it."""

    name: str  # of its artifact
    title: str
    kind: str
    synthetic: bool
    data: bytes  # JPEG
    file: str  # a plain name for it
    width: int  # pixels, of that JPEG
    height: int

    @property
    def source(self) -> str:
        """The JPEG as `data:` URI."""
        return f"data:{imaging.JPEG};base64,{base64.b64encode(self.data).decode()}"


async def embed(figures: Sequence[Figure]) -> list[Picture]:
    """Make the page's copies, labelled where a model made the picture. Many pictures are made smaller, so that a report can be mailed.

    Raises:
        BadPicture: a figure is no picture.
    """
    total = sum(_pixels(figure) for figure in figures)
    scale = min(1.0, (_MOST_PIXELS / total) ** 0.5) if total else 1.0
    return [await asyncio.to_thread(_embed, number, figure, scale) for number, figure in enumerate(figures)]


def _side(figure: Figure) -> int:
    """The longer side that a picture may have."""
    return _LARGE if figure.artifact.kind in _LARGE_KINDS else _SMALL


def _pixels(figure: Figure) -> float:
    """How many pixels it will have, were it the only one."""
    header = imaging.probe(figure.data)
    shrinks = min(1.0, _side(figure) / max(header.width, header.height))
    return header.width * header.height * shrinks**2


def _embed(number: int, figure: Figure, scale: float) -> Picture:
    artifact = figure.artifact
    pixels = imaging.thumbnail(imaging.decode(figure.data), max(_SMALLEST, int(scale * _side(figure))))
    if artifact.synthetic:
        pixels = imaging.label(pixels)
    return Picture(
        name=artifact.name,
        title=artifact.title,
        kind=artifact.kind,
        synthetic=artifact.synthetic,
        data=imaging.encode(pixels, imaging.JPEG, quality=_QUALITY),
        file=f"picture_{number:03}.jpg",
        width=pixels.shape[1],
        height=pixels.shape[0],
    )
