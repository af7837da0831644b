"""Sizes, scales, seams, alpha, grey, noise, progress, cancellation and memory of the published networks."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import spandrel
import torch
from skimage import data as pictures

from services.common.backend import Cancelled, OutOfMemory, Unsupported
from services.common.picture import Picture
from services.superres.backend import UpscaleTask
from services.superres.backends.spandrel_networks.backend import MIN_TILE, SpandrelBackend
from services.superres.backends.spandrel_networks.family import FAMILIES
from services.superres.limits import MAX_OUTPUT_PIXELS
from tests.tiny import realesrgan
from tests.unit.superres_spandrel.conftest import Watcher, backend_of, loaded, spec_of, upscaled

Maker = Callable[[int], SpandrelBackend]

ASTRONAUT: np.ndarray = pictures.astronaut()  # type: ignore[no-untyped-call]
CAMERA: np.ndarray = pictures.camera()  # type: ignore[no-untyped-call]


def photo(height: int, width: int) -> np.ndarray:
    return np.ascontiguousarray(ASTRONAUT[:height, 120 : 120 + width])


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (33, 1), (2, 3), (47, 61)])
def test_every_size_comes_back_as_many_times_larger(compact: SpandrelBackend, size: tuple[int, int], scale: int) -> None:
    pixels = photo(*size)
    result = upscaled(compact, pixels, scale=scale)
    assert result.pixels.shape == (size[0] * scale, size[1] * scale, 3)
    assert result.pixels.dtype == np.uint8
    assert result.alpha is None
    plain = cv2.resize(pixels, size[::-1] * np.array(scale), interpolation=cv2.INTER_LINEAR).astype(float)
    assert np.abs(plain - result.pixels).mean() < 20  # the same picture, not just the same size


@pytest.mark.parametrize("size", [(1, 1), (5, 64), (33, 50)])
def test_networks_that_take_whole_blocks_take_every_size(rrdb: Maker, tiny_hat: SpandrelBackend, size: tuple[int, int]) -> None:
    for backend in (rrdb(2), rrdb(1), tiny_hat):
        assert upscaled(backend, photo(*size), scale=1).pixels.shape == (*size, 3)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_a_smaller_scale_is_the_networks_own_averaged_down(compact: SpandrelBackend, scale: int) -> None:
    pixels = photo(30, 41)
    whole = upscaled(compact, pixels, scale=4).pixels
    expected = cv2.resize(whole, (41 * scale, 30 * scale), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(upscaled(compact, pixels, scale=scale, tile=32).pixels - expected).max() <= 1


def test_tiled_equals_whole_where_the_network_sees_no_further_than_the_halo(compact: SpandrelBackend) -> None:
    pixels = photo(117, 95)
    whole, tiled = upscaled(compact, pixels, tile=1024), upscaled(compact, pixels, tile=40)
    assert (whole.tiles, tiled.tiles) == (1, 12)
    assert tiled.tile <= 40
    assert np.abs(whole.pixels.astype(int) - tiled.pixels).max() <= 1


def steepest(pixels: np.ndarray) -> int:
    return int(max(np.abs(np.diff(pixels.astype(int), axis=axis)).max() for axis in (0, 1)))


@pytest.mark.parametrize(("which", "size", "tile"), [("rrdb", (90, 110), 48), ("hat", (80, 80), 64)])
def test_a_network_that_sees_further_leaves_no_step_at_borders_of_tiles(
    which: str, size: tuple[int, int], tile: int, rrdb: Maker, tiny_hat: SpandrelBackend
) -> None:
    backend = rrdb(2) if which == "rrdb" else tiny_hat
    y, x = np.mgrid[: size[0], : size[1]]
    smooth = np.stack((64 + y * 0.6, 80 + x * 0.5, 100 + (x + y) * 0.3), axis=2).astype(np.uint8)
    whole, tiled = (upscaled(backend, smooth, scale=2, tile=side) for side in (1024, tile))
    assert (whole.tiles, tiled.tiles > 3) == (1, True)
    inner = np.s_[40:-40, 40:-40]
    assert np.abs(whole.pixels.astype(int) - tiled.pixels)[inner].max() <= 8
    assert steepest(tiled.pixels[inner]) <= steepest(whole.pixels[inner]) + 1


def test_a_batch_of_tiles_gives_what_single_tiles_give(tmp_path: Path, compact: SpandrelBackend) -> None:
    realesrgan.save(tmp_path / "c.pth", realesrgan.faithful(), "params")
    batched = loaded(spec_of("realesrgan", "c.pth", tile=32, tile_batch=5), tmp_path)
    watcher = Watcher()
    result = upscaled(batched, photo(117, 95), watcher=watcher)
    assert result.tiles == 20
    assert watcher.told == [("upscale", done, 20) for done in range(21)]
    assert np.abs(result.pixels.astype(int) - upscaled(compact, photo(117, 95)).pixels).max() <= 1


def test_alpha_is_enlarged_and_stays_in_range(compact: SpandrelBackend) -> None:
    alpha = np.zeros((20, 30), np.uint8)
    alpha[5:15, 10:20] = 255
    result = upscaled(compact, photo(20, 30), scale=3, about={"alpha": alpha})
    assert result.alpha is not None
    assert result.alpha.shape == (60, 90)
    assert result.alpha[:9].max() == 0
    assert result.alpha[24:36, 39:51].min() == 255


def test_grey_stays_grey_and_color_does_not(compact: SpandrelBackend) -> None:
    grey = np.repeat(CAMERA[100:150, 200:260, None], 3, axis=2)
    result = upscaled(compact, grey, about={"was_grey": True}, tile=32).pixels
    assert np.ptp(result, axis=2).max() == 0
    assert np.ptp(result) > 50
    assert np.ptp(upscaled(compact, grey).pixels, axis=2).max() > 0


def test_a_caller_who_leaves_stops_the_work_within_a_batch_of_tiles(tmp_path: Path) -> None:
    realesrgan.save(tmp_path / "c.pth", realesrgan.faithful())
    backend = loaded(spec_of("realesrgan", "c.pth", tile=32, tile_batch=2), tmp_path)
    runs = count_runs(backend)
    with pytest.raises(Cancelled):
        upscaled(backend, photo(64, 96), watcher=Watcher(leave_after=4))
    assert runs == [2, 2]


def count_runs(backend: SpandrelBackend) -> list[int]:
    """Tiles of each batch that the network is given from now on."""
    runs: list[int] = []
    assert backend._network_for is not None
    backend._network_for(0.5).module.register_forward_pre_hook(lambda module, inputs: runs.append(len(inputs[0])))
    return runs


def test_a_scale_beyond_the_networks_is_refused_with_a_model_that_has_it(rrdb: Maker, tiny_hat: SpandrelBackend) -> None:
    with pytest.raises(Unsupported, match="at most 2 times, not 4; ask for scale 2, or another model, such as realesrgan-x4plus"):
        upscaled(rrdb(2), photo(8, 8), scale=4)
    with pytest.raises(Unsupported, match="such as real-hat-gan-x4"):
        upscaled(tiny_hat, photo(8, 8), scale=3)
    with pytest.raises(Unsupported, match="1 to 4 times, not 5"):
        upscaled(rrdb(2), photo(8, 8), scale=5)


def test_a_result_too_large_to_travel_is_refused_before_any_work(compact: SpandrelBackend) -> None:
    wide = np.broadcast_to(np.uint8(0), (1, MAX_OUTPUT_PIXELS // 16 + 1, 3))
    with pytest.raises(Unsupported, match="ask for scale 3"):
        upscaled(compact, wide)


def test_several_tasks_are_answered_in_order(compact: SpandrelBackend) -> None:
    pictures = [photo(20, 30), photo(30, 20)]
    tasks = [UpscaleTask(picture=Picture(pixels=pixels), scale=2, monitor=Watcher()) for pixels in pictures]
    assert [result.pixels.shape for result in compact.upscale(tasks)] == [(40, 60, 3), (60, 40, 3)]


def test_faces_are_enhanced_when_asked(compact: SpandrelBackend) -> None:
    pixels = np.ascontiguousarray(ASTRONAUT[:250, 90:370])
    assert upscaled(compact, pixels, scale=1, enhance_faces=True).faces_enhanced == 1
    assert upscaled(compact, pixels, scale=1).faces_enhanced == 0


# --- denoise strength ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def blended(tmp_path_factory: pytest.TempPathFactory) -> tuple[SpandrelBackend, Path]:
    folder = tmp_path_factory.mktemp("blended")
    for name in ("strong", "weak"):
        realesrgan.save(folder / f"{name}.pth", realesrgan.faithful(f"{name}."), "params")
    return loaded(spec_of("realesrgan", "strong.pth", "weak.pth", keeps_noise="weak.pth"), folder), folder


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_denoise_blends_the_weights_of_the_two_files(blended: tuple[SpandrelBackend, Path], share: float, tmp_path: Path) -> None:
    strong, weak = (realesrgan.faithful(f"{name}.") for name in ("strong", "weak"))
    mixed = {key: share * strong[key] + (1 - share) * weak[key] for key in strong}
    realesrgan.save(tmp_path / "c.pth", mixed)
    expected = upscaled(loaded(spec_of("realesrgan", "c.pth"), tmp_path), photo(20, 30)).pixels.astype(int)
    assert np.abs(upscaled(blended[0], photo(20, 30), denoise=share).pixels - expected).max() <= 1


def test_each_denoise_strength_is_its_own_result_whatever_came_before(blended: tuple[SpandrelBackend, Path]) -> None:
    strengths = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 0.0]
    results = [upscaled(blended[0], photo(20, 30), denoise=strength).pixels for strength in strengths]
    np.testing.assert_array_equal(results[0], results[-1])
    assert len({result.tobytes() for result in results}) == 6


def test_denoise_is_ignored_where_the_model_has_one_file(compact: SpandrelBackend) -> None:
    first, second = (upscaled(compact, photo(20, 30), denoise=strength).pixels for strength in (0.0, 1.0))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("files", "defaults"), [(("strong.pth", "weak.pth"), {}), (("strong.pth",), {"keeps_noise": "weak.pth"})])
def test_two_files_need_to_be_told_apart(blended: tuple[SpandrelBackend, Path], files: tuple[str, ...], defaults: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="keeps_noise"):
        backend_of(spec_of("realesrgan", *files, **defaults), blended[1]).load()


# --- memory --------------------------------------------------------------------------------------------------------------------------


def backend_with_room_for(pixels: int, **defaults: Any) -> tuple[SpandrelBackend, list[tuple[int, ...]]]:
    """A backend on a device that has no room for more input pixels at once, and what its network was given."""
    given: list[tuple[int, ...]] = []

    def demand_room(module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        given.append(tuple(inputs[0].shape))
        if inputs[0].numel() > 3 * pixels:
            raise torch.OutOfMemoryError("no room")

    descriptor = spandrel.ModelLoader().load_from_state_dict(realesrgan.faithful())
    descriptor.model.register_forward_pre_hook(demand_room)
    backend = SpandrelBackend(spec_of("realesrgan", "c.pth", **defaults), FAMILIES["realesrgan"], Path(), device="cpu")
    backend._prepare([descriptor])
    return backend, given


def test_a_full_device_is_given_single_tiles_and_then_smaller_ones(compact: SpandrelBackend) -> None:
    backend, given = backend_with_room_for(70 * 70, tile=150, tile_batch=3)
    result = upscaled(backend, photo(120, 250))
    assert [shape[0] for shape in given[:3]] == [2, 1, 1]  # two tiles of the picture; one; one of half the size
    assert result.tile <= 37
    assert np.abs(result.pixels.astype(int) - upscaled(compact, photo(120, 250)).pixels).max() <= 1


def test_a_device_without_room_for_the_smallest_tile_says_what_would_help() -> None:
    backend, given = backend_with_room_for(1, tile=64)
    with pytest.raises(OutOfMemory, match="smaller tiles"):
        upscaled(backend, photo(200, 200))
    assert min(shape[2] for shape in given) <= MIN_TILE + 2 * FAMILIES["realesrgan"].halo


def test_memory_beside_picture_and_result_does_not_grow_with_the_picture(compact: SpandrelBackend) -> None:
    def extra(side: int) -> int:
        """Bytes at the peak beside the result, as numpy tells; the picture is there before."""
        pixels = np.zeros((side, side, 3), np.uint8)
        gc.collect()
        tracemalloc.start()
        try:
            result = upscaled(compact, pixels, scale=2, tile=64).pixels
            return tracemalloc.get_traced_memory()[1] - result.nbytes
        finally:
            tracemalloc.stop()

    upscaled(compact, np.zeros((64, 64, 3), np.uint8), scale=2)
    small, large = extra(128), extra(512)
    assert large < 2 * small
    assert large < 512 * 512 * 3 * 2, "no second copy of the picture or the result"


def test_unloading_leaves_nothing_of_the_network(tmp_path: Path) -> None:
    realesrgan.save(tmp_path / "c.pth", realesrgan.faithful())
    backend = loaded(spec_of("realesrgan", "c.pth"), tmp_path)
    upscaled(backend, photo(8, 8))
    assert backend._network_for is not None
    module = weakref.ref(backend._network_for(0.5).module)
    assert module() is not None
    backend.unload()
    assert module() is None
