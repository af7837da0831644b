"""Figures and scenes drawn for the tests of the vqa service."""

from __future__ import annotations

import cv2
import numpy as np
from skimage import data

Rgb = tuple[int, int, int]

SKIN: Rgb = (224, 180, 150)
BLACK: Rgb = (24, 24, 27)
RED: Rgb = (192, 30, 40)
PAPER: Rgb = (235, 238, 240)


def draw_figure(
    upper: Rgb,
    lower: Rgb,
    *,
    background: Rgb = PAPER,
    hair: Rgb = BLACK,
    size: tuple[int, int] = (270, 360),
    fill: float = 0.9,
    outline: bool = True,
) -> np.ndarray:
    """A standing person from head to toe, `fill` of the picture's height; `size` is width and height."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[:] = background
    tall = height * fill
    top = (height - tall) / 2

    def at(x: float, y: float) -> tuple[int, int]:
        return round(width / 2 + x * tall), round(top + y * tall)

    def shape(color: Rgb, *points: tuple[float, float]) -> None:
        corners = np.array([at(*point) for point in points], np.int32)
        cv2.fillPoly(image, [corners], color, cv2.LINE_AA)
        if outline:
            cv2.polylines(image, [corners], True, (40, 40, 40), max(1, round(0.002 * tall)), cv2.LINE_AA)

    def oval(color: Rgb, x: float, y: float, across: float, down: float) -> None:
        cv2.ellipse(image, at(x, y), (max(1, round(across * tall)), max(1, round(down * tall))), 0, 0, 360, color, -1, cv2.LINE_AA)

    shape(lower, (-0.10, 0.5), (0.10, 0.5), (0.095, 0.95), (0.02, 0.95), (0, 0.56), (-0.02, 0.95), (-0.095, 0.95))
    shape(SKIN, (-0.025, 0.12), (0.025, 0.12), (0.03, 0.19), (-0.03, 0.19))
    for side in (-1, 1):
        shape((40, 30, 30), (side * 0.10, 0.95), (side * 0.02, 0.95), (side * 0.02, 1), (side * 0.115, 1))
        shape(upper, (side * 0.13, 0.19), (side * 0.165, 0.47), (side * 0.12, 0.48), (side * 0.08, 0.24))
        oval(SKIN, side * 0.143, 0.495, 0.022, 0.022)
    shape(upper, (-0.13, 0.19), (-0.04, 0.165), (0.04, 0.165), (0.13, 0.19), (0.105, 0.52), (-0.105, 0.52))
    oval(hair, 0, 0.062, 0.055, 0.062)
    oval(SKIN, 0, 0.082, 0.045, 0.055)
    for side in (-1, 1):
        oval((30, 30, 30), side * 0.018, 0.075, 0.005, 0.005)
    oval((150, 60, 60), 0, 0.11, 0.015, 0.004)
    return image


def small_astronaut() -> np.ndarray:
    """NASA's portrait (public domain) at half its size: 256×256×3, uint8, RGB."""
    return np.asarray(cv2.resize(data.astronaut(), (256, 256), interpolation=cv2.INTER_AREA))


def small_coffee() -> np.ndarray:
    """A picture without people, that scikit-image ships, at half its size: 200×300×3, uint8, RGB."""
    return np.asarray(cv2.resize(data.coffee(), (300, 200), interpolation=cv2.INTER_AREA))


def busy_wall(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """A background with texture everywhere, such as gravel."""
    random = np.random.default_rng(seed)
    noise = random.normal(128, 60, (size[1], size[0], 3))
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 2) * 4 - 384, 0, 255).astype(np.uint8)


def stand(scene: np.ndarray, figure: np.ndarray, background: Rgb, left: int, top: int) -> None:
    """Put a figure drawn without outlines on `background` into a scene, in place."""
    height, width = figure.shape[:2]
    drawn = (figure != np.array(background, np.uint8)).any(axis=2)
    scene[top : top + height, left : left + width][drawn] = figure[drawn]
