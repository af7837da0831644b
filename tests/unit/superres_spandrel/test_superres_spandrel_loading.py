"""Only the network that the manifest names is loaded, and nothing in its file is run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from services.common.weights import WeightsMismatch, WeightsMissing, WeightsRefused
from services.superres.backends.spandrel_networks.backend import SpandrelBackend
from services.superres.backends.spandrel_networks.family import FAMILIES
from services.superres.backends.spandrel_networks.network import place, read
from tests.default_models import make
from tests.tiny import hat, realesrgan
from tests.unit.superres_spandrel.conftest import backend_of, loaded, spec_of, upscaled

COMPACT = realesrgan.weights(realesrgan.compact_shapes())
PICTURE = np.random.default_rng(7).integers(0, 256, (12, 15, 3), dtype=np.uint8)


def refusal(folder: Path, backend: str, error: type[Exception], **defaults: Any) -> str:
    with pytest.raises(error) as caught:
        backend_of(spec_of(backend, "net.pth", **defaults), folder).load()
    assert str(folder) not in str(caught.value), "the server's directories are its own affair"
    return str(caught.value)


def test_the_averaged_weights_are_preferred_to_the_last_ones(tmp_path: Path) -> None:
    last = realesrgan.weights(realesrgan.compact_shapes(), "last.")
    torch.save({"params": last, "params_ema": COMPACT}, tmp_path / "net.pth")
    realesrgan.save(tmp_path / "ema" / "net.pth", COMPACT)
    spec = spec_of("realesrgan", "net.pth")
    both, ema = (upscaled(loaded(spec, folder), PICTURE).pixels for folder in (tmp_path, tmp_path / "ema"))
    np.testing.assert_array_equal(both, ema)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_other_numbers_are_cast(tmp_path: Path, dtype: torch.dtype) -> None:
    realesrgan.save(tmp_path / "net.pth", {key: tensor.to(dtype) for key, tensor in COMPACT.items()})
    realesrgan.save(tmp_path / "plain" / "net.pth", COMPACT)
    spec = spec_of("realesrgan", "net.pth")
    cast, plain = (upscaled(loaded(spec, folder), PICTURE).pixels.astype(int) for folder in (tmp_path, tmp_path / "plain"))
    assert np.abs(cast - plain).max() <= 2


def test_a_safetensors_file_is_as_good(tmp_path: Path) -> None:
    save_file(COMPACT, tmp_path / "net.safetensors")
    realesrgan.save(tmp_path / "net.pth", COMPACT)
    first, second = (upscaled(loaded(spec_of("realesrgan", file), tmp_path), PICTURE).pixels for file in ("net.safetensors", "net.pth"))
    np.testing.assert_array_equal(first, second)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "net.pth" in refusal(tmp_path, "realesrgan", WeightsMissing)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    content = realesrgan.save(tmp_path / "net.pth", COMPACT).read_bytes()
    (tmp_path / "net.pth").write_bytes(content[: len(content) // 2])
    assert "net.pth is cut short" in refusal(tmp_path, "realesrgan", WeightsMismatch)


def test_a_safetensors_file_cut_short_is_refused(tmp_path: Path) -> None:
    save_file(COMPACT, tmp_path / "net.safetensors")
    content = (tmp_path / "net.safetensors").read_bytes()
    (tmp_path / "net.safetensors").write_bytes(content[:-100])
    with pytest.raises(ValueError, match=r"net\.safetensors"):
        backend_of(spec_of("realesrgan", "net.safetensors"), tmp_path).load()


class Payload:
    """Unpickled by a careless reader, this makes a folder."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_is_refused_and_not_run(tmp_path: Path, zipped: bool) -> None:
    target = tmp_path / "run"
    content = {"params_ema": {**COMPACT, "extra": Payload(target)}}
    torch.save(content, tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    assert "code" in refusal(tmp_path, "realesrgan", WeightsRefused)
    assert not target.exists()
    torch.load(tmp_path / "net.pth", weights_only=False)
    assert target.exists(), "read carelessly, it would have been run"


@pytest.mark.parametrize(
    ("backend", "tensors", "found", "due"),
    [
        ("hat", COMPACT, "Compact ×4", "HAT ×4"),
        ("realesrgan", hat.weights(), "HAT ×4", "ESRGAN ×4"),
        ("realesrgan", COMPACT, "Compact ×4", "ESRGAN ×4"),
        ("realesrgan", realesrgan.weights(realesrgan.rrdb_shapes(scale=2)), "ESRGAN ×2", "ESRGAN ×4"),
    ],
)
def test_another_network_is_refused_by_its_name(tmp_path: Path, backend: str, tensors: Any, found: str, due: str) -> None:
    realesrgan.save(tmp_path / "net.pth", tensors)
    message = refusal(tmp_path, backend, WeightsMismatch, architecture=due.split(maxsplit=1)[0], scale=4)
    assert message == f"tiny: net.pth holds a network of the architecture {found}; it should be {due}"


def test_any_network_of_the_family_will_do_where_the_manifest_names_none(tmp_path: Path) -> None:
    realesrgan.save(tmp_path / "net.pth", COMPACT)
    assert upscaled(loaded(spec_of("realesrgan", "net.pth"), tmp_path), PICTURE).pixels.shape == (48, 60, 3)
    assert "should be HAT" in refusal(tmp_path, "hat", WeightsMismatch)


@pytest.mark.parametrize("change", ["nothing known", "a tensor short", "a tensor of another shape", "no tensors", "a list"])
def test_a_file_that_holds_no_whole_network_is_refused(tmp_path: Path, change: str) -> None:
    tensors = dict(COMPACT)
    if change == "nothing known":
        tensors = {"weight": torch.zeros(3)}
    elif change == "a tensor short":
        del tensors["body.2.bias"]
    elif change == "a tensor of another shape":
        tensors["body.2.weight"] = torch.zeros(16, 15, 3, 3)
    elif change == "no tensors":
        tensors = {}
    if change == "a list":
        torch.save(list(COMPACT.values()), tmp_path / "net.pth")
    else:
        realesrgan.save(tmp_path / "net.pth", tensors)
    assert "net.pth" in refusal(tmp_path, "realesrgan", WeightsMismatch)


def test_work_needs_a_loaded_model_and_loading_again_works(tmp_path: Path) -> None:
    realesrgan.save(tmp_path / "net.pth", COMPACT)
    backend = backend_of(spec_of("realesrgan", "net.pth"), tmp_path)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not loaded"):
            upscaled(backend, PICTURE)
        backend.load()
        assert upscaled(backend, PICTURE).pixels.shape == (48, 60, 3)
        backend.unload()


@pytest.mark.parametrize(("name", "family"), [("realesrgan-x4plus", "realesrgan"), ("real-hat-gan-x4", "hat")])
def test_a_model_of_the_manifest_is_made_with_the_services_settings(name: str, family: str, tmp_path: Path) -> None:
    from services.common import manifest

    (spec,) = (spec for spec in manifest.models("superres") if spec.name == name)
    backend = make("superres", spec, weights_dir=tmp_path, device="cpu")
    assert isinstance(backend, SpandrelBackend)
    assert backend.device == "cpu"
    assert spec.backend == family
    with pytest.raises(WeightsMissing):
        backend.load()
    assert FAMILIES[family].largest in {spec.name for spec in manifest.models("superres")}


@pytest.mark.parametrize(
    ("tensors", "family", "wanted", "computed"),
    [
        (COMPACT, "realesrgan", torch.bfloat16, torch.bfloat16),
        (COMPACT, "realesrgan", torch.float16, torch.float16),
        (hat.weights(), "hat", torch.bfloat16, torch.bfloat16),
        (hat.weights(), "hat", torch.float16, torch.float32),
        (COMPACT, "realesrgan", None, torch.float32),
    ],
)
def test_half_precision_is_used_where_the_architecture_allows(
    tmp_path: Path, tensors: Any, family: str, wanted: torch.dtype | None, computed: torch.dtype
) -> None:
    path = realesrgan.save(tmp_path / "net.pth", tensors)
    network = place(read(path, spec_of(family, "net.pth"), FAMILIES[family]), torch.device("cpu"), wanted)
    assert {parameter.dtype for parameter in network.module.parameters()} == {computed} == {network.dtype}


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_gives_the_same_picture(tmp_path: Path, dtype: str) -> None:
    realesrgan.save(tmp_path / "net.pth", COMPACT)
    spec = spec_of("realesrgan", "net.pth")
    half = backend_of(spec, tmp_path, dtype=dtype)
    half.load()
    difference = upscaled(half, PICTURE).pixels.astype(int) - upscaled(loaded(spec, tmp_path), PICTURE).pixels
    assert np.abs(difference).max() <= (4 if dtype == "bfloat16" else 1)
