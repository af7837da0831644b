"""Any size that is asked for comes back, whatever sizes the network can work at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.backend import Unsupported
from services.common.picture import Picture
from services.diffusion.backends.latent.canvas import Canvas
from tests.unit.diffusion_latent.conftest import difference

SIDES = st.integers(1, 3000)


@given(SIDES, SIDES, st.sampled_from([8, 16]), st.sampled_from([64 * 64, 1_000_000]))
def test_a_canvas_fits_the_network_and_holds_the_picture(width, height, multiple, max_pixels) -> None:
    canvas = Canvas.of(width, height, multiple=multiple, max_pixels=max_pixels, shrink=True)
    assert canvas.outer_width % multiple == canvas.outer_height % multiple == 0
    assert min(canvas.outer_width, canvas.outer_height) >= 64
    assert canvas.inner_width <= min(width, canvas.outer_width)
    assert canvas.inner_height <= min(height, canvas.outer_height)
    assert canvas.outer_width * canvas.outer_height <= max_pixels
    if Canvas.of(width, height, multiple=multiple, max_pixels=10**9, shrink=False).outer_width * canvas.outer_height <= max_pixels:
        assert canvas.inner_width <= width


def test_text_to_image_beyond_the_bound_is_refused_with_a_size_that_works(load, task) -> None:
    with pytest.raises(Unsupported, match=r"up to 16,384 pixels, such as 128×128; asked for 136×128"):
        load("sdxl", max_pixels=16_384).generate([task(width=136, height=128)])
    assert load("sdxl", max_pixels=16_384).generate([task(width=128, height=128)])[0][0].pixels.shape == (128, 128, 3)


def test_a_size_between_the_networks_is_cut_from_the_middle_of_the_next(load, task) -> None:
    for model, outer in (("sdxl", (72, 104)), ("flux-dev", (80, 112))):
        [[cut]] = load(model).generate([task(width=97, height=66, seed=2)])
        [[whole]] = load(model).generate([task(width=outer[1], height=outer[0], seed=2)])
        top, left = (outer[0] - 66) // 2, (outer[1] - 97) // 2
        assert difference(cut.pixels, whole.pixels[top : top + 66, left : left + 97]) <= 1


@pytest.mark.parametrize("model", ["sdxl", "flux-dev"])
@pytest.mark.parametrize("size", [(1, 1), (30, 200), (333, 111)])
def test_initial_pictures_of_any_size_come_back_at_theirs(load, task, model, size) -> None:
    height, width = size
    picture = Picture(pixels=np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8))
    mask = np.zeros(size, np.uint8)
    mask[: height // 2 + 1, : width // 2 + 1] = 255
    for kind, extra in (("image", {}), ("mask", {"mask": mask})):
        asked = task(kind, init_image=picture, width=width, height=height, num_inference_steps=2, **extra)
        [[made]] = load(model, max_pixels=16_384).generate([asked])
        assert made.pixels.shape == (*size, 3)
        if kind == "mask":
            assert np.array_equal(made.pixels[mask == 0], picture.pixels[mask == 0])


def test_an_initial_picture_is_brought_to_the_size_that_is_asked_for(load, task, picture) -> None:
    [[made]] = load("sdxl").generate([task("image", width=48, height=80)])
    assert made.pixels.shape == (80, 48, 3)


def test_a_mask_that_covers_a_part_of_a_latent_has_it_made_anew_whole() -> None:
    canvas = Canvas.of(64, 64, multiple=8, max_pixels=10**6, shrink=True)
    mask = np.zeros((64, 64), np.uint8)
    mask[13, 20:42] = 255  # a scratch, thinner than a latent
    grown = canvas.place_mask(mask, 8)
    expected = np.zeros((64, 64), np.uint8)
    expected[8:16, 16:48] = 255
    assert np.array_equal(grown, expected)


def test_a_scratch_is_made_anew_and_nothing_else(load, task, picture) -> None:
    mask = np.zeros((64, 96), np.uint8)
    mask[13, 20:42] = 255
    for model in ("sdxl", "sdxl-inpaint", "flux-fill"):
        [[made]] = load(model).generate([task("mask", mask=mask, strength=1.0)])
        assert np.array_equal(made.pixels[mask == 0], picture.pixels[mask == 0])
        assert difference(made.pixels[mask > 0], picture.pixels[mask > 0]) > 10
