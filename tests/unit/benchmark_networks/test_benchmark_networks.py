"""What scripts/benchmark.py measures is as large as what is published: counted without making it, against the manifest's file sizes."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from services.common import manifest
from tests.tiny import hat as hat_layouts
from tests.tiny.clip_t5 import clip_tokenizer

sys.path.insert(0, str(Path(__file__).parents[3] / "scripts"))

from benchmarks_gpu import face_networks, flux, hat, llava, paligemma, realesrgan, sdxl
from benchmarks_gpu.graph import Graph
from benchmarks_gpu.selection import all_cases, chosen

# Headers of files, and what is stored beside the weights: tables of positions, counters.
TOLERANCE = 0.001


def counted(make: Callable[[], Any]) -> int:
    """Parameters of a network that is never made."""
    with torch.device("meta"):
        made = make()
    return size(made)


def size(network: Any) -> int:
    """Parameters."""
    return sum(tensor.numel() for tensor in network.parameters())


@cache
def parts_of(model: str) -> dict[str, Any]:
    """The networks of a picture model, never made."""
    tokenizer = clip_tokenizer()
    with torch.device("meta"):
        return sdxl.networks(tokenizer, tokenizer) if model == "sdxl" else flux.networks(tokenizer, guided=model == "flux-dev")


def published(service: manifest.Service, model: str, below: str, bytes_each: int) -> float:
    """Parameters that a model's published files have room for."""
    spec = next(spec for spec in manifest.models(service) if spec.name == model)
    files = [file for file in spec.weights if file.path.startswith(below) and file.path.endswith((".safetensors", ".pth", ".onnx"))]
    assert files
    assert all(file.size for file in files)
    return sum(file.size for file in files) / bytes_each


@pytest.mark.parametrize("model", ["paligemma-3b-mix-224", "paligemma-3b-mix-448"])
def test_paligemma(model: str) -> None:
    assert counted(lambda: paligemma.network(model, 0)) == pytest.approx(published("vqa", model, "", 4), rel=TOLERANCE)


# Their hubs state the number of parameters, and the manifest knows no sizes.
@pytest.mark.parametrize(("model", "billions"), [("paligemma2-3b-mix-448", 3.03), ("paligemma2-10b-mix-448", 9.66)])
def test_paligemma_2(model: str, billions: float) -> None:
    assert counted(lambda: paligemma.network(model, 0)) / 1e9 == pytest.approx(billions, abs=0.01)


@pytest.mark.parametrize(("model", "billions"), [("llava-1.5-7b", 7.06), ("llava-1.5-13b", 13.35)])
def test_llava(model: str, billions: float) -> None:
    assert counted(lambda: llava.network(model, image_token=0, pad_token=0)) / 1e9 == pytest.approx(billions, abs=0.01)


@pytest.mark.parametrize("part", ["text_encoder", "text_encoder_2", "unet", "vae"])
def test_sdxl(part: str) -> None:
    assert size(parts_of("sdxl")[part]) == pytest.approx(published("diffusion", "sdxl", f"{part}/", 2), rel=TOLERANCE)


@pytest.mark.parametrize("model", ["flux-schnell", "flux-dev"])
@pytest.mark.parametrize("part", ["text_encoder", "text_encoder_2", "transformer", "vae"])
def test_flux(model: str, part: str) -> None:
    assert size(parts_of(model)[part]) == pytest.approx(published("diffusion", model, f"{part}/", 2), rel=TOLERANCE)


@pytest.mark.parametrize("model", list(realesrgan.PUBLISHED))
def test_realesrgan(model: str) -> None:
    networks = len(next(spec for spec in manifest.models("superres") if spec.name == model).weights)
    parameters = sum(math.prod(shape) for shape in realesrgan.PUBLISHED[model].values())
    # Files of many small tensors: each has a name and a place in an archive.
    assert networks * parameters == pytest.approx(published("superres", model, "", 4), rel=0.01)


# As counted in the authors' own implementation.
@pytest.mark.parametrize(("model", "parameters"), [("hat-s-x4", 9_621_183), ("hat-x4", 20_772_507), ("hat-l-x4", 40_846_575)])
def test_hat(model: str, parameters: int) -> None:
    shapes = hat_layouts.layout(hat.PUBLISHED[model], scale=4)
    # Tables of indices are stored, but no parameters.
    assert sum(math.prod(shape) for name, shape in shapes.items() if "relative_position_index" not in name) == parameters


@pytest.mark.parametrize(
    ("make", "file"),
    [
        (face_networks.detector_graph, "det_10g.onnx"),
        (face_networks.recognizer_graph, "w600k_r50.onnx"),
        (face_networks.swapper_graph, "inswapper_128.onnx"),
    ],
)
def test_insightface(make: Callable[[], Graph], file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Drawing hundreds of millions of random numbers takes seconds, and only their number counts.
    monkeypatch.setattr(Graph, "random", lambda self, *shape, fan_in: self.constant(np.broadcast_to(np.float32(0), shape)))
    numbers = sum(value.size for value in make().constants.values())
    assert numbers == pytest.approx(published("faceswap", "insightface", file, 4), rel=0.005)


def test_cases_are_chosen_by_service_or_model_and_an_unknown_name_is_answered_with_the_known_ones() -> None:
    cases = all_cases(tiny=False)
    assert chosen(cases, []) == cases
    assert [case.model for case in chosen(cases, ["sdxl", "vqa"])] == [case.model for case in cases if case.service == "vqa"] + ["sdxl"]
    with pytest.raises(ValueError, match=r"'nosuch'; there are: vqa, .*flux-dev"):
        chosen(cases, ["sdxl", "nosuch"])


def test_every_case_is_a_model_of_the_manifest() -> None:
    models = {(service, spec.name) for service, specs in manifest.services().items() for spec in specs}
    assert {(case.service, case.model) for tiny in (True, False) for case in all_cases(tiny=tiny)} <= models
