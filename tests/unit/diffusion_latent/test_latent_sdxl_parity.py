"""SDXL gives what the library's own pipelines give for the same weights and seed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from services.diffusion.backends.latent.schedulers import TABLE
from tests.unit.diffusion_latent.conftest import difference


def stock(kind: str, folder: Path, **components: Any) -> Any:
    """The library's pipeline around a folder's parts, of which `components` take some places."""
    made = pipeline_class(kind)(**{**parts(kind, folder), **components}, add_watermarker=False)
    made.set_progress_bar_config(disable=True)
    return made


@cache
def parts(kind: str, folder: Path) -> dict[str, Any]:
    return dict(read(kind, folder).components)


def read(kind: str, folder: Path, **components: Any) -> Any:
    """The library's pipeline, read anew, with all that its folder states."""
    made = pipeline_class(kind).from_pretrained(folder, local_files_only=True, use_safetensors=True, add_watermarker=False, **components)
    made.set_progress_bar_config(disable=True)
    return made


def pipeline_class(kind: str) -> Any:
    return getattr(diffusers, f"StableDiffusionXL{kind}Pipeline")


def arguments(task: Any, **changes: Any) -> dict[str, Any]:
    """What the library's pipelines are called with for a request."""
    given: dict[str, Any] = {
        "prompt": task.prompt,
        "negative_prompt": task.negative_prompt or None,
        "num_inference_steps": task.num_inference_steps,
        "guidance_scale": task.guidance_scale,
        "generator": torch.Generator().manual_seed(task.seed),
    }
    if task.init_image is not None:
        given |= {"image": Image.fromarray(task.init_image.pixels), "strength": task.strength}
    if task.mask is not None:
        given["mask_image"] = Image.fromarray(task.mask)
    if task.mask is not None or task.init_image is None:
        given |= {"width": task.width, "height": task.height}
    return {**given, **changes}


def pixels(output: Any) -> np.ndarray:
    return np.asarray(output.images[0])


def made(backend: Any, task: Any) -> np.ndarray:
    result = backend.generate([task])[0][0].pixels
    assert result.std() > 20  # not a gray nothing, whose parity would prove nothing
    return result


@pytest.mark.parametrize(("guidance", "negative"), [(0.0, "blurry"), (1.0, ""), (6.0, ""), (6.0, "blurry")])
def test_text_to_image_is_the_librarys(load, models, task, guidance, negative) -> None:
    asked = task(negative_prompt=negative, guidance_scale=guidance, seed=11)
    expected = pixels(stock("", models / "sdxl")(**arguments(asked)))
    assert difference(made(load("sdxl"), asked), expected) <= 1


@pytest.mark.parametrize("strength", [0.3, 0.6, 1.0])
def test_image_to_image_is_the_librarys(load, models, task, strength) -> None:
    asked = task("image", strength=strength, seed=3)
    expected = pixels(stock("Img2Img", models / "sdxl")(**arguments(asked)))
    assert difference(made(load("sdxl"), asked), expected) <= 1


@pytest.mark.parametrize("model", ["sdxl", "sdxl-inpaint"])
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_inpainting_is_the_librarys_inside_the_mask_and_the_original_outside(load, models, task, model, strength) -> None:
    asked = task("mask", strength=strength, seed=5)
    expected = pixels(stock("Inpaint", models / model)(**arguments(asked)))
    result = made(load(model), asked)
    inside = asked.mask > 0
    assert difference(result[inside], expected[inside]) <= 1
    assert difference(result[~inside], asked.init_image.pixels[~inside]) == 0
    assert difference(result[inside], asked.init_image.pixels[inside]) > 20


@pytest.mark.parametrize("kind", ["text", "image"])
@pytest.mark.parametrize("negative", ["", "blurry"])
def test_the_refiner_finishes_what_the_base_model_began(load, models, task, kind, negative) -> None:
    asked = task(kind, negative_prompt=negative, num_inference_steps=10, seed=8)
    base = stock("" if kind == "text" else "Img2Img", models / "sdxl")
    shared = {"scheduler": base.scheduler, "vae": base.vae, "text_encoder_2": base.text_encoder_2}
    refiner = read("Img2Img", models / "sdxl" / "refiner", **shared)
    generator = torch.Generator().manual_seed(asked.seed)
    latents = base(**arguments(asked, generator=generator, denoising_end=0.8, output_type="latent")).images
    common = {key: value for key, value in arguments(asked, generator=generator).items() if key not in {"width", "height", "strength"}}
    expected = pixels(refiner(**{**common, "image": latents}, denoising_start=0.8))
    result = made(load("sdxl", refiner="refiner"), asked)
    assert difference(result, expected) <= 1
    assert difference(result, made(load("sdxl"), asked)) > 1


def test_a_refiner_with_nothing_to_do_is_left_out(load, task) -> None:
    asked = task("image", num_inference_steps=10, strength=0.1, seed=8)
    assert difference(made(load("sdxl", refiner="refiner"), asked), made(load("sdxl"), asked)) == 0


def test_a_lora_is_merged_by_its_scale(load, models, task) -> None:
    asked = task(seed=2)
    pipeline = read("", models / "sdxl")
    pipeline.load_lora_weights(models / "sdxl" / "lora", weight_name="style.safetensors", adapter_name="style")
    pipeline.set_adapters("style", 0.7)
    expected = pixels(pipeline(**arguments(asked)))
    result = made(load("sdxl", lora="lora/style.safetensors", lora_scale=0.7), asked)
    assert difference(result, expected) <= 1
    assert difference(result, made(load("sdxl"), asked)) > 5


@pytest.mark.parametrize("name", TABLE)
def test_every_scheduler_is_the_librarys_of_that_name(load, models, task, name) -> None:
    asked = task(seed=4, num_inference_steps=4, guidance_scale=0.0)
    kind, changes = TABLE[name]
    scheduler = getattr(diffusers, kind).from_config(parts("", models / "sdxl")["scheduler"].config, **changes)
    expected = pixels(stock("", models / "sdxl", scheduler=scheduler)(**arguments(asked)))
    assert difference(made(load("sdxl", scheduler=name), asked), expected) <= 1


def test_a_whole_network_from_one_file_takes_the_place_of_the_base_models(models, load, task, tmp_path) -> None:
    from safetensors.torch import save_file

    from tests.default_models import make
    from tests.tiny import sdxl
    from tests.unit.diffusion_latent.conftest import spec_of

    other = sdxl.parts(seed=9)["unet"]
    folder = sdxl.save(tmp_path / "sdxl")
    save_file(other.state_dict(), folder / "lightning.safetensors")
    for file in (folder / "unet").glob("*.safetensors"):
        file.unlink()  # not needed, so an operator need not fetch it
    backend = make("diffusion", spec_of("sdxl", unet="lightning.safetensors"), weights_dir=tmp_path, device="cpu")
    backend.load()
    asked = task(seed=4)
    expected = pixels(stock("", models / "sdxl", unet=other)(**arguments(asked)))
    assert difference(made(backend, asked), expected) <= 1
