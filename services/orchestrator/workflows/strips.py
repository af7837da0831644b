"""Comparison strips: pictures of one case side by side, each with its caption and, where a model made it, its mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dasibom.common.v1.image_pb2 import Image
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1.file_pb2 import Artifact
from services.common import imaging
from services.orchestrator.workflows.casework import Casework
from services.orchestrator.workflows.context import Making

_HEIGHT = 600  # pixels
_BAND = 0.1  # empty band below the captions, of the strip's shorter side
_MOST_PIXELS = 30_000_000  # of a strip


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One picture of a strip."""

    artifact: Artifact  # what it is
    image: Image  # as the model gave it, without a label
    caption: str


Area = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of a picture's size."""


async def keep_strip(case: Casework, stem: str, panels: Sequence[Panel], *, title: str, area: Area = (0.0, 0.0, 1.0, 1.0)) -> str:
    """Save the panels side by side; gives the artifact name.

    Args:
        case: the case that they belong to.
        stem: file name without extension.
        panels: at least one.
        title: for people.
        area: what is shown of each.
    """
    pictures = [_cut(await case.context.pixels(panel.image), area) for panel in panels]
    labelled = [imaging.label(pixels) if panel.artifact.synthetic else pixels for panel, pixels in zip(panels, pictures, strict=True)]
    row = imaging.compose_row(labelled, _height(labelled), [panel.caption for panel in panels])
    # The strip gets a mark of its own when it is saved; it shall not cover a caption.
    band = np.full((round(_BAND * min(row.shape[:2])), row.shape[1], 3), 255, np.uint8)
    data = await imaging.encode_async(np.vstack([row, band]))
    making = Making(
        origins=[(panel.artifact.name, panel.artifact.sha256) for panel in panels],
        models=_distinct([model for panel in panels for model in panel.artifact.provenance.models]),
    )
    image = Image(data=data, media_type=imaging.PNG)
    return (await case.keep_synthetic(stem, image, kind="comparison", title=title, making=making)).name


def _cut(pixels: np.ndarray, area: Area) -> np.ndarray:
    height, width = pixels.shape[:2]
    left, top, right, bottom = area
    rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
    columns = slice(int(left * width), max(int(left * width) + 1, round(right * width)))
    return np.ascontiguousarray(pixels[rows, columns])


def _height(pictures: Sequence[np.ndarray]) -> int:
    """The usual height, or less where very wide pictures would make too large a strip."""
    aspects = sum(pixels.shape[1] / pixels.shape[0] for pixels in pictures)
    return max(1, min(_HEIGHT, int((_MOST_PIXELS / aspects) ** 0.5)))


def _distinct(models: Sequence[ModelUse]) -> list[ModelUse]:
    return [model for index, model in enumerate(models) if model not in models[:index]]
