"""A piece of cloth (or skin, or leather): an outline filled with its color, and the light on its form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.diffusion.backends.composite.curves import Points, clockwise, moved, polygon, sample
from services.diffusion.backends.composite.palette import Rgb, darker, lighter, luminance, mix
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import Definitions, line, path

Shaping = Callable[[Relief], None]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a drawing is made on: its definitions, how fine it is, and what of it is seen."""

    definitions: Definitions
    detail: float  # 1 for a portrait, about 0.25 for a whole figure
    bottom: float  # nothing below this is seen, drawing units
    seed: int

    @property
    def fine(self) -> bool:
        """Whether small things (stitches, ribs) are seen."""
        return self.detail > 0.6

    def step_for(self, width: float) -> float:
        """Distance between the samples of a relief of something so wide, drawing units: small things are sampled finely."""
        return float(np.clip(width / 90, 2.5, 4.5) if self.fine else np.clip(width / 60, 4.0, 8.0))


def drape(
    sheet: Sheet,
    parts: Sequence[Points],
    color: Rgb,
    shape: Shaping | None = None,
    *,
    depth: float = 0.62,
    rim: float = 26.0,
    thickest: float = 190.0,
    contrast: float = 0.9,
    edge: float = 0.4,
    dark: Rgb | None = None,
) -> str:
    """One piece, each part of it rounded like a cylinder from side to side, with the folds that `shape` cuts.

    Args:
        sheet: what is drawn on.
        parts: closed outlines that together make the piece (a trunk and two sleeves); a knot given twice is a corner.
        color: mean color of the piece; the shading is kept around it.
        shape: cuts folds and seams into the relief.
        depth: how round, 1 is half a cylinder.
        rim: width of the rounding at the edges, drawing units.
        thickest: radius beyond which a run grows no rounder, drawing units.
        contrast: of the light.
        edge: opacity of the thin dark line around the piece.
        dark: the color of full shade; chosen from `color` when absent.
    """
    outlines = [clockwise(sample(part, 8, closed=True)) for part in parts]
    corners = np.vstack(outlines)
    left, top = corners.min(axis=0) - 8
    right, bottom = corners.max(axis=0) + 8
    bottom = min(bottom, sheet.bottom + 12)
    if bottom <= top + 20:
        return ""
    relief = Relief(float(left), float(top), float(right), float(bottom), sheet.step_for(float(right - left)))
    masks = [relief.area(outline) for outline in outlines]
    relief.height = np.asarray(
        cv2.GaussianBlur(np.maximum.reduce([_round(relief, mask, depth, thickest) for mask in masks]), (0, 0), rim / relief.step / 1.6)
    )
    mask = np.maximum.reduce(masks)
    if shape:
        shape(relief)
    tone = relief.tone(contrast, 0.012, 30)
    tone -= float(tone[mask > 0.5].mean()) * 0.85
    bright = luminance(color)
    shade = dark or mix(darker(color, 0.72), (20, 22, 44), 0.18)
    light = lighter(mix(color, (255, 252, 244), 0.1), 0.62 if bright < 0.6 else 0.85)
    tone *= 0.62 if bright < 0.12 else 1.0
    tones = relief.contours(tone, mask, color, shade, light, deepest=0.66, brightest=0.42)
    data = "".join(polygon(outline) for outline in outlines)
    rim_line = (
        line(relief.silhouette(mask), darker(color, 0.62 if bright < 0.75 else 0.45), 2.4 if sheet.fine else 5.0, edge) if edge else ""
    )
    return path(data, color) + tones + rim_line


def _round(relief: Relief, mask: np.ndarray, depth: float, thickest: float) -> np.ndarray:
    """Round every horizontal run of the mask like a cylinder: one for a trunk, two for a pair of legs."""
    solid = np.pad((mask > 0.5).astype(np.int8), ((0, 0), (1, 1)))
    edges = np.diff(solid, axis=1)
    height = np.zeros_like(mask)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        half = (end - start) / 2
        u = (np.arange(start, end) + 0.5 - start - half) / (half + 0.5)
        height[row, start:end] = np.sqrt(1 - np.abs(u) ** 2.3) * min(half * relief.step, thickest) * depth
    return height


def crease(relief: Relief, curve: Points, width: float, depth: float) -> None:
    """A fold of cloth: a groove with the ridge that it throws up beside it."""
    relief.groove(curve, width, depth)
    relief.groove(moved(curve, width * 0.7, -width * 0.8), width * 1.1, -depth * 0.6)


def ripple(relief: Relief, rng: np.random.Generator, amount: float, size: tuple[float, float] = (26.0, 120.0), angle: float = 0.0) -> None:
    """The small unevenness that any cloth has."""
    relief.height += relief.folds(rng, size, amount, angle)
