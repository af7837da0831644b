from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workflow_world import picture

from services.common import imaging
from services.orchestrator.workflows.preparation import STEEPEST, even_contrast, prepare, reduce_noise, sharpen

SCENE = imaging.decode(picture(5, 240, 160)).pixels


def noisy(sigma: float, level: int = 110) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, sigma, (160, 240, 3))
    return np.clip(level + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 200, 3), (97, 61, 3)])
def test_a_picture_of_any_size_keeps_its_size_and_is_left_as_it_was(shape: tuple[int, int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    before = pixels.copy()
    made = prepare(pixels)
    assert made.shape == shape
    assert made.dtype == np.uint8
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("sigma", [4, 8, 12])
def test_noise_becomes_less_and_is_not_brought_back_by_contrast_and_sharpening(sigma: float) -> None:
    pixels = noisy(sigma)
    assert reduce_noise(pixels).std() < 0.6 * pixels.std()
    assert prepare(pixels).std() < pixels.std()


def test_edges_survive_the_removal_of_noise() -> None:
    pixels = noisy(4)
    pixels[:, 120:] = np.clip(pixels[:, 120:].astype(int) + 100, 0, 255)
    made = reduce_noise(pixels).astype(int)
    assert made[:, 124:].mean() - made[:, :116].mean() == pytest.approx(100, abs=2)
    assert made[:, 121].mean() - made[:, 118].mean() > 90


def test_a_flat_scene_gains_more_contrast_than_a_full_one() -> None:
    def gain(lightness: np.ndarray) -> float:
        return float(even_contrast(lightness).std() / lightness.std())

    full = cv2.normalize(SCENE[..., 0], None, 0, 255, cv2.NORM_MINMAX)
    flat = (100 + full / 12).astype(np.uint8)
    assert gain(flat) > 1.2
    assert gain(flat) > gain(full) > 0.9


def test_a_soft_edge_becomes_steeper() -> None:
    step = np.full((40, 80), 60, np.uint8)
    step[:, 40:] = 180
    soft = cv2.GaussianBlur(step, (0, 0), 2.0)
    row = sharpen(soft)[20].astype(int)
    assert row[42] - row[37] > int(soft[20, 42]) - int(soft[20, 37]) + 2


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_sharpening_moves_no_pixel_by_more_than_its_bound_and_no_flat_area_at_all(seed: int) -> None:
    lightness = np.random.default_rng(seed).integers(0, 256, (31, 17), np.uint8)
    assert np.abs(sharpen(lightness).astype(int) - lightness.astype(int)).max() <= STEEPEST
    flat = np.full((20, 20), seed % 256, np.uint8)
    assert np.array_equal(sharpen(flat), flat)


def test_colors_stay_what_they_are() -> None:
    red = np.full((60, 80, 3), (192, 30, 40), np.uint8)
    made = prepare(red).astype(int)
    before, after = (cv2.cvtColor(pixels.astype(np.uint8), cv2.COLOR_RGB2LAB).astype(int) for pixels in (red, made))
    assert np.abs(after[..., 1:] - before[..., 1:]).max() <= 12
