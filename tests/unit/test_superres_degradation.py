"""The degradation that trains and measures `compact` is what it says, and repeatable."""

import cv2
import numpy as np
import pytest
from skimage import data

from scripts.degradation import RECIPES, Pass, degrade, random_recipe

PICTURE = data.astronaut()[:203, 100:301]


def error(degraded: np.ndarray, scale: int) -> float:
    truth = cv2.resize(PICTURE[: 203 // scale * scale, : 201 // scale * scale], degraded.shape[1::-1], interpolation=cv2.INTER_AREA)
    return float(np.abs(truth.astype(float) - degraded).mean())


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("recipe", RECIPES)
def test_the_result_is_as_many_times_smaller(recipe: str, scale: int) -> None:
    result = degrade(PICTURE, scale, RECIPES[recipe], np.random.default_rng(0))
    assert result.shape == (203 // scale, 201 // scale, 3)
    assert result.dtype == np.uint8


def test_the_same_seed_gives_the_same_picture_and_recipe() -> None:
    results = [degrade(PICTURE, 2, random_recipe(rng), rng) for rng in (np.random.default_rng(7), np.random.default_rng(7))]
    np.testing.assert_array_equal(*results)


def test_recipes_are_ordered_by_damage() -> None:
    errors = [error(degrade(PICTURE, 2, RECIPES[name], np.random.default_rng(0)), 2) for name in ("clean", "phone", "cctv")]
    assert errors[0] < 1
    assert errors == sorted(errors)
    assert errors[2] > 5


@pytest.mark.parametrize(
    "step", [Pass(blur=(1.5, 0.4), angle=1.0), Pass(noise=20), Pass(shot=1.0), Pass(quality=10), Pass(noise=20, grey_noise=True)]
)
def test_each_part_does_damage(step: Pass) -> None:
    assert error(degrade(PICTURE, 2, (step,), np.random.default_rng(0)), 2) > 1.5


def test_grey_noise_adds_no_color() -> None:
    flat = np.full((64, 64, 3), 120, np.uint8)
    noisy = degrade(flat, 1, (Pass(noise=10, shot=0.1, grey_noise=True),), np.random.default_rng(0))
    assert noisy.std() > 5
    assert np.ptp(noisy, axis=2).max() == 0


@pytest.mark.parametrize("recipe", RECIPES)
def test_nothing_moves(recipe: str) -> None:
    scale = 4
    degraded = degrade(PICTURE, scale, RECIPES[recipe], np.random.default_rng(0))
    enlarged = cv2.resize(degraded, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    truth = PICTURE[: enlarged.shape[0], : enlarged.shape[1]]
    grey = [cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) for pixels in (truth, enlarged)]
    (x, y), _ = cv2.phaseCorrelate(*grey)
    assert abs(x) < 0.5
    assert abs(y) < 0.5
