"""Shading: a height field lit by one lamp, written as stacked translucent tone contours.

A painter's tones come from form. So a face or a sleeve is modelled as a small height field (bumps, grooves, folds), lit, and its
tones are cut into contours that are painted on top of one another, each so thin that no edge shows. What comes out is plain
vector paths: it scales, and an editor can change it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import contourpy
import cv2
import numpy as np

from services.diffusion.backends.composite.curves import Points, interpolate, polygon, sample
from services.diffusion.backends.composite.palette import Rgb, hexadecimal

LAMP = (-0.27, -0.42, 0.866)  # towards the light: from the upper left, in front
TONE_STEP = 0.011  # what one contour changes of the picture, 1 is from black to white; coarser reliefs take coarser steps


class Relief:
    """A height field over a rectangle, in drawing units; heights are towards the viewer, in the same units."""

    def __init__(self, left: float, top: float, right: float, bottom: float, step: float = 2.0):
        """Make a flat field.

        Args:
            left: the rectangle's edges, in drawing units.
            top: see `left`.
            right: see `left`.
            bottom: see `left`.
            step: distance between samples, in drawing units.
        """
        self.step = step
        self.origin = np.array([left, top])
        self.x = np.arange(left, right + step, step)
        self.y = np.arange(top, bottom + step, step)
        self.height = np.zeros((len(self.y), len(self.x)), np.float32)
        self.ink = np.zeros_like(self.height)  # darkening that is no form: cast shadows, redness; positive is dark

    def bell(self, cx: float, cy: float, sx: float, sy: float) -> np.ndarray:
        """A rounded hill of height 1 around a point."""
        return np.outer(np.exp(-(((self.y - cy) / sy) ** 2)), np.exp(-(((self.x - cx) / sx) ** 2))).astype(np.float32)

    def bump(self, cx: float, cy: float, sx: float, sy: float, amount: float) -> None:
        """Raise (or, below 0, lower) a rounded hill."""
        self.height += amount * self.bell(cx, cy, sx, sy)

    def pair(self, cx: float, cy: float, sx: float, sy: float, amount: float) -> None:
        """Raise the same hill on both sides of the y axis."""
        self.bump(cx, cy, sx, sy, amount)
        self.bump(-cx, cy, sx, sy, amount)

    def trace(self, knots: Points, width: float, taper: bool = True) -> np.ndarray:
        """A soft line of height 1 along a curve, fading towards its ends when `taper`."""
        curve = sample(knots, 6)
        canvas = np.zeros_like(self.height)
        pixels = self._pixels(curve)
        thickness = max(1, round(width / self.step))
        for index, (a, b) in enumerate(pairwise(pixels)):
            t = (index + 0.5) / (len(pixels) - 1)
            level = float(np.sin(np.pi * t) ** 0.6) if taper else 1.0
            cv2.line(canvas, a.tolist(), b.tolist(), level, thickness, cv2.LINE_AA, 4)
        return np.asarray(cv2.GaussianBlur(canvas, (0, 0), max(width / self.step / 2, 0.5)))

    def groove(self, knots: Points, width: float, depth: float) -> None:
        """Cut a soft groove (a wrinkle, a fold) along a curve; a negative depth raises a ridge."""
        self.height -= depth * self.trace(knots, width)

    def area(self, outline: Points, blur: float = 0.0) -> np.ndarray:
        """1 inside an outline (a dense polygon), 0 outside, softened by `blur` drawing units."""
        fine = 4
        rows, columns = self.height.shape
        canvas = np.zeros((rows * fine, columns * fine), np.uint8)
        corners = ((outline - self.origin) / self.step + 0.5) * fine - 0.5
        cv2.fillPoly(canvas, [np.round(corners * 16).astype(np.int32)], 255, cv2.LINE_8, 4)
        mask = cv2.resize(canvas, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), blur / self.step)) if blur > 0 else mask

    def soften(self, blur: float) -> None:
        """Smooth the heights by `blur` drawing units."""
        self.height = np.asarray(cv2.GaussianBlur(self.height, (0, 0), blur / self.step))

    def tone(self, contrast: float = 1.0, hollows: float = 0.0, hollow_size: float = 12.0) -> np.ndarray:
        """Light the field: 0 is a surface that faces the viewer, negative darker, positive lighter; about -1..1.

        Args:
            contrast: factor on the lamp's part.
            hollows: how much narrow hollows darken (ambient occlusion), per drawing unit of depth.
            hollow_size: size of what counts as narrow, drawing units.
        """
        slope_y, slope_x = np.gradient(self.height, self.step)
        length = np.sqrt(slope_x**2 + slope_y**2 + 1)
        lx, ly, lz = LAMP
        lit = (-slope_x * lx - slope_y * ly + lz) / length
        tone = (np.maximum(lit, -0.25) - lz) * contrast
        if hollows:
            around = cv2.GaussianBlur(self.height, (0, 0), hollow_size / self.step)
            tone += np.minimum(self.height - around, 0) * hollows
        return np.asarray(tone - self.ink, np.float32)

    def contours(
        self, tone: np.ndarray, mask: np.ndarray, base: Rgb, dark: Rgb, light: Rgb, deepest: float = 0.8, brightest: float = 0.5
    ) -> str:
        """The tones inside a mask as SVG paths, to be painted over the base color.

        Args:
            tone: from `tone`.
            mask: from `area`: where to paint.
            base: the color that is painted over; where `dark` and `light` are near to it, fewer contours do.
            dark: the color of full shade.
            light: the color of full light.
            deepest: no darker than this, 0..1.
            brightest: no lighter than this, 0..1.
        """
        inside = tone * np.clip(mask * 1.4 - 0.2, 0, 1)
        paths = []
        for sign, color, limit in ((-1.0, dark, deepest), (1.0, light, brightest)):
            generator = contourpy.contour_generator(
                x=self.x, y=self.y, z=np.maximum(inside * sign, 0), fill_type=contourpy.FillType.OuterCode, quad_as_tri=False
            )
            difference = max(abs(a - b) for a, b in zip(color, base, strict=True)) / 255
            size = float(np.clip(TONE_STEP / max(difference, 0.01), 0.022, 0.06)) * (1 if self.step < 5 else 1.6)
            levels = np.arange(size / 2, min(limit, float((inside * sign).max(initial=0))), size)
            for level in levels:
                # Each layer covers a fixed part of what is left, so that the sum of all comes to `limit` and not beyond.
                opacity = size / max(1 - level, 0.2)
                data = _rings(generator, float(level), self.step * 0.14)
                if data:
                    paths.append(f'<path d="{data}" fill="{hexadecimal(color)}" fill-opacity="{opacity:.3f}" fill-rule="evenodd"/>')
        # Steps so small need no smoothed edges, which take half of a renderer's time.
        return f'<g shape-rendering="optimizeSpeed">{"".join(paths)}</g>' if paths else ""

    def silhouette(self, mask: np.ndarray, level: float = 0.5) -> str:
        """Path data around where a mask is above a level, for an even-odd fill."""
        generator = contourpy.contour_generator(
            x=self.x, y=self.y, z=cv2.GaussianBlur(mask, (0, 0), 0.8), fill_type=contourpy.FillType.OuterCode
        )
        return _rings(generator, level, self.step * 0.12)

    def folds(self, rng: np.random.Generator, size: tuple[float, float], amount: float, angle: float = 0.0) -> np.ndarray:
        """Random soft ridges, as cloth has them: `size` across and along, in drawing units, turned by `angle` (radians)."""
        rows, columns = self.height.shape
        noise = rng.standard_normal((rows, columns)).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), size[0] / self.step, sigmaY=size[1] / self.step)
        if angle:
            turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(np.degrees(angle)), 1.0)
            smooth = cv2.warpAffine(smooth, turn, (columns, rows), borderMode=cv2.BORDER_REFLECT)
        return np.asarray(smooth / (smooth.std() + 1e-6) * amount)

    def profile(self, knots: list[tuple[float, float]]) -> np.ndarray:
        """Values by row: interpolated between (y, value) knots; rows×1."""
        return np.asarray(interpolate(self.y, knots), np.float32)[:, None]

    def _pixels(self, curve: Points) -> np.ndarray:
        # fillPoly and line take fixed-point coordinates: 4 fractional bits.
        return np.asarray(np.round((curve - self.origin) / self.step * 16)).astype(np.int32)


def _rings(generator: contourpy.ContourGenerator, level: float, tolerance: float) -> str:
    """Path data of the area above a level; corners that matter less than `tolerance` drawing units are left out."""
    polygons, codes = cast(tuple[list[np.ndarray], list[np.ndarray]], generator.filled(level, 1e9))
    data = []
    for vertices, code in zip(polygons, codes, strict=True):
        starts = [*np.flatnonzero(code == 1).tolist(), len(vertices)]
        for first, last in pairwise(starts):
            ring = cv2.approxPolyDP(vertices[first : last - 1].astype(np.float32).reshape(-1, 1, 2), tolerance, True).reshape(-1, 2)
            ring = np.round(ring) if tolerance > 0.5 else ring  # whole units are fine enough, and short to write
            if len(ring) >= 3 and abs(cv2.contourArea(ring)) > 120 * tolerance**2:
                data.append(polygon(ring))
    return "".join(data)
