"""Tiles join without a seam, whatever the picture's size."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from services.superres.tiling import Tiling, grid, upscale

SIZES = [(1, 1), (1, 37), (41, 1), (2, 2), (17, 23), (64, 64), (65, 129), (100, 33)]


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


class Doubler:
    """A network of radius 4 that doubles, and whose result depends on a pixel's parity, as one that pixel-unshuffles does."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, batches: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        for batch in batches:
            self.shapes.append(batch.shape)
            yield np.stack([self._double(picture) for picture in batch])

    def _double(self, picture: np.ndarray) -> np.ndarray:
        blurred = cv2.blur(picture.astype(np.float32), (9, 9), borderType=cv2.BORDER_CONSTANT)
        blurred[::2, 1::2] *= 0.8
        return np.rint(cv2.resize(blurred, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)).astype(np.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_tiled_equals_whole(size: tuple[int, int]) -> None:
    pixels = noise(*size)
    whole = upscale(pixels, Doubler(), scale=2, tiling=Tiling(tile=1000, halo=5, multiple=2))
    tiled = upscale(pixels, Doubler(), scale=2, tiling=Tiling(tile=14, halo=5, multiple=2), batch=3)
    assert whole.shape == (2 * size[0], 2 * size[1], 3)
    assert np.abs(whole.astype(int) - tiled).max() <= 1


def test_a_halo_smaller_than_the_radius_would_show_a_seam() -> None:
    pixels = noise(64, 64)
    whole = upscale(pixels, Doubler(), scale=2, tiling=Tiling(tile=1000, halo=4, multiple=2))
    tiled = upscale(pixels, Doubler(), scale=2, tiling=Tiling(tile=16, halo=0, multiple=2))
    assert np.abs(whole.astype(int) - tiled).max() > 10


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("feather", [0, 4])
def test_equal_tiles_cover_the_picture(size: tuple[int, int], feather: int) -> None:
    tiles = grid(*size, Tiling(tile=20, halo=3, feather=feather, multiple=4))
    covered = np.zeros([side + 4 for side in size], int)
    for top, left in tiles:
        assert top % 4 == left % 4 == 0
        covered[top : top + tiles.height, left : left + tiles.width] += 1
    assert covered[: size[0], : size[1]].min() == 1
    assert tiles.height <= 20
    assert tiles.width <= 20
    assert tiles.height % 4 == tiles.width % 4 == 0


def test_the_network_sees_equal_bounded_batches() -> None:
    network = Doubler()
    upscale(noise(100, 70), network, scale=2, tiling=Tiling(tile=32, halo=5, multiple=2), batch=4)
    assert {shape[1:] for shape in network.shapes} == {(26 + 12, 24 + 12, 3)}
    assert [shape[0] for shape in network.shapes] == [4, 4, 4]


def test_feathered_tiles_fade_into_each_other() -> None:
    levels = iter(np.linspace(51, 204, 16))

    def network(batches: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        return (np.full_like(batch, next(levels)) for batch in batches)  # each tile disagrees with its neighbours

    flat = np.zeros((64, 64, 3), np.uint8)
    result = upscale(flat, network, scale=1, tiling=Tiling(tile=22, halo=0, feather=8)).astype(int)
    assert np.ptp(result) > 100
    steps = [np.abs(np.diff(result, axis=axis)).max() for axis in (0, 1)]
    assert max(steps) <= 20


def test_feathering_leaves_agreeing_tiles_alone() -> None:
    pixels = noise(50, 61)
    np.testing.assert_array_equal(upscale(pixels, iter, scale=1, tiling=Tiling(tile=16, halo=2, feather=6)), pixels)


def test_progress_is_told_before_the_first_tile_and_after_each() -> None:
    told: list[tuple[int, int]] = []
    upscale(
        noise(32, 48), Doubler(), scale=2, tiling=Tiling(tile=16, halo=0), batch=2, on_tile=lambda done, total: told.append((done, total))
    )
    assert told == [(done, 6) for done in range(7)]


def test_what_the_progress_callback_raises_stops_the_network() -> None:
    network = Doubler()

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        upscale(noise(64, 64), network, scale=2, tiling=Tiling(tile=16, halo=0), on_tile=stop)
    assert len(network.shapes) == 2


def test_a_network_of_another_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="the network returned"):
        upscale(noise(8, 8), Doubler(), scale=4, tiling=Tiling(tile=16, halo=0))


@pytest.mark.parametrize("wrong", [{"tile": 0, "halo": 0}, {"tile": 8, "halo": -1}, {"tile": 8, "halo": 0, "feather": 8}])
def test_impossible_tilings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="tile"):
        Tiling(**wrong)
