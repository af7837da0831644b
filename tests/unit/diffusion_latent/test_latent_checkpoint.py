"""A folder that is not the model's is refused, by the model's name and the file's, with what to do."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from services.common.backend import ModelSpec
from tests.default_models import make
from tests.unit.diffusion_latent.conftest import difference, spec_of

UNET = "unet/diffusion_pytorch_model.safetensors"


class Code:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("/tmp/dasibom-pickle-ran"),))


def cut(folder: Path) -> None:
    file = folder / UNET
    file.write_bytes(file.read_bytes()[:-100])


def cut_in_the_header(folder: Path) -> None:
    file = folder / UNET
    file.write_bytes(file.read_bytes()[:500])


def empty(folder: Path) -> None:
    (folder / UNET).write_bytes(b"")


def pickled(folder: Path) -> None:
    (folder / UNET).unlink()
    (folder / UNET).with_suffix(".bin").write_bytes(pickle.dumps(Code()))


def pickled_under_a_safe_name(folder: Path) -> None:
    (folder / UNET).write_bytes(pickle.dumps(Code()))


def whole_numbers(folder: Path) -> None:
    save_file({name: tensor.to(torch.int8) for name, tensor in load_file(folder / UNET).items()}, folder / UNET)


def a_tensor_less(folder: Path) -> None:
    tensors = load_file(folder / UNET)
    tensors.pop("conv_in.weight")
    save_file(tensors, folder / UNET)


def another_shape(folder: Path) -> None:
    tensors = load_file(folder / UNET)
    tensors["conv_in.weight"] = torch.zeros(16, 9, 3, 3)
    save_file(tensors, folder / UNET)


def encoder_of_another_shape(folder: Path) -> None:
    file = folder / "text_encoder" / "model.safetensors"
    save_file({name: tensor[..., :16].contiguous() for name, tensor in load_file(file).items()}, file)


def no_unet(folder: Path) -> None:
    shutil.rmtree(folder / "unet")


def no_config(folder: Path) -> None:
    (folder / "vae" / "config.json").unlink()


def broken_config(folder: Path) -> None:
    (folder / "vae" / "config.json").write_text("{")


def no_tokenizer(folder: Path) -> None:
    shutil.rmtree(folder / "tokenizer")


def no_index(folder: Path) -> None:
    (folder / "model_index.json").unlink()


def foreign_library(folder: Path) -> None:
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**index, "vae": ["os", "system"]}))


WRONG: dict[Callable[[Path], None], str] = {
    cut: f"{UNET} is cut short",
    cut_in_the_header: f"{UNET} is cut short",
    empty: f"{UNET} is cut short",
    pickled: "unet/ has no .safetensors file, and no other is loaded",
    pickled_under_a_safe_name: f"{UNET} is cut short, or not a safetensors file",
    whole_numbers: f"{UNET} holds I8",
    a_tensor_less: "unet/ do not fit its config.json: 1 tensors, conv_in.weight",
    another_shape: "unet/ cannot be loaded",
    encoder_of_another_shape: "text_encoder/ cannot be loaded",
    no_unet: "unet/config.json is missing",
    no_config: "vae/config.json is missing",
    broken_config: "vae/config.json is not JSON",
    no_tokenizer: "tokenizer/ cannot be loaded",
    no_index: "model_index.json is missing",
    foreign_library: "vae is a class of os",
}


@pytest.mark.parametrize("spoil", WRONG, ids=lambda spoil: spoil.__name__)
def test_wrong_files_are_refused_by_name(models: Path, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    shutil.copytree(models / "sdxl", tmp_path / "sdxl")
    spoil(tmp_path / "sdxl")
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        make("diffusion", spec_of("sdxl"), weights_dir=tmp_path, device="cpu").load()
    assert str(caught.value).startswith(f"sdxl: {WRONG[spoil]}") or f"the files of {WRONG[spoil]}" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert not Path("/tmp/dasibom-pickle-ran").exists()


def test_a_missing_shard_is_named(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models / "flux-schnell", tmp_path / "flux-schnell")
    [*_, shard] = sorted((tmp_path / "flux-schnell" / "transformer").glob("*.safetensors"))
    shard.unlink()
    with pytest.raises(FileNotFoundError, match=f"transformer/{shard.name} is missing; to fetch: "):
        make("diffusion", spec_of("flux-schnell"), weights_dir=tmp_path, device="cpu").load()


@pytest.mark.parametrize(("name", "folder"), [("sdxl", "flux-dev"), ("flux-dev", "sdxl")])
def test_a_model_of_another_family_is_refused(models: Path, tmp_path: Path, name: str, folder: str) -> None:
    (tmp_path / name).symlink_to(models / folder)
    with pytest.raises(ValueError, match=f"{name}: model_index.json is that of a .*Pipeline; the backend {name[:4]}.* loads"):
        make("diffusion", spec_of(name), weights_dir=tmp_path, device="cpu").load()


@pytest.mark.parametrize(
    ("defaults", "words"),
    [
        ({"scheduler": "magic"}, "no scheduler 'magic'; there are: euler, "),
        ({"shceduler": "lcm"}, "no key 'shceduler' for sdxl; there are: .*scheduler"),
        ({"max_pixels": "many"}, "max_pixels .* must be int, not 'many'"),
        ({"lora": "lora/none.safetensors"}, "lora/none.safetensors is missing"),
        ({"lora": UNET}, f"{UNET} is no LoRA"),
        ({"lora": "../sdxl-inpaint/unet/diffusion_pytorch_model.safetensors"}, "leads out of the model's folder"),
        ({"refiner": "none"}, "model_index.json is missing"),
        ({"unet": "lora/style.safetensors"}, "lora/style.safetensors does not fit unet/config.json"),
    ],
)
def test_a_wrong_manifest_entry_is_refused(models: Path, defaults: dict[str, object], words: str) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=words):
        make("diffusion", spec_of("sdxl", **defaults), weights_dir=models, device="cpu").load()


def test_files_of_a_variant_are_used_where_there_are_any(load, task, tmp_path: Path) -> None:
    from tests.tiny import sdxl

    sdxl.save(tmp_path / "sdxl", variant="fp16")
    assert list((tmp_path / "sdxl").rglob("*.fp16.safetensors"))
    backend = make("diffusion", spec_of("sdxl", variant="fp16"), weights_dir=tmp_path, device="cpu")
    backend.load()
    [[made]], [[expected]] = backend.generate([task()]), load("sdxl").generate([task()])
    assert difference(made.pixels, expected.pixels) == 0
    with pytest.raises(FileNotFoundError, match=r"has no \.safetensors file"):
        make("diffusion", spec_of("sdxl"), weights_dir=tmp_path, device="cpu").load()


def test_listed_files_are_verified_before_anything_is_loaded(models: Path) -> None:
    from services.common.backend import WeightFile, WeightSource

    listed = WeightSource(kind="hub", files=(WeightFile(path=UNET, size=1),))
    spec = ModelSpec(**{**vars(spec_of("sdxl")), "sources": (listed,)})
    with pytest.raises(ValueError, match="bytes instead of 1"):
        make("diffusion", spec, weights_dir=models, device="cpu").load()


def test_a_model_that_failed_to_load_can_be_loaded_once_its_files_are_right(models: Path, tmp_path: Path, task) -> None:
    shutil.copytree(models / "sdxl", tmp_path / "sdxl")
    whole = (tmp_path / "sdxl" / UNET).read_bytes()
    cut(tmp_path / "sdxl")
    backend = make("diffusion", spec_of("sdxl"), weights_dir=tmp_path, device="cpu")
    with pytest.raises(ValueError, match="cut short"):
        backend.load()
    (tmp_path / "sdxl" / UNET).write_bytes(whole)
    backend.load()
    assert np.any(backend.generate([task()])[0][0].pixels)


def test_every_entry_of_the_manifest_says_what_its_backend_understands() -> None:
    from services.common import manifest
    from services.diffusion.backends.latent.options import FluxOptions, Options, SdxlOptions, options_of
    from services.diffusion.backends.latent.schedulers import TABLE

    kinds: dict[str, type[Options]] = {"sdxl": SdxlOptions, "flux": FluxOptions}
    specs = [spec for spec in manifest.models("diffusion") if spec.backend in kinds]
    names = {"sdxl", "sdxl-refined", "sdxl-lightning", "sdxl-lcm", "sdxl-inpaint", "flux-schnell", "flux-dev", "flux-fill"}
    assert names <= {spec.name for spec in specs}
    for spec in specs:
        options = options_of(spec, kinds[spec.backend])
        files = {file.path for file in spec.weights}
        assert getattr(options, "scheduler", "") in {"", *TABLE}
        assert getattr(options, "lora", "") in {"", *files}
        refiner = getattr(options, "refiner", "")
        assert {"model_index.json", *([f"{refiner}/model_index.json"] if refiner else [])} <= files


@pytest.mark.parametrize("model", ["sdxl", "flux-dev"])
def test_folders_in_the_published_layout_are_read(load, models: Path, tmp_path: Path, task, model: str) -> None:
    from tests.tiny.published_pictures import rearrange

    shutil.copytree(models / model, tmp_path / model)
    rearrange(tmp_path / model)
    assert not (tmp_path / model / "tokenizer" / "tokenizer.json").exists()
    backend = make("diffusion", spec_of(model), weights_dir=tmp_path, device="cpu")
    backend.load()
    asked = task(prompt="A red Cat, 30 years old", negative_prompt="blurry!", seed=9)
    [[made]], [[expected]] = backend.generate([asked]), load(model).generate([asked])
    assert difference(made.pixels, expected.pixels) == 0
