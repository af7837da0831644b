"""Who waits sees the picture come into being, and can leave at any step."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from services.common.backend import Cancelled
from services.diffusion.backends.latent.previews import LatentPreview
from tests.unit.diffusion_latent.conftest import difference
from tests.unit.diffusion_latent.watching import Watcher

MODELS = [("sdxl", {}), ("sdxl", {"refiner": "refiner"}), ("flux-dev", {})]


@pytest.mark.parametrize(("model", "defaults"), MODELS)
def test_every_step_is_told(load, task, model, defaults) -> None:
    asked = task(num_inference_steps=10)
    load(model, **defaults).generate([asked])
    assert asked.monitor.steps("denoise") == [(step, 10) for step in range(1, 11)]
    assert [stage for stage, *_ in asked.monitor.told][-1] == "decode"


@pytest.mark.parametrize(("model", "kind", "steps"), [("sdxl", "image", 6), ("sdxl", "mask", 6), ("flux-dev", "image", 6)])
def test_image_to_image_tells_of_the_steps_that_its_strength_takes(load, task, model, kind, steps) -> None:
    asked = task(kind, num_inference_steps=10, strength=0.6)
    load(model).generate([asked])
    assert asked.monitor.steps("denoise") == [(step, steps) for step in range(1, steps + 1)]


@pytest.mark.parametrize("model", ["sdxl", "flux-dev"])
def test_previews_are_small_and_few_and_end_at_the_last_step(load, task, model) -> None:
    asked = task(num_inference_steps=36, height=96)
    load(model).generate([asked])
    assert len(asked.monitor.previews) == 12
    assert {preview.shape for preview in asked.monitor.previews} == {(12, 12, 3)}
    assert all(preview.dtype == np.uint8 for preview in asked.monitor.previews)
    last = [told for told in asked.monitor.told if told[0] == "denoise"][-1]
    assert last[3] is not None


class MixingAutoencoder:
    """Latents that are known mixtures of the mean colors below them: what a trained one comes close to, and an untrained one does not."""

    dtype = torch.float32
    config = SimpleNamespace(block_out_channels=(1, 1, 1, 1), shift_factor=0.3, scaling_factor=0.5)
    _mixture = torch.tensor([[0.9, 0.2, -0.4], [-0.3, 1.1, 0.5], [0.2, -0.6, 0.8], [0.5, 0.5, 0.5]])

    def to(self, _: torch.dtype) -> MixingAutoencoder:
        return self

    def encode(self, pixels: torch.Tensor) -> SimpleNamespace:
        mixed = torch.einsum("lc,nchw->nlhw", self._mixture, torch.nn.functional.avg_pool2d(pixels, 8))
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: mixed + 0.3))


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_preview_shows_the_colors_that_the_latents_stand_for(picture, noise) -> None:
    vae = MixingAutoencoder()
    pixels = torch.from_numpy(picture.pixels).permute(2, 0, 1)[None].float() / 127.5 - 1
    latents = (vae.encode(pixels).latent_dist.mode() - 0.3) * 0.5
    latents = latents + noise * latents.std() * torch.randn(latents.shape, generator=torch.Generator().manual_seed(0))
    [preview] = LatentPreview.fit(vae, torch.device("cpu"))(latents)
    small = picture.pixels.reshape(8, 8, 12, 8, 3).mean(axis=(1, 3))
    assert np.corrcoef(preview.reshape(-1), small.reshape(-1))[0, 1] > (0.8 if noise else 0.99)


@pytest.mark.parametrize(("model", "defaults"), MODELS[1:])
@pytest.mark.parametrize("at", [("encode", 1), ("denoise", 9), ("decode", 1)])
def test_leaving_stops_the_work_at_that_step_and_harms_nobody_later(load, task, model, defaults, at) -> None:
    backend = load(model, **defaults)
    before = backend.generate([task(seed=3)])[0][0].pixels
    leaver = Watcher(leave_at=at)
    with pytest.raises(Cancelled):
        backend.generate([task(num_inference_steps=10, monitor=leaver)])
    assert leaver.told[-1][:2] == at
    assert difference(backend.generate([task(seed=3)])[0][0].pixels, before) == 0


def test_two_workers_take_turns(load, task) -> None:
    backend = load("sdxl")
    expected = [backend.generate([task(seed=seed, num_inference_steps=4)])[0][0].pixels for seed in range(3)]
    made: dict[int, np.ndarray] = {}

    def work(seed: int) -> None:
        made[seed] = backend.generate([task(seed=seed, num_inference_steps=4)])[0][0].pixels

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [difference(made[seed], expected[seed]) for seed in range(3)] == [0, 0, 0]


def test_who_waits_for_another_batch_can_leave(load, task) -> None:
    backend = load("sdxl")
    with backend._alone([]), pytest.raises(Cancelled):  # while the other batch goes on: it would wait for ever
        backend.generate([task(monitor=Watcher(leave_at=("wait", 0)))])
    assert backend.generate([task()])[0]
