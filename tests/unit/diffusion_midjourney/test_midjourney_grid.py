"""A grid becomes four pictures of the size asked for."""

from __future__ import annotations

import numpy as np
import pytest

from services.common import imaging
from services.diffusion.backends.midjourney.grid import fit, split
from tests.outside.midjourney_proxy import CELL_COLORS, grid


def test_a_grid_is_split_row_by_row() -> None:
    cells = split(imaging.decode(grid(40, 50)).pixels)
    assert [cell.shape for cell in cells] == [(50, 40, 3)] * 4
    assert [tuple(int(value) for value in cell[0, 0]) for cell in cells] == list(CELL_COLORS)
    assert all((cell == cell[0, 0]).all() for cell in cells)


def test_an_odd_line_in_the_middle_belongs_to_nobody() -> None:
    pixels = np.arange(5 * 7, dtype=np.uint8).reshape(5, 7, 1).repeat(3, axis=2)
    cells = split(pixels)
    assert [cell.shape for cell in cells] == [(2, 3, 3)] * 4
    assert [int(cell[0, 0, 0]) for cell in cells] == [0, 4, 21, 25]


@pytest.mark.parametrize(("width", "height"), [(40, 50), (80, 100), (64, 64), (30, 200), (2048, 64), (97, 131)])
def test_any_size_is_delivered_exactly(width: int, height: int) -> None:
    assert fit(np.zeros((50, 40, 3), np.uint8), width, height).shape == (height, width, 3)


def test_what_juts_out_is_cut_off_evenly_and_nothing_is_distorted() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[26:74, 76:124] = 255  # a square in the middle
    white = fit(pixels, 50, 50)[..., 0] > 128
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (13, 36, 13, 36)


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (50, 40, 3), np.uint8)
    assert np.array_equal(fit(pixels, 40, 50), pixels)
