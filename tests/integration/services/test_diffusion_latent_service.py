"""SDXL and FLUX.1 as their callers meet them: over real gRPC, in a process of their own, from small models in upstream's folders."""

from __future__ import annotations

import hashlib
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from dasibom.common.v1.image_pb2 import Image
from dasibom.diffusion.v1 import diffusion_service_pb2 as pb
from dasibom.diffusion.v1.diffusion_service_pb2_grpc import DiffusionServiceStub
from dasibom.model.v1 import model_service_pb2 as models
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from services.common import imaging
from tests.integration.services.conftest import RunningService, start_service, wait_until_serving

ENTRY = """
[[model]]
service = "diffusion"
name = "{name}"
backend = "{backend}"
licence = "MIT"
commercial_use = true
memory_mib = 64
description = "A small one."
defaults = {{ width = 64, height = 64, num_inference_steps = 4, guidance_scale = {guidance}{more} }}
[[model.sources]]
kind = "hub"
repository = "example/{name}"
revision = "{revision}"
files = [{files}]
"""
FAMILIES = ("tiny-sdxl", "tiny-flux")
MANY_STEPS = 150


def entry(folder: Path, backend: str, guidance: float = 4.0, more: str = "", listed: str = "*.safetensors") -> str:
    hashes = {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob(listed))}
    files = ", ".join(f'{{ path = "{path}", sha256 = "{sha256}" }}' for path, sha256 in hashes.items())
    return ENTRY.format(name=folder.name, backend=backend, guidance=guidance, more=more, revision="0" * 40, files=files)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service with whole models and with broken ones."""
    from tests.tiny import flux, sdxl

    root = tmp_path_factory.mktemp("weights")
    manifest = entry(sdxl.save(root / "tiny-sdxl", refiner=True), "sdxl", more=', refiner = "refiner"')
    manifest += entry(flux.save(root / "tiny-flux", shard="50KB"), "flux", guidance=0.0)
    manifest += entry(flux.save_fill(root / "tiny-fill"), "flux", more=", mask_strength = 1.0")
    manifest += entry(flux.save(root / "of-another-family"), "sdxl")
    cut = sdxl.save(root / "cut-short")
    network = cut / "unet" / "diffusion_pytorch_model.safetensors"
    network.write_bytes(network.read_bytes()[:-1000])
    manifest += entry(cut, "sdxl")
    lacking = flux.save(root / "shard-missing", shard="50KB")
    manifest += entry(lacking, "flux")
    next((lacking / "transformer").glob("*.safetensors")).unlink()
    (root / "models.toml").write_text(manifest)
    running = start_service(
        "diffusion",
        root,
        DASIBOM_WEIGHTS_DIR=str(root),
        DASIBOM_MODELS_FILE=str(root / "models.toml"),
        DASIBOM_DEFAULT_MODEL="tiny-sdxl",
        DASIBOM_DEVICE="cpu",
        OMP_NUM_THREADS="1",
    )
    try:
        wait_until_serving(running)
        with running.channel() as channel:
            for name in FAMILIES:
                ModelServiceStub(channel).LoadModel(models.LoadModelRequest(name=name), timeout=120)
        yield running
    finally:
        running.process.terminate()
        running.process.wait(timeout=30)


@pytest.fixture
def stub(service: RunningService) -> Iterator[DiffusionServiceStub]:
    with service.channel() as channel:
        yield DiffusionServiceStub(channel)


def asked(**fields: Any) -> pb.GenerateRequest:
    return pb.GenerateRequest(**{"prompt": "a cat", **fields})


def endless(model: str) -> pb.GenerateRequest:
    """More work than any test waits for, in small steps."""
    return asked(model=model, num_images=8, num_inference_steps=MANY_STEPS, width=384, height=384)


def listed(service: RunningService, name: str) -> models.Model:
    with service.channel() as channel:
        return next(model for model in ModelServiceStub(channel).ListModels(models.ListModelsRequest()).models if model.name == name)


def pictures(result: Any) -> list[np.ndarray]:
    return [imaging.decode(image.image.data).pixels for image in result.images]


def metrics(service: RunningService, name: str, model: str) -> list[str]:
    """A metric's lines about a model."""
    with urllib.request.urlopen(f"http://127.0.0.1:{service.metrics_port}/metrics", timeout=60) as page:
        lines = page.read().decode().splitlines()
    return [line for line in lines if line.startswith(name) and f'model="{model}"' in line]


def queue_depth(service: RunningService, model: str) -> float:
    """Requests that wait."""
    return sum(float(line.rpartition(" ")[2]) for line in metrics(service, "dasibom_queue_depth", model))


def batches(service: RunningService, model: str) -> dict[float, float]:
    """Batches by their largest size, as the metrics count them."""
    found = metrics(service, "dasibom_batch_size_bucket", model)
    return {float(line.split('le="')[1].split('"')[0]): float(line.rpartition(" ")[2]) for line in found}


@pytest.mark.parametrize("model", FAMILIES)
def test_pictures_come_with_steps_and_previews(stub: DiffusionServiceStub, model: str) -> None:
    request = pb.GenerateRequest(model=model, prompt="a red cat", negative_prompt="blurry", num_images=2, seed=3, width=384, height=256)
    messages = list(stub.Generate(request, timeout=60))
    progress = [message.progress for message in messages[:-1]]
    assert {(said.stage, said.total) for said in progress} >= {("denoise", 4)}
    [preview, *_] = [imaging.decode(said.preview.data) for said in progress if said.HasField("preview")]
    assert (preview.width, preview.height) == (48, 32)
    result = messages[-1].result
    assert [image.seed for image in result.images] == [3, 4]
    assert [picture.shape for picture in pictures(result)] == [(256, 384, 3)] * 2
    assert (result.model.model, result.model.device) == (model, "cpu")
    again = list(stub.Generate(request, timeout=60))[-1].result
    assert [image.image.data for image in again.images] == [image.image.data for image in result.images]


@pytest.mark.parametrize("model", [*FAMILIES, "tiny-fill"])
def test_a_mask_keeps_what_it_does_not_cover(stub: DiffusionServiceStub, model: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 70, 3), np.uint8)
    mask = np.zeros((90, 70, 3), np.uint8)
    mask[20:60, 10:50] = 255
    request = pb.GenerateRequest(model=model, prompt="a hat", init_image=Image(data=imaging.encode(pixels)))
    request.mask.data = imaging.encode(mask)
    [made] = pictures(list(stub.Generate(request, timeout=60))[-1].result)
    assert np.array_equal(made[mask == 0], pixels[mask == 0])
    assert not np.array_equal(made, pixels)


@pytest.mark.parametrize("model", FAMILIES)
def test_requests_that_wait_together_are_made_together_and_as_if_alone(
    service: RunningService, stub: DiffusionServiceStub, model: str
) -> None:
    def ask(seed: int) -> np.ndarray:
        request = pb.GenerateRequest(model=model, prompt=f"cat number {seed}", seed=seed)
        return pictures(list(stub.Generate(request, timeout=60))[-1].result)[0]

    alone = [ask(seed) for seed in range(3)]
    before = batches(service, model)
    busy = stub.Generate(endless(model))
    assert any(message.progress.stage == "denoise" for message in busy)
    with ThreadPoolExecutor(3) as callers:
        waiting = [callers.submit(ask, seed) for seed in range(3)]
        deadline = time.monotonic() + 60
        while queue_depth(service, model) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        busy.cancel()
        together = [call.result() for call in waiting]
    after = batches(service, model)
    larger = [(counts[float("inf")] - counts[1.0]) for counts in (before, after)]
    assert larger[1] > larger[0]  # at least one batch of more than one request
    for one, other in zip(alone, together, strict=True):
        assert np.abs(one.astype(int) - other.astype(int)).max() <= 1


@pytest.mark.parametrize("model", FAMILIES)
def test_cancelling_stops_the_work_and_frees_the_worker(stub: DiffusionServiceStub, model: str) -> None:
    call = stub.Generate(endless(model))
    assert any(message.progress.stage == "denoise" for message in call)
    call.cancel()
    assert list(stub.Generate(asked(model=model), timeout=60))[-1].result.images  # the other would have taken longer


@pytest.mark.parametrize("model", FAMILIES)
def test_a_deadline_stops_the_work(stub: DiffusionServiceStub, model: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.Generate(endless(model), timeout=1.5))
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert list(stub.Generate(asked(model=model), timeout=60))[-1].result.images


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("cut-short", "unet/diffusion_pytorch_model.safetensors has"),
        ("shard-missing", "transformer/diffusion_pytorch_model-0000"),
        ("of-another-family", "model_index.json is that of a FluxPipeline"),
        ("sdxl", "model_index.json is not in the weights folder; to fetch: python scripts/download_models.py sdxl"),
    ],
)
def test_wrong_files_are_said_so_in_the_error_and_in_the_list(
    service: RunningService, stub: DiffusionServiceStub, model: str, words: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.Generate(asked(model=model), timeout=60))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert words in caught.value.details()
    assert model in caught.value.details()
    state = listed(service, model)
    assert state.state == models.MODEL_STATE_FAILED
    assert words in state.failure


def test_too_large_a_picture_is_refused_with_a_size_that_works(stub: DiffusionServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.Generate(asked(width=2048, height=2048), timeout=60))
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "such as 1536×1536" in caught.value.details()


def test_a_model_is_unloaded_and_loaded_again(service: RunningService, stub: DiffusionServiceStub) -> None:
    assert listed(service, "tiny-flux").state == models.MODEL_STATE_READY
    with service.channel() as channel:
        unloaded = ModelServiceStub(channel).UnloadModel(models.UnloadModelRequest(name="tiny-flux")).model
    assert unloaded.state == models.MODEL_STATE_UNLOADED
    assert list(stub.Generate(asked(model="tiny-flux"), timeout=60))[-1].result.images
    assert listed(service, "tiny-flux").state == models.MODEL_STATE_READY


def test_prompts_stay_out_of_the_log(service: RunningService, stub: DiffusionServiceStub) -> None:
    for model in FAMILIES:
        list(stub.Generate(pb.GenerateRequest(model=model, prompt="a very long description " * 40 + "zebra"), timeout=60))
    assert "zebra" not in service.log.read_text()
