"""Grids of pictures."""

from __future__ import annotations

import numpy as np
import pytest

from services.common.imaging import compose_grid, grid_size

CELL = (120, 90)


def solid(width: int, height: int, color: tuple[int, int, int]) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def shown(grid: np.ndarray, color: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of the area of one color."""
    rows, columns = np.nonzero((grid == color).all(axis=2))
    return int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@pytest.mark.parametrize(
    ("count", "size"),
    [(1, (1, 1)), (2, (2, 1)), (3, (3, 1)), (4, (2, 2)), (5, (3, 2)), (6, (3, 2)), (7, (3, 3)), (9, (3, 3)), (11, (4, 3))],
)
def test_every_picture_is_shown_once_in_its_cell(count: int, size: tuple[int, int]) -> None:
    assert grid_size(count) == size
    colors = [(20 * index + 10, 200, 60) for index in range(count)]
    grid = compose_grid([solid(60, 45, color) for color in colors], [f"그림 {index}" for index in range(count)], CELL)
    columns, rows = size
    cell_width, cell_height = grid.shape[1] / columns, grid.shape[0] / rows
    for index, color in enumerate(colors):
        left, top, width, height = shown(grid, color)
        assert (width, height) == CELL
        assert left // cell_width == index % columns
        assert top // cell_height == index // columns


@pytest.mark.parametrize(("width", "height"), [(300, 30), (30, 300), (7, 9), (1000, 1000)])
def test_no_picture_is_stretched_whatever_the_cells_shape(width: int, height: int) -> None:
    grid = compose_grid([solid(60, 45, (1, 2, 3)), solid(width, height, (200, 30, 40))], ["가", "나"], CELL)
    _, _, shown_width, shown_height = shown(grid, (200, 30, 40))
    assert shown_width <= CELL[0]
    assert shown_height <= CELL[1]
    assert shown_width == CELL[0] or shown_height == CELL[1]
    scale = min(CELL[0] / width, CELL[1] / height)
    assert (shown_width, shown_height) == (max(1, round(width * scale)), max(1, round(height * scale)))


def test_each_caption_stands_below_its_own_cell_and_within_its_width() -> None:
    grid = compose_grid([solid(60, 45, (9, 200, 9))] * 4, ["원본", "", "아주 긴 설명이 붙은 사진이라서 칸보다 훨씬 넓다", ""], CELL)
    half = grid.shape[0] // 2
    ink = (grid < 100).all(axis=2)
    for row in (0, 1):
        below = ink[row * (half + 4) + CELL[1] : (row + 1) * half]
        assert below[:, : CELL[0]].any()
        assert not below[:, CELL[0] :].any()


@pytest.mark.parametrize(
    ("pictures", "captions", "cell", "reason"),
    [
        ([], [], CELL, "at least one"),
        ([solid(1, 1, (0, 0, 0))], [], CELL, "do not match"),
        ([solid(1, 1, (0, 0, 0))], ["x"], (0, 9), "1×1"),
    ],
)
def test_a_grid_of_nothing_is_refused(pictures: list[np.ndarray], captions: list[str], cell: tuple[int, int], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        compose_grid(pictures, captions, cell)


def test_a_grid_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        compose_grid([solid(1, 1, (0, 0, 0))] * 4, [""] * 4, (5000, 5000))
