"""The `compact` backend: sizes, seams, alpha, grey, cancellation, bounds, and weights that are checked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from skimage import data

from services.common.backend import Cancelled, Unsupported, WeightFile, WeightSource
from services.common.picture import Picture
from services.superres.backend import UpscaleResult, UpscaleTask
from services.superres.backends.compact.backend import DIRECTORY, CompactBackend
from services.superres.limits import MAX_OUTPUT_PIXELS
from tests.default_models import default_spec, make

SPEC = default_spec("superres")


class Watcher:
    """Notes progress, and leaves after a number of reports."""

    def __init__(self, leave_after: int = 1000) -> None:
        self.told: list[tuple[str, int, int]] = []
        self.leave_after = leave_after

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.told.append((stage, step, total))
        if len(self.told) >= self.leave_after:
            raise Cancelled


@pytest.fixture(scope="module")
def backend() -> Iterator[CompactBackend]:
    backend = CompactBackend(SPEC)
    backend.load()
    yield backend
    backend.unload()


def photo(height: int, width: int) -> np.ndarray:
    return np.ascontiguousarray(data.astronaut()[:height, 120 : 120 + width])


def run(backend: CompactBackend, pixels: np.ndarray, *, scale: int = 2, tile: int = 0, **about: object) -> UpscaleResult:
    (result,) = backend.upscale([UpscaleTask(picture=Picture(pixels=pixels, **about), scale=scale, tile=tile, monitor=Watcher())])
    return result


def test_the_default_model_is_made_from_its_table_entry() -> None:
    assert isinstance(make("superres"), CompactBackend)
    with pytest.raises(ValueError, match=r"'abacus'.*compact"):
        make("superres", replace(SPEC, backend="abacus"))


def test_the_weights_are_small_and_state_their_hash() -> None:
    (weight,) = SPEC.weights
    assert len(weight.sha256) == 64
    assert (DIRECTORY / weight.path).stat().st_size == weight.size < 5_000_000


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (33, 1), (2, 3), (47, 61)])
def test_every_size_comes_back_as_many_times_larger(backend: CompactBackend, size: tuple[int, int], scale: int) -> None:
    pixels = photo(*size)
    result = run(backend, pixels, scale=scale)
    assert result.pixels.shape == (size[0] * scale, size[1] * scale, 3)
    assert result.pixels.dtype == np.uint8
    assert result.alpha is None
    plain = cv2.resize(pixels, size[::-1] * np.array(scale), interpolation=cv2.INTER_LINEAR).astype(float)
    assert np.abs(plain - result.pixels).mean() < 20  # the same picture, not just the same size


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_tiled_equals_whole(backend: CompactBackend, scale: int) -> None:
    pixels = photo(117, 95)
    whole, tiled = run(backend, pixels, scale=scale, tile=2048), run(backend, pixels, scale=scale, tile=40)
    assert (whole.tiles, tiled.tiles) == (1, 9)
    assert (whole.tile, tiled.tile) == (118, 40)
    assert np.abs(whole.pixels.astype(int) - tiled.pixels).max() <= 1


def test_tile_sizes_that_would_waste_time_or_memory_are_bounded(backend: CompactBackend) -> None:
    assert run(backend, photo(70, 70), scale=1, tile=1).tile == 24
    long = np.zeros((2, 1500, 3), np.uint8)
    assert run(backend, long, scale=1, tile=2048).tile == 500


def test_a_flat_picture_has_neither_seams_nor_a_frame(backend: CompactBackend) -> None:
    pixels = run(backend, np.full((70, 70, 3), (180, 90, 40), np.uint8), tile=32).pixels.astype(int)
    assert np.abs(pixels - (180, 90, 40)).max() <= 4
    assert np.ptp(pixels.reshape(-1, 3), axis=0).max() <= 2


def test_alpha_is_enlarged_and_stays_in_range(backend: CompactBackend) -> None:
    alpha = np.zeros((20, 30), np.uint8)
    alpha[5:15, 10:20] = 255
    result = run(backend, photo(20, 30), scale=3, alpha=alpha)
    assert result.alpha is not None
    assert result.alpha.shape == (60, 90)
    assert result.alpha[:9].max() == 0
    assert result.alpha[24:36, 39:51].min() == 255
    untouched = run(backend, photo(20, 30), scale=1, alpha=alpha).alpha
    np.testing.assert_array_equal(untouched, alpha)


def test_grey_stays_grey(backend: CompactBackend) -> None:
    grey = np.repeat(data.camera()[100:150, 200:260, None], 3, axis=2)
    assert np.ptp(run(backend, grey, was_grey=True).pixels, axis=2).max() == 0


def test_the_same_picture_gives_the_same_result(backend: CompactBackend) -> None:
    np.testing.assert_array_equal(run(backend, photo(40, 40)).pixels, run(backend, photo(40, 40)).pixels)


def test_several_tasks_are_answered_in_order(backend: CompactBackend) -> None:
    pictures = [photo(20, 30), photo(30, 20)]
    tasks = [UpscaleTask(picture=Picture(pixels=pixels), scale=2, monitor=Watcher()) for pixels in pictures]
    assert [result.pixels.shape for result in backend.upscale(tasks)] == [(40, 60, 3), (60, 40, 3)]


def test_progress_counts_tiles(backend: CompactBackend) -> None:
    watcher = Watcher()
    backend.upscale([UpscaleTask(picture=Picture(pixels=photo(64, 96)), scale=2, tile=32, monitor=watcher)])
    assert watcher.told == [("upscale", done, 6) for done in range(7)]


def test_a_caller_who_leaves_stops_the_work(backend: CompactBackend) -> None:
    watcher = Watcher(leave_after=3)
    with pytest.raises(Cancelled):
        backend.upscale([UpscaleTask(picture=Picture(pixels=photo(64, 96)), scale=2, tile=32, monitor=watcher)])
    assert len(watcher.told) == 3


@pytest.mark.parametrize("scale", [0, 5, -1])
def test_other_scales_are_refused(backend: CompactBackend, scale: int) -> None:
    with pytest.raises(Unsupported, match=f"1 to 4 times, not {scale}"):
        run(backend, photo(8, 8), scale=scale)


def test_a_result_too_large_to_travel_is_refused_before_any_work(backend: CompactBackend) -> None:
    huge = np.broadcast_to(np.uint8(0), (5000, 8000, 3))  # 40 megapixels that take no memory
    with pytest.raises(Unsupported, match="16000×10000, more than 50 megapixels; ask for scale 1"):
        run(backend, huge, scale=2)
    wide = np.broadcast_to(np.uint8(0), (1, MAX_OUTPUT_PIXELS + 1, 3))
    with pytest.raises(Unsupported, match="ask for a smaller picture"):
        run(backend, wide, scale=1)


def test_faces_are_enhanced_where_they_are_and_nowhere_else(backend: CompactBackend) -> None:
    pixels = np.ascontiguousarray(data.astronaut()[:250, 90:370:1])
    tasks = [UpscaleTask(picture=Picture(pixels=pixels), scale=1, enhance_faces=chosen, monitor=Watcher()) for chosen in (False, True)]
    plain, enhanced = backend.upscale(tasks)
    assert (plain.faces_enhanced, enhanced.faces_enhanced) == (0, 1)
    changed = np.abs(plain.pixels.astype(int) - enhanced.pixels).max(axis=2)
    assert changed[90:160, 110:160].mean() > 3  # eyes to mouth
    assert changed[:, 230:].max() == 0
    sharpness = [
        cv2.Laplacian(cv2.cvtColor(one.pixels, cv2.COLOR_RGB2GRAY)[90:160, 110:160], cv2.CV_64F).var() for one in (plain, enhanced)
    ]
    assert sharpness[1] > 1.2 * sharpness[0]


def test_a_picture_without_faces_has_none_enhanced(backend: CompactBackend) -> None:
    pixels = np.ascontiguousarray(data.coffee()[:150, :150])
    task = UpscaleTask(picture=Picture(pixels=pixels), scale=1, enhance_faces=True, monitor=Watcher())
    (result,) = backend.upscale([task])
    assert result.faces_enhanced == 0
    np.testing.assert_array_equal(result.pixels, run(backend, pixels, scale=1).pixels)


def copied(folder: Path, *, keep: float = 1.0, flip: bool = False) -> Path:
    content = bytearray((DIRECTORY / "compact.onnx").read_bytes())
    content = content[: int(len(content) * keep)]
    if flip:
        content[len(content) // 2] ^= 1
    path = folder / "compact.onnx"
    path.write_bytes(content)
    return path


def test_weights_with_one_bit_changed_are_refused(tmp_path: Path) -> None:
    copied(tmp_path, flip=True)
    with pytest.raises(ValueError, match="SHA-256"):
        CompactBackend(SPEC, tmp_path).load()


def test_weights_cut_short_are_refused(tmp_path: Path) -> None:
    copied(tmp_path, keep=0.7)
    with pytest.raises(ValueError, match=r"compact\.onnx has \d+ bytes instead of"):
        CompactBackend(SPEC, tmp_path).load()
    unchecked = replace(SPEC, sources=(WeightSource(kind="package", files=(WeightFile(path="compact.onnx"),)),))
    with pytest.raises(ValueError, match="not a readable `compact` model"):
        CompactBackend(unchecked, tmp_path).load()


def test_another_onnx_model_is_refused(tmp_path: Path) -> None:
    other = Path(onnxruntime.__file__).parent / "datasets" / "sigmoid.onnx"
    (tmp_path / "compact.onnx").write_bytes(other.read_bytes())
    unchecked = replace(SPEC, sources=(WeightSource(kind="package", files=(WeightFile(path="compact.onnx"),)),))
    with pytest.raises(ValueError, match="not a readable `compact` model"):
        CompactBackend(unchecked, tmp_path).load()


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"compact\.onnx"):
        CompactBackend(SPEC, tmp_path).load()


def test_work_needs_a_loaded_model_and_loading_again_works() -> None:
    backend = CompactBackend(SPEC)
    with pytest.raises(RuntimeError, match="not loaded"):
        run(backend, photo(8, 8))
    backend.load()
    backend.unload()
    with pytest.raises(RuntimeError, match="not loaded"):
        run(backend, photo(8, 8))
    backend.load()
    assert run(backend, photo(8, 8)).pixels.shape == (16, 16, 3)
