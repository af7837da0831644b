"""Pictures inside the page, so that one file holds the whole report."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from services.common import imaging
from services.orchestrator.reports.report import Figure

_LARGE, _SMALL = 1200, 640  # pixels, of the longer side: sharp enough for paper
_LARGE_KINDS = ("montage", "comparison", "composite", "body")
_QUALITY = 82


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as the page shows it."""

    name: str  # of its artifact
    title: str
    kind: str
    synthetic: bool
    source: str  # `data:` URI of a JPEG
    width: int  # pixels, of that JPEG
    height: int


async def embed(figures: Sequence[Figure]) -> list[Picture]:
    """Make the page's copies, labelled where a model made the picture.

    Raises:
        BadPicture: a figure is no picture.
    """
    return [await _embed(figure) for figure in figures]


async def _embed(figure: Figure) -> Picture:
    artifact = figure.artifact
    picture = await imaging.decode_async(figure.data)
    pixels = imaging.thumbnail(picture, _LARGE if artifact.kind in _LARGE_KINDS else _SMALL)
    if artifact.synthetic:
        pixels = imaging.label(pixels)
    data = await imaging.encode_async(pixels, imaging.JPEG, quality=_QUALITY)
    return Picture(
        name=artifact.name,
        title=artifact.title,
        kind=artifact.kind,
        synthetic=artifact.synthetic,
        source=f"data:{imaging.JPEG};base64,{base64.b64encode(data).decode()}",
        width=pixels.shape[1],
        height=pixels.shape[0],
    )
