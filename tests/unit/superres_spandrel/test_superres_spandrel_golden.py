"""Our loader and tiler give what the published implementations give on the same weights."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from services.superres.backends.spandrel_networks.family import FAMILIES
from services.superres.backends.spandrel_networks.network import Network, place, read
from services.superres.backends.spandrel_networks.run import run
from services.superres.tiling import Tiling, upscale
from tests.golden.fill import example, tolerance
from tests.golden.keys import shapes
from tests.tiny import hat, realesrgan
from tests.unit.superres_spandrel.conftest import loaded, spec_of, upscaled

GOLDEN = Path(__file__).parents[2] / "golden"
OUTPUTS = {family: np.load(GOLDEN / family / "outputs.npz") for family in FAMILIES}

SMALL_HAT: dict[str, Any] = hat.COMMON | {"embed_dim": 36, "window_size": 8, "squeeze_factor": 12}
HATS: dict[str, tuple[dict[str, Any], int]] = {
    "hat_tiny": (SMALL_HAT | {"depths": (2, 2), "num_heads": (6, 6)}, 4),
    "hat_tiny_x2": (SMALL_HAT | {"depths": (2,), "num_heads": (6,)}, 2),
    "hat_tiny_x3": (SMALL_HAT | {"depths": (2,), "num_heads": (6,)}, 3),
    "hat_s_2x1": (hat.HAT_S | {"depths": (2,), "num_heads": (6,)}, 4),
    "hat_s": (hat.HAT_S, 4),
    "hat": (hat.HAT_M, 4),
    "hat_l": (hat.HAT_L, 4),
}


def network_of(path: Path, family: str) -> Network:
    return place(read(path, spec_of(family, path.name), FAMILIES[family]), torch.device("cpu"), None)


def output(path: Path, family: str, picture: np.ndarray) -> np.ndarray:
    """What the network in the file makes of a picture, N×3×h×w, 0..1, before its levels are cut to 0..1."""
    with torch.inference_mode():
        return np.asarray(network_of(path, family).module(torch.from_numpy(picture)).numpy())


def assert_parity(values: np.ndarray, reference: np.ndarray, every: int) -> None:
    values = values[..., ::every, ::every]
    assert values.shape == reference.shape
    assert np.abs(values - reference).max() <= tolerance(reference)


@pytest.mark.parametrize(
    ("tag", "key"), [("rrdb_x4_23", "params_ema"), ("rrdb_x4_6", "params_ema"), ("srvgg_16", "params"), ("srvgg_32", "params")]
)
def test_real_esrgan_at_published_size_gives_the_reference_output(tag: str, key: str, tmp_path: Path) -> None:
    path = realesrgan.save(tmp_path / "net.pth", realesrgan.weights(shapes("realesrgan")[tag], f"{tag}."), key)
    picture = example("sr.x48", (1, 3, 48, 40))
    assert_parity(output(path, "realesrgan", picture), OUTPUTS["realesrgan"][tag], every=4)


@pytest.mark.parametrize("tag", ["hat_tiny", "hat_tiny_x2", "hat_tiny_x3", "hat_s_2x1", "hat_s"])
def test_hat_gives_the_reference_output(tag: str, tmp_path: Path) -> None:
    configuration, scale = HATS[tag]
    path = realesrgan.save(tmp_path / "net.pth", hat.weights(configuration, scale=scale, prefix=f"{tag}."))
    picture = example("hat.x32", (1, 3, 32, 48))
    assert_parity(output(path, "hat", picture), OUTPUTS["hat"][tag], every=4)


@pytest.mark.parametrize(
    ("tag", "made"),
    [
        ("rrdb_x4_23", realesrgan.rrdb_shapes(features=64, blocks=23)),
        ("rrdb_x4_6", realesrgan.rrdb_shapes(features=64, blocks=6)),
        ("rrdb_x2_23", realesrgan.rrdb_shapes(features=64, blocks=23, scale=2)),
        ("srvgg_16", realesrgan.compact_shapes(features=64, convolutions=16)),
        ("srvgg_32", realesrgan.compact_shapes(features=64, convolutions=32)),
    ],
)
def test_the_tests_real_esrgan_has_the_published_layout(tag: str, made: dict[str, tuple[int, ...]]) -> None:
    assert made == shapes("realesrgan")[tag]


@pytest.mark.parametrize("tag", HATS)
def test_the_tests_hat_has_the_published_layout(tag: str) -> None:
    configuration, scale = HATS[tag]
    assert hat.layout(configuration, scale=scale) == shapes("hat")[tag]


@pytest.mark.parametrize(("case", "tile"), [("enh_notile_bgr", 1024), ("enh_tile32_bgr", 32)])
def test_the_tiler_agrees_with_the_published_program_away_from_borders(case: str, tile: int, tmp_path: Path) -> None:
    weights = realesrgan.weights(shapes("realesrgan")["srvgg_16"], "srvgg_16.")
    realesrgan.save(tmp_path / "net.pth", weights, "params")
    reference = OUTPUTS["realesrgan"]
    pixels = np.ascontiguousarray(reference["enh_in_bgr"][..., ::-1])
    ours = upscaled(loaded(spec_of("realesrgan", "net.pth"), tmp_path), pixels, tile=tile).pixels
    difference = np.abs(ours[::2, ::2, ::-1].astype(int) - reference[case]).max(axis=2)
    # The network's radius is 18 input pixels: further in, it sees no border of the picture, where the two extend it in different ways.
    assert difference[40:-40, 40:-40].max() <= 1


def test_a_network_that_takes_pixels_in_pairs_gives_what_the_published_program_gives_for_odd_sides(tmp_path: Path) -> None:
    realesrgan.save(tmp_path / "net.pth", realesrgan.weights(realesrgan.rrdb_shapes(features=64, blocks=2, scale=2), "rrdb_x2_2."))
    network = network_of(tmp_path / "net.pth", "realesrgan")
    reference = OUTPUTS["realesrgan"]
    cut = Tiling(tile=1024, halo=0, multiple=network.multiple)
    with torch.inference_mode():
        ours = upscale(reference["enh_in_bgr"][:69, :87, ::-1], partial(run, network, 2), scale=2, tiling=cut)
    assert np.abs(ours[..., ::-1].astype(int) - reference["enh_x2_odd"]).max() <= 1
