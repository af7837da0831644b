"""Comparisons: pictures of one case in a strip or a grid, each with its caption and, where a model made it, its mark."""

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

_HEIGHT = 600  # pixels, of a strip
_CELL = 900  # pixels, the longer side of a cell of a grid
_NARROWEST = 200  # pixels, of a cell, so that its caption can be read
_BAND = 0.1  # empty band below the captions, of the shorter side
_MOST_PIXELS = 30_000_000  # of a comparison


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One picture of a comparison."""

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
    labelled = await _labelled(case, panels, area)
    row = imaging.compose_row(labelled, _height(labelled), [panel.caption for panel in panels])
    return await _keep(case, stem, panels, row, title)


async def keep_grid(case: Casework, stem: str, panels: Sequence[Panel], *, title: str, area: Area = (0.0, 0.0, 1.0, 1.0)) -> str:
    """Save the panels as a grid, each as large as its cell allows and none stretched; gives the artifact name.

    Args:
        case: the case that they belong to.
        stem: file name without extension.
        panels: at least one; the first gives the cells their shape.
        title: for people.
        area: what is shown of each.
    """
    labelled = await _labelled(case, panels, area)
    grid = imaging.compose_grid(labelled, [panel.caption for panel in panels], _cell(labelled))
    return await _keep(case, stem, panels, grid, title)


async def _labelled(case: Casework, panels: Sequence[Panel], area: Area) -> list[np.ndarray]:
    pictures = [_cut(await case.context.pixels(panel.image), area) for panel in panels]
    return [imaging.label(pixels) if panel.artifact.synthetic else pixels for panel, pixels in zip(panels, pictures, strict=True)]


async def _keep(case: Casework, stem: str, panels: Sequence[Panel], composed: np.ndarray, title: str) -> str:
    # A comparison gets a mark of its own when it is saved; it shall not cover a caption.
    band = np.full((round(_BAND * min(composed.shape[:2])), composed.shape[1], 3), 255, np.uint8)
    data = await imaging.encode_async(np.vstack([composed, band]))
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


def _cell(pictures: Sequence[np.ndarray]) -> tuple[int, int]:
    """Width and height of a cell in the proportions of the first picture, smaller where many would make too large a grid."""
    height, width = pictures[0].shape[:2]
    columns, rows = imaging.grid_size(len(pictures))
    longer = min(_CELL, int((_MOST_PIXELS / (columns * rows)) ** 0.5))
    scale = longer / max(height, width)
    return max(_NARROWEST, round(width * scale)), max(1, round(height * scale))


def _distinct(models: Sequence[ModelUse]) -> list[ModelUse]:
    return [model for index, model in enumerate(models) if model not in models[:index]]
