"""Pictures made side by side are the pictures that each request would get alone."""

from __future__ import annotations

import numpy as np
import pytest

from services.common.backend import Unsupported
from services.common.picture import Picture
from tests.unit.diffusion_latent.conftest import difference
from tests.unit.diffusion_latent.watching import Watcher

LONG = "a portrait of a missing person with a round face, short black hair, a scar on the left cheek, and a blue coat"
CASES = [
    ("sdxl", {}, "text"),
    ("sdxl", {}, "image"),
    ("sdxl", {}, "mask"),
    ("sdxl", {"refiner": "refiner"}, "text"),
    ("sdxl", {"scheduler": "lcm"}, "text"),  # draws noise at every step
    ("sdxl", {"scheduler": "euler-ancestral"}, "image"),
    ("sdxl-inpaint", {}, "mask"),
    ("flux-schnell", {}, "text"),
    ("flux-dev", {}, "image"),
    ("flux-dev", {}, "mask"),
    ("flux-fill", {}, "mask"),
]


@pytest.mark.parametrize(("model", "defaults", "kind"), CASES)
def test_a_picture_is_the_same_alone_and_in_company(load, task, picture, model, defaults, kind) -> None:
    backend, steps = load(model, **defaults), {"num_inference_steps": 5 if "refiner" in defaults else 3}
    mirrored = {} if kind == "text" else {"init_image": Picture(pixels=picture.pixels[:, ::-1].copy())}
    tasks = [
        task(kind, prompt="a red cat", seed=1, num_images=2, **steps),
        task(kind, prompt="two old men", negative_prompt="blurry", seed=40, **mirrored, **steps),
        task(kind, prompt=LONG, seed=7, **steps),
    ]
    together = backend.generate(tasks)
    for one, made in zip(tasks, together, strict=True):
        [alone] = backend.generate([one])
        assert [image.seed for image in made] == [one.seed + index for index in range(one.num_images)]
        for side_by_side, by_itself in zip(made, alone, strict=True):
            assert difference(side_by_side.pixels, by_itself.pixels) <= 1
    assert difference(together[0][0].pixels, together[0][1].pixels) > 5
    assert difference(together[0][0].pixels, together[1][0].pixels) > 5


@pytest.mark.parametrize("model", ["sdxl", "flux-dev"])
def test_the_same_request_gives_the_same_pixels_again(load, task, model) -> None:
    first, again = (load(model).generate([task(num_images=3, seed=5)])[0] for _ in range(2))
    assert [difference(a.pixels, b.pixels) for a, b in zip(first, again, strict=True)] == [0, 0, 0]


def test_the_second_picture_of_a_request_is_the_first_one_of_the_next_seed(load, task) -> None:
    pair = load("sdxl").generate([task(num_images=2, seed=5)])[0]
    [next_one] = load("sdxl").generate([task(seed=6)])[0]
    assert difference(pair[1].pixels, next_one.pixels) <= 1


def test_more_pictures_than_a_pass_may_have_are_made_in_several(load, task) -> None:
    asked = task(num_images=5, num_inference_steps=3)
    [in_passes] = load("sdxl", max_images_per_pass=2).generate([asked])
    [at_once] = load("sdxl", max_images_per_pass=8).generate([task(num_images=5, num_inference_steps=3)])
    assert [difference(a.pixels, b.pixels) <= 1 for a, b in zip(in_passes, at_once, strict=True)] == [True] * 5
    assert asked.monitor.steps("denoise") == [(step, 9) for step in range(1, 10)]
    assert asked.monitor.steps("decode") == [(2, 5), (4, 5), (5, 5)]


def test_requests_that_differ_in_strength_size_or_steps_share_a_batch_but_no_pass(load, task) -> None:
    few = {"num_inference_steps": 3}
    tasks = [
        task("image", strength=0.4, **few),
        task("image", strength=0.8, **few),
        task(**few),
        task(width=64, **few),
        task(num_inference_steps=2),
        task(guidance_scale=1.0, **few),
        task("mask", **few),
    ]
    for one, made in zip(tasks, load("sdxl").generate(tasks), strict=True):
        [[alone]] = load("sdxl").generate([one])
        assert difference(made[0].pixels, alone.pixels) <= 1


def test_every_request_of_a_batch_hears_of_its_own_steps(load, task) -> None:
    few, many = task(num_images=1, num_inference_steps=4), task(num_images=3, num_inference_steps=4)
    load("sdxl", max_images_per_pass=2).generate([few, many])
    assert few.monitor.steps("denoise") == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert many.monitor.steps("denoise") == [(step, 8) for step in range(1, 9)]


def test_no_strength_leaves_the_picture_and_hardly_any_takes_one_step(load, task, picture) -> None:
    for model in ("sdxl", "flux-dev"):
        [[unchanged]] = load(model).generate([task("image", strength=0.0)])
        assert np.array_equal(unchanged.pixels, picture.pixels)
        asked = task("image", strength=0.01, num_inference_steps=7)
        load(model).generate([asked])
        assert asked.monitor.steps("denoise") == [(1, 1)]


def test_what_a_model_cannot_do_is_said_with_one_that_can(load, task) -> None:
    for model, other in (("sdxl-inpaint", "sdxl"), ("flux-fill", "flux-schnell")):
        for kind, words in (("text", "text-to-image"), ("image", "image-to-image")):
            with pytest.raises(Unsupported, match=f"{model} does no {words}.*such as {other}"):
                load(model).generate([task(kind)])
    with pytest.raises(Unsupported, match="init_image"):
        load("sdxl").generate([task(mask=np.zeros((64, 96), np.uint8))])
    with pytest.raises(Unsupported, match="up to 50 steps; asked for 60"):
        load("sdxl", scheduler="lcm").generate([task(num_inference_steps=60)])


def test_an_empty_prompt_is_a_prompt(load, task) -> None:
    for model in ("sdxl", "flux-dev"):
        assert load(model).generate([task(prompt="", monitor=Watcher())])[0][0].pixels.shape == (64, 96, 3)
