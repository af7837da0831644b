"""Small SDXL and FLUX.1 models in folders, made once."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.common.backend import ModelSpec
from services.common.picture import Picture
from services.diffusion.backend import GenerateTask
from tests.default_models import make
from tests.unit.diffusion_latent.watching import Watcher

# diffusers hands tensors to numpy in a way that numpy 2 has renounced.
NUMPY_COPY = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(NUMPY_COPY))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights directory with a folder a model."""
    from tests.tiny import flux, sdxl

    root = tmp_path_factory.mktemp("weights")
    sdxl.save(root / "sdxl", refiner=True)
    sdxl.save_lora(root / "sdxl" / "lora" / "style.safetensors")
    sdxl.save_inpainting(root / "sdxl-inpaint")
    flux.save(root / "flux-schnell", shard="50KB")
    flux.save(root / "flux-dev", guidance=True)
    flux.save_fill(root / "flux-fill")
    gc.freeze()  # what was imported for it; see tests/conftest.py
    return root


def spec_of(name: str, **defaults: Any) -> ModelSpec:
    """A manifest entry without a list of files."""
    return ModelSpec(
        name=name,
        backend=name.partition("-")[0],
        revision="1",
        licence="MIT",
        commercial_use=True,
        memory_bytes=1,
        defaults=defaults,
    )


@pytest.fixture(scope="session")
def load(models: Path) -> Callable[..., Any]:
    """Load a model by name; the same one again for the same defaults."""
    loaded: dict[Any, Any] = {}

    def load(name: str, **defaults: Any) -> Any:
        key = (name, *sorted(defaults.items()))
        if key not in loaded:
            loaded[key] = make("diffusion", spec_of(name, **defaults), weights_dir=models, device="cpu")
            loaded[key].load()
        return loaded[key]

    return load


@pytest.fixture(scope="session")
def picture() -> Picture:
    """Soft colors, 96×64."""
    ramp = np.mgrid[0:64, 0:96].astype(np.float64)
    waves = [127 + 120 * np.sin(ramp[0] / a + ramp[1] / b) for a, b in ((9, 13), (17, 11), (23, 7))]
    return Picture(pixels=np.stack(waves, axis=2).astype(np.uint8))


@pytest.fixture(scope="session")
def mask() -> np.ndarray:
    """A rectangle of whole latents, 96×64."""
    mask = np.zeros((64, 96), np.uint8)
    mask[16:48, 24:72] = 255
    return mask


@pytest.fixture
def task(picture: Picture, mask: np.ndarray) -> Callable[..., GenerateTask]:
    """Make a request: `kind` is text, image or mask."""

    def task(kind: str = "text", **changes: Any) -> GenerateTask:
        given: dict[str, Any] = {"prompt": "a red cat", "width": 96, "height": 64, "num_inference_steps": 5, "guidance_scale": 4.0}
        if kind != "text":
            given["init_image"] = picture
        if kind == "mask":
            given["mask"] = mask
        return GenerateTask(**{**given, "monitor": Watcher(), **changes})

    return task


def difference(one: np.ndarray, other: np.ndarray) -> int:
    """Most gray levels that a pixel differs by."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other.astype(int)).max())
