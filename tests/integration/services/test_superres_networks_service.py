"""Published super-resolution networks as their callers meet them: from manifest entries and files on disk, over real gRPC."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import grpc
import numpy as np
import pytest
import torch
from skimage import data

from dasibom.common.v1.image_pb2 import Image
from dasibom.model.v1 import model_service_pb2 as models
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from dasibom.superres.v1 import super_res_service_pb2 as superres
from dasibom.superres.v1.super_res_service_pb2_grpc import SuperResServiceStub
from services.common import imaging
from tests.integration.services.conftest import RunningService, start_service, wait_until_serving
from tests.integration.services.test_model_services import info_of, last_of, running_calls
from tests.tiny import hat, realesrgan

ENTRY = """
[[model]]
service = "superres"
name = "{name}"
backend = "{backend}"
revision = "tiny"
licence = "BSD-3-Clause"
commercial_use = true
memory_mib = 8
description = "A tiny network."
defaults = {{ {defaults} }}
[[model.sources]]
kind = "manual"
repository = "https://example.org/networks"
files = [{files}]
"""
MIB = 1024 * 1024


class Payload:
    """Unpickled by a careless reader, this makes a folder."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


def entry(name: str, backend: str, defaults: str, *files: str) -> str:
    """A manifest's entry."""
    return ENTRY.format(name=name, backend=backend, defaults=defaults, files=", ".join(f'{{ path = "{file}" }}' for file in files))


def save_all(weights: Path) -> str:
    """Write sound and broken files; gives the manifest that names them."""
    compact, one, any_of_them = realesrgan.faithful(), "net.pth", "tile = 64, tile_batch = 2"
    realesrgan.save(weights / "tiny-compact" / one, compact, "params")
    realesrgan.save(weights / "tiny-rrdb" / one, realesrgan.weights(realesrgan.rrdb_shapes(scale=2)))
    hat.save(weights / "tiny-hat" / one, scale=2)
    realesrgan.save(weights / "tiny-general" / one, compact)
    realesrgan.save(weights / "tiny-general" / "wdn.pth", realesrgan.faithful("weak."))
    realesrgan.save(weights / "half" / one, {key: tensor.half() for key, tensor in compact.items()})
    realesrgan.save(weights / "other" / one, compact)
    whole = realesrgan.save(weights / "cut" / one, compact)
    whole.write_bytes(whole.read_bytes()[:2000])
    (weights / "harmful").mkdir()
    torch.save({"params": {**compact, "extra": Payload(weights / "code-was-run")}}, weights / "harmful" / one)
    return "".join(
        (
            entry("tiny-compact", "realesrgan", f'architecture = "Compact", scale = 4, {any_of_them}', one),
            entry("tiny-rrdb", "realesrgan", 'architecture = "ESRGAN", scale = 2', one),
            entry("tiny-hat", "hat", 'architecture = "HAT", scale = 2', one),
            entry("tiny-general", "realesrgan", 'scale = 4, keeps_noise = "wdn.pth"', one, "wdn.pth"),
            entry("half", "realesrgan", any_of_them, one),
            entry("other", "hat", "scale = 4", one),
            entry("cut", "realesrgan", any_of_them, one),
            entry("harmful", "realesrgan", any_of_them, one),
            entry("absent", "realesrgan", any_of_them, one),
        )
    )


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    (folder / "models.toml").write_text(save_all(folder))
    return folder


@pytest.fixture(scope="module")
def service(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service of an operator who has these files and no GPU."""
    settings = {
        "DASIBOM_WEIGHTS_DIR": str(weights),
        "DASIBOM_MODELS_FILE": str(weights / "models.toml"),
        "DASIBOM_DEFAULT_MODEL": "tiny-compact",
        "DASIBOM_DEVICE": "cpu",
    }
    running = start_service("superres", tmp_path_factory.mktemp("superres"), **settings)
    try:
        wait_until_serving(running)
        yield running
    finally:
        running.process.terminate()
        running.process.wait(timeout=30)


@pytest.fixture
def stub(service: RunningService) -> Iterator[SuperResServiceStub]:
    with service.channel() as channel:
        yield SuperResServiceStub(channel)


@pytest.fixture
def pool(service: RunningService) -> Iterator[ModelServiceStub]:
    with service.channel() as channel:
        yield ModelServiceStub(channel)


def photo(height: int, width: int) -> np.ndarray:
    return np.ascontiguousarray(data.astronaut()[:height, 120 : 120 + width])


def request_for(pixels: np.ndarray, **options: Any) -> superres.UpscaleRequest:
    return superres.UpscaleRequest(image=Image(data=imaging.encode(pixels)), **options)


def pixels_of(result: superres.UpscaleResult) -> np.ndarray:
    return imaging.decode(result.image.data).pixels.astype(int)


@pytest.mark.parametrize(
    ("model", "scale"), [("", 4), ("tiny-compact", 3), ("tiny-rrdb", 2), ("tiny-hat", 2), ("tiny-hat", 1), ("half", 2)]
)
def test_every_family_enlarges_pictures(stub: SuperResServiceStub, model: str, scale: int) -> None:
    result = last_of(stub.Upscale(request_for(photo(40, 50), scale=scale, model=model), timeout=60))
    assert (result.width, result.height) == (50 * scale, 40 * scale)
    assert pixels_of(result).shape == (40 * scale, 50 * scale, 3)
    assert result.model.model == (model or "tiny-compact")


def test_progress_counts_tiles_to_the_last(stub: SuperResServiceStub) -> None:
    messages = list(stub.Upscale(request_for(photo(150, 200), scale=2, tile=64), timeout=60))
    told = [(message.progress.step, message.progress.total) for message in messages[:-1] if message.progress.stage == "upscale"]
    total = messages[-1].result.tiles
    assert total == 12
    assert {of for _, of in told} == {total}
    assert told == sorted(told)


def test_a_caller_who_leaves_frees_the_worker_within_a_batch_of_tiles(service: RunningService, stub: SuperResServiceStub) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3000, 4000, 3), np.uint8)
    big = superres.UpscaleRequest(image=Image(data=imaging.encode(noise, imaging.JPEG)), scale=1)
    call = stub.Upscale(big)
    assert any(message.progress.stage == "upscale" for message in call)
    call.cancel()
    started = time.monotonic()
    while running_calls(service, "Upscale"):
        assert time.monotonic() - started < 30
        time.sleep(0.05)
    last_of(stub.Upscale(request_for(photo(20, 20), scale=2), timeout=30))  # the big one would have held the one worker for a minute


def test_two_requests_at_once_get_their_own_pictures(stub: SuperResServiceStub) -> None:
    pictures = [photo(90, 80), photo(90, 80)[::-1].copy()]
    alone = [pixels_of(last_of(stub.Upscale(request_for(pixels, scale=4), timeout=60))) for pixels in pictures]
    with ThreadPoolExecutor() as threads:
        together = list(threads.map(lambda pixels: pixels_of(last_of(stub.Upscale(request_for(pixels, scale=4), timeout=60))), pictures))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_denoise_strength_changes_what_a_model_with_two_files_makes(stub: SuperResServiceStub) -> None:
    kept, between, removed = (
        pixels_of(last_of(stub.Upscale(request_for(photo(30, 30), scale=4, denoise=denoise, model="tiny-general"), timeout=60)))
        for denoise in (0.0, 0.5, 1.0)
    )
    assert np.abs(kept - removed).max() > 1
    assert np.abs(2 * between - kept - removed).max() < 2 * np.abs(kept - removed).max()
    plain = pixels_of(last_of(stub.Upscale(request_for(photo(30, 30), scale=4), timeout=60)))
    assert np.abs(plain - removed).max() <= 1  # the same weights


def test_a_scale_beyond_the_model_is_refused_with_one_that_has_it(stub: SuperResServiceStub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.Upscale(request_for(photo(20, 20), scale=4, model="tiny-rrdb"), timeout=60))
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "ask for scale 2, or another model, such as realesrgan-x4plus" in caught.value.details()


@pytest.mark.parametrize("color", [True, False])
def test_a_picture_of_16_bits_keeps_its_levels(stub: SuperResServiceStub, color: bool) -> None:
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (24, 1))
    deep = np.dstack((ramp, ramp[:, ::-1], ramp // 2)) if color else ramp
    done, file = cv2.imencode(".png", deep)
    assert done
    result = last_of(stub.Upscale(superres.UpscaleRequest(image=Image(data=file.tobytes()), scale=4), timeout=60))
    levels = deep[..., ::-1] / 257 if color else np.repeat(deep[..., None], 3, axis=2) / 257
    shallow = np.rint(levels).astype(np.uint8)
    expected = pixels_of(last_of(stub.Upscale(request_for(shallow, scale=4), timeout=60)))
    if color:
        assert np.abs(pixels_of(result) - expected).max() <= 2
    else:
        assert np.ptp(pixels_of(result), axis=2).max() == 0
        assert np.abs(pixels_of(result)[..., 1] - expected.mean(axis=2)).max() <= 8  # the luma of what it made of three channels


def test_transparency_comes_back_enlarged(stub: SuperResServiceStub) -> None:
    alpha = np.zeros((30, 40), np.uint8)
    alpha[:, 20:] = 255
    request = superres.UpscaleRequest(image=Image(data=imaging.encode(photo(30, 40), alpha=alpha)), scale=2)
    enlarged = imaging.decode(last_of(stub.Upscale(request, timeout=60)).image.data).alpha
    assert enlarged is not None
    assert enlarged.shape == (60, 80)
    assert enlarged[:, :36].max() == 0
    assert enlarged[:, 44:].min() == 255


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("absent", "net.pth"),
        ("cut", "net.pth is cut short"),
        ("other", "net.pth holds a network of the architecture Compact ×4; it should be HAT ×4"),
        ("harmful", "perhaps code"),
    ],
)
def test_wrong_files_are_refused_in_the_call_and_in_the_list(
    stub: SuperResServiceStub, pool: ModelServiceStub, weights: Path, model: str, words: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.Upscale(request_for(photo(20, 20), model=model), timeout=60))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert words in caught.value.details()
    assert str(weights) not in caught.value.details()
    assert info_of(caught.value).metadata["model"] == model
    (listed,) = (one for one in pool.ListModels(models.ListModelsRequest()).models if one.name == model)
    assert listed.state == models.MODEL_STATE_FAILED
    assert words in listed.failure
    assert not (weights / "code-was-run").exists()


def test_a_model_is_loaded_on_its_device_and_unloaded_by_hand(stub: SuperResServiceStub, pool: ModelServiceStub) -> None:
    loaded = pool.LoadModel(models.LoadModelRequest(name="tiny-hat")).model
    assert (loaded.state, loaded.device, loaded.memory_bytes) == (models.MODEL_STATE_READY, "cpu", 8 * MIB)
    unloaded = pool.UnloadModel(models.UnloadModelRequest(name="tiny-hat")).model
    assert (unloaded.state, unloaded.device) == (models.MODEL_STATE_UNLOADED, "")
    last_of(stub.Upscale(request_for(photo(20, 20), scale=2, model="tiny-hat"), timeout=60))
