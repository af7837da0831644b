"""Where the parts live, what numbers they compute in and how they are fused changes speed and memory, not pictures."""

from __future__ import annotations

import gc
import weakref
from typing import Any, ClassVar

import pytest
import torch

from services.diffusion.backends.latent.memory import Residence, chosen_offload, weight_bytes
from tests.default_models import make
from tests.unit.diffusion_latent.conftest import difference, spec_of

GPU, CPU = torch.device("cuda:0"), torch.device("cpu")
GIB = 2**30


@pytest.mark.parametrize(
    ("setting", "device", "free", "expected"),
    [
        ("auto", GPU, 80, "none"),
        ("auto", GPU, 24, "none"),
        ("auto", GPU, 20, "model"),
        ("auto", GPU, 12, "sequential"),
        ("none", GPU, 1, "none"),
        ("model", GPU, 80, "model"),
        ("sequential", GPU, 80, "sequential"),
        ("model", CPU, 80, "none"),
        ("auto", CPU, 1, "none"),
    ],
)
def test_parts_rest_outside_when_the_device_is_too_small(setting, device, free, expected) -> None:
    assert chosen_offload(setting, device, needed=24 * GIB, free=free * GIB, largest=12 * GIB) == expected


@pytest.mark.parametrize("offload", ["model", "sequential"])
@pytest.mark.parametrize(("model", "defaults"), [("sdxl", {"refiner": "refiner"}), ("flux-dev", {})])
def test_offloaded_parts_make_the_same_pictures(load, models, task, monkeypatch, offload, model, defaults) -> None:
    # With the CPU as the device to come to, the hooks do all that they do with a GPU; only the moves go nowhere.
    monkeypatch.setattr("services.diffusion.backends.latent.backend.chosen_offload", lambda *_, **__: offload)
    backend = make("diffusion", spec_of(model, **defaults), weights_dir=models, device="cpu")
    backend.load()
    assert backend.offload == offload
    resting = {part.device.type for part in (backend._networks()[0], *backend._encoders(next(iter(backend._pipelines.values()))))}
    assert resting == {"meta" if offload == "sequential" else "cpu"}
    for kind in ("text", "mask"):  # all parts, and all of them again after they have rested
        [[made]], [[expected]] = backend.generate([task(kind)]), load(model, **defaults).generate([task(kind)])
        assert difference(made.pixels, expected.pixels) <= 1


class Traveller(torch.nn.Linear):
    """Notes where it is sent."""

    journeys: ClassVar[list[str]] = []

    def __init__(self, name: str) -> None:
        super().__init__(2, 2)
        self.name = name

    def to(self, device: Any) -> Traveller:
        self.journeys.append(f"{self.name} to {'home' if str(device) == 'cpu' else 'work'}")
        return self


def test_a_part_comes_for_its_turn_and_the_next_sends_it_back() -> None:
    first, second, vae = parts = [Traveller(name) for name in ("first", "second", "vae")]
    residence = Residence(parts[:2], vae, torch.device("cpu", 0), "model")
    assert Traveller.journeys == []
    for part in (first, first, second, first, vae):
        part(torch.zeros(1, 2))
    residence.rest()
    residence.rest()
    turns = ["first to work", "first to home", "second to work", "second to home", "first to work", "first to home"]
    assert Traveller.journeys == [*turns, "vae to work", "vae to home"]


@pytest.mark.parametrize("model", ["sdxl", "flux-dev"])
def test_fused_projections_change_nothing_and_take_no_more_memory(load, task, model) -> None:
    fused, separate = load(model), load(model, fuse_projections=False)
    for kind in ("text", "image"):
        [[made]], [[expected]] = fused.generate([task(kind)]), separate.generate([task(kind)])
        assert difference(made.pixels, expected.pixels) <= 1
    layers = [{name.rpartition(".")[2] for name, _ in backend._networks()[0].named_modules()} for backend in (fused, separate)]
    assert layers[0] & {"to_qkv", "to_q", "to_k"} in ({"to_qkv"}, {"to_qkv", "to_q"})  # cross attention has its queries to itself
    assert layers[1] & {"to_qkv", "to_q", "to_k"} == {"to_q", "to_k"}
    assert weight_bytes(fused._networks()[0]) == weight_bytes(separate._networks()[0])


# SDXL's pipelines warn of their own way to decode in float32 what float16 would overflow in.
@pytest.mark.filterwarnings("ignore:`upcast_vae` is deprecated:FutureWarning")
@pytest.mark.parametrize(("model", "dtype"), [("sdxl", "bfloat16"), ("sdxl", "float16"), ("flux-dev", "bfloat16")])
def test_half_precision_makes_nearly_the_same_pictures(load, models, task, model, dtype) -> None:
    backend = make("diffusion", spec_of(model), weights_dir=models, device="cpu", dtype=dtype)
    backend.load()
    assert {parameter.dtype for parameter in backend._networks()[0].parameters()} == {getattr(torch, dtype)}
    tasks = [task(seed=seed, num_inference_steps=2, width=64) for seed in (1, 2)]
    [[first], [second]], [[alone]] = backend.generate(tasks), backend.generate(tasks[1:])
    assert difference(second.pixels, alone.pixels) <= 1 or dtype == "float16"
    assert difference(first.pixels, second.pixels) > 1
    masked = task("mask", num_inference_steps=2)
    [[filled]], [[expected], [whole]] = backend.generate([masked]), load(model).generate([tasks[1], masked])
    for made, exact in ((alone, expected), (filled, whole)):
        assert abs(made.pixels.astype(float) - exact.pixels).mean() < 16


def test_large_pictures_are_decoded_in_tiles(load, task) -> None:
    whole, tiled = load("sdxl"), load("sdxl", tile_pixels=100 * 100)
    [[small]], [[same]] = tiled.generate([task()]), whole.generate([task()])
    assert difference(small.pixels, same.pixels) == 0
    [[made]], [[expected]] = tiled.generate([task(width=160, height=160)]), whole.generate([task(width=160, height=160)])
    assert made.pixels.shape == expected.pixels.shape
    assert 0 < abs(made.pixels.astype(float) - expected.pixels).mean() < 40
    [[again]] = tiled.generate([task()])
    assert difference(again.pixels, same.pixels) == 0


@pytest.mark.parametrize("model", ["sdxl", "flux-dev"])
def test_unloading_gives_every_part_back(models, task, model) -> None:
    backend = make("diffusion", spec_of(model), weights_dir=models, device="cpu")
    backend.load()
    backend.generate([task()])
    parts: list[Any] = [weakref.ref(part) for part in (*backend._networks(), backend._vae)]
    backend.unload()
    gc.collect()
    assert [part() for part in parts] == [None] * len(parts)
    backend.load()
    assert backend.generate([task()])[0]


@pytest.mark.parametrize("model", ["sdxl", "flux-dev"])
def test_compiled_blocks_make_the_same_pictures_and_are_ready_once_loaded(load, models, task, monkeypatch, model) -> None:
    from services.diffusion.backends.latent.backend import LatentBackend

    graphs: list[int] = []

    def counting(graph: Any, *_: Any, **__: Any) -> Any:
        """What the real compiler is given, run as it is: compiling it for a CPU takes minutes."""
        graphs.append(1)
        return graph.forward

    monkeypatch.setattr(LatentBackend, "compiler", staticmethod(counting))
    torch.compiler.reset()
    backend = make("diffusion", spec_of(model, width=96, height=64), weights_dir=models, device="cpu", compile=True)
    backend.load()
    ready = len(graphs)
    assert ready > 0
    for count in (1, 3):
        [made], [expected] = backend.generate([task(num_images=count)]), load(model).generate([task(num_images=count)])
        assert [difference(a.pixels, b.pixels) <= 1 for a, b in zip(made, expected, strict=True)] == [True] * count
    assert len(graphs) == ready  # nobody waited for a compiler
    torch.compiler.reset()


def test_a_device_that_is_not_there_is_said_so(models) -> None:
    with pytest.raises(ValueError, match="this machine has: cpu"):
        make("diffusion", spec_of("sdxl"), weights_dir=models, device="cuda:9").load()
