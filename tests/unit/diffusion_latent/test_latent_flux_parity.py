"""FLUX.1 gives what the library's own pipelines give for the same weights and seed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from tests.unit.diffusion_latent.conftest import difference


def expected_of(kind: str, folder: Path, task: Any, tokens: int = 512) -> np.ndarray:
    given: dict[str, Any] = {}
    if task.init_image is not None:
        given |= {"image": Image.fromarray(task.init_image.pixels), "strength": task.strength}
    if task.mask is not None:
        given["mask_image"] = Image.fromarray(task.mask)
    output = stock(kind, folder)(
        prompt=task.prompt,
        width=task.width,
        height=task.height,
        num_inference_steps=task.num_inference_steps,
        guidance_scale=task.guidance_scale,
        max_sequence_length=tokens,
        generator=torch.Generator().manual_seed(task.seed),
        **given,
    )
    return np.asarray(output.images[0])


@cache
def stock(kind: str, folder: Path) -> Any:
    pipeline = getattr(diffusers, f"Flux{kind}Pipeline").from_pretrained(folder, local_files_only=True, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def made(backend: Any, task: Any) -> np.ndarray:
    result = backend.generate([task])[0][0].pixels
    assert result.std() > 20
    return result


@pytest.mark.parametrize("model", ["flux-schnell", "flux-dev"])
def test_text_to_image_is_the_librarys(load, models, task, model) -> None:
    asked = task(seed=6, num_inference_steps=4, guidance_scale=3.5)
    assert difference(made(load(model), asked), expected_of("", models / model, asked)) <= 1


def test_dev_heeds_its_guidance_and_schnell_has_none(load, task) -> None:
    tame, eager = task(guidance_scale=1.0), task(guidance_scale=30.0)
    assert difference(made(load("flux-dev"), tame), made(load("flux-dev"), eager)) > 0
    assert difference(made(load("flux-schnell"), tame), made(load("flux-schnell"), eager)) == 0


def test_a_manifest_may_have_fewer_tokens_read(load, models, task) -> None:
    asked = task(seed=6, num_inference_steps=4)
    expected = expected_of("", models / "flux-schnell", asked, tokens=256)
    assert difference(made(load("flux-schnell", max_sequence_length=256), asked), expected) <= 1


@pytest.mark.parametrize("strength", [0.3, 0.6, 1.0])
def test_image_to_image_is_the_librarys(load, models, task, strength) -> None:
    asked = task("image", strength=strength, seed=7)
    assert difference(made(load("flux-dev"), asked), expected_of("Img2Img", models / "flux-dev", asked)) <= 1


@pytest.mark.parametrize(("model", "kind"), [("flux-dev", "Inpaint"), ("flux-fill", "Fill")])
@pytest.mark.parametrize("strength", [0.6, 1.0])
def test_inpainting_is_the_librarys_inside_the_mask_and_the_original_outside(load, models, task, model, kind, strength) -> None:
    asked = task("mask", strength=strength, seed=9, guidance_scale=30.0)
    expected, result = expected_of(kind, models / model, asked), made(load(model), asked)
    inside = asked.mask > 0
    assert difference(result[inside], expected[inside]) <= 1
    assert difference(result[~inside], asked.init_image.pixels[~inside]) == 0
