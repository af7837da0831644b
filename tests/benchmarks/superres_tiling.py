"""Our tiler against the loop that Real-ESRGAN's authors ship, on one picture with one file of weights."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from services.common import torch_runtime  # noqa: F401  # before what imports torchvision
from services.common.backend import ModelSpec, WeightFile, WeightSource
from services.common.picture import Picture
from services.superres import tiling
from services.superres.backend import UpscaleTask
from services.superres.backends.spandrel_networks.backend import SpandrelBackend
from services.superres.backends.spandrel_networks.family import FAMILIES
from tests.benchmarks.rounds import interleaved, median
from tests.benchmarks.superres_quality import SilentMonitor, original
from tests.benchmarks.table import Cell, Goal, Table
from tests.tiny import realesrgan

FAMILY = FAMILIES["realesrgan"]
PAD = FAMILY.halo + FAMILY.feather // 2  # around each of the peer's tiles, input pixels: as much as ours have; 10 is its default
AWAY = 16  # from a border of a tile, input pixels: there both see enough of the picture to agree
LEVELS = 2  # of 256 that they may differ by there
WITHOUT_PEER = "- Left out: tiling. Its peer, the realesrgan package, is not installed; `make install-peers` does that."


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One network at its published size, on a picture that takes it some seconds."""

    name: str
    weights: Callable[[], dict[str, torch.Tensor]]
    network: Callable[[], Any]  # the authors' own class
    side: int  # of the picture, pixels: with what the peer adds to it, some whole tiles
    tile: int  # from one tile to the next, pixels


def _rrdb(blocks: int) -> dict[str, torch.Tensor]:
    """RRDBNet whose output lies in 0..1, as a trained one's does."""
    tensors = realesrgan.weights(realesrgan.rrdb_shapes(features=64, blocks=blocks))
    return tensors | {"conv_last.weight": tensors["conv_last.weight"] * 0.02, "conv_last.bias": torch.full((3,), 0.5)}


def contests() -> list[Contest]:
    """Real-ESRGAN's quick network, and one of the others. The peer has to be importable."""
    from basicsr.archs.rrdbnet_arch import RRDBNet
    from realesrgan.archs.srvgg_arch import SRVGGNetCompact

    return [
        Contest(
            name="general-x4v3",
            weights=lambda: realesrgan.weights(realesrgan.compact_shapes(features=64, convolutions=32)),
            network=lambda: SRVGGNetCompact(num_in_ch=3, num_out_ch=3, num_feat=64, num_conv=32, upscale=4),
            side=374,
            tile=128,
        ),
        Contest(name="anime-6b", weights=lambda: _rrdb(6), network=lambda: RRDBNet(3, 3, scale=4, num_block=6), side=246, tile=128),
    ]


def peer_is_installed() -> bool:
    """Whether there is something to compare with."""
    return all(find_spec(package) is not None for package in ("realesrgan", "basicsr"))


async def measure(rounds: int) -> Table:
    """Both on each network, in turns. The peer has to be installed."""
    _import_peer()
    rows: list[tuple[Cell, ...]] = []
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory() as folder:
        for contest in contests():
            row, found = await _contend(contest, Path(folder), rounds)
            rows.append(row)
            goals += found
    return Table(
        title="Tiles: DasiBom against the realesrgan package",
        columns=("network", "picture", "tile", "theirs ms", "ours ms", "times as quick", "levels apart, inside", "anywhere"),
        rows=rows,
        goals=tuple(goals),
        notes=(
            "Times are of the processor, of one thread, so that what else runs here counts less. Numbers are float32 in both.",
            f"Both give tiles {PAD} pixels around and mirror the picture at its end; ours fade into each other.",
            f"`inside` is {AWAY} pixels or more from all borders of tiles.",
        ),
    )


async def _contend(contest: Contest, folder: Path, rounds: int) -> tuple[tuple[Cell, ...], list[Goal]]:
    path = realesrgan.save(folder / f"{contest.name}.pth", contest.weights(), "params")
    pixels = original("astronaut", contest.side)
    ours, theirs = _ours(path, contest, pixels), _theirs(path, contest, pixels)
    results: dict[str, np.ndarray] = {}

    async def lane(name: str, enlarge: Callable[[], np.ndarray]) -> float:
        def once() -> float:
            started = time.thread_time()
            results[name] = enlarge()
            return time.thread_time() - started

        return await asyncio.to_thread(once)

    taken = await interleaved({"theirs": lambda: lane("theirs", theirs), "ours": lambda: lane("ours", ours)}, rounds, warm_up=0)
    apart = np.abs(results["ours"].astype(int) - results["theirs"]).max(axis=2)
    inside = int(apart[_inside(contest)].max())
    ratio = median(taken["theirs"] / taken["ours"])
    side = f"{contest.side}×{contest.side}"
    row = (contest.name, side, str(contest.tile), median(taken["theirs"]), median(taken["ours"]), ratio, float(inside), float(apart.max()))
    return row, [
        Goal(what=f"{contest.name}: apart inside tiles", value=float(inside), limit=LEVELS, unit="levels of 256"),
        Goal(what=f"{contest.name}: times as quick", value=ratio, limit=1, unit="times", at_least=True),
    ]


def _ours(path: Path, contest: Contest, pixels: np.ndarray) -> Callable[[], np.ndarray]:
    source = WeightSource(kind="manual", files=(WeightFile(path=path.name),))
    spec = ModelSpec(
        name=contest.name, backend="realesrgan", revision="1", licence="MIT", commercial_use=True, memory_bytes=0, sources=(source,)
    )
    backend = SpandrelBackend(spec, FAMILY, path.parent, device="cpu")
    backend.load()
    task = UpscaleTask(picture=Picture(pixels=pixels), scale=4, tile=contest.tile + FAMILY.feather, monitor=SilentMonitor())
    return lambda: backend.upscale([task])[0].pixels


def _theirs(path: Path, contest: Contest, pixels: np.ndarray) -> Callable[[], np.ndarray]:
    from realesrgan import RealESRGANer

    peer = RealESRGANer(
        scale=4, model_path=str(path), model=contest.network(), tile=contest.tile, tile_pad=PAD, pre_pad=PAD, device=torch.device("cpu")
    )
    blue_first = np.ascontiguousarray(pixels[..., ::-1])

    def enlarge() -> np.ndarray:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints every tile
            return np.asarray(peer.enhance(blue_first)[0][..., ::-1])

    return enlarge


def _inside(contest: Contest) -> np.ndarray:
    """(4·side)×(4·side), whether a pixel of the result is away from all borders of the tiles of both."""
    cut = tiling.Tiling(tile=contest.tile + FAMILY.feather, halo=FAMILY.halo, feather=FAMILY.feather)
    ours = tiling.grid(contest.side, contest.side, cut)
    borders = {0, contest.side, *range(0, contest.side, contest.tile)}
    borders |= {edge for top in ours.tops for edge in (top, top + ours.height)}
    positions = np.arange(contest.side)
    away = np.all([np.minimum(abs(positions - edge), abs(positions + 1 - edge)) >= AWAY for edge in borders], axis=0).repeat(4)
    return np.asarray(away[:, None] & away)


def _import_peer() -> None:
    """The peer's library asks for a module that torchvision no longer has, for one function, and for others by their former names."""
    from torchvision.transforms.functional import rgb_to_grayscale

    gone = ModuleType("torchvision.transforms.functional_tensor")
    gone.rgb_to_grayscale = rgb_to_grayscale  # type: ignore[attr-defined]
    sys.modules.setdefault(gone.__name__, gone)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import_module("realesrgan")
