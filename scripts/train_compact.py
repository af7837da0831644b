"""Train the `compact` super-resolution model and write it as ONNX.

Needs the packages of requirements/training.txt in a virtual environment of its own, one CPU core, no download:

    python -m venv /tmp/training && /tmp/training/bin/pip install -r requirements/training.txt
    /tmp/training/bin/python scripts/train_compact.py --minutes 40 --out services/superres/backends/compact/compact.onnx

`--steps N` instead of `--minutes` makes a run that gives the same weights again. Then put the printed sha256 into
services/models.toml, and the table that `python tests/benchmarks/superres_quality.py` prints into the model card.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from degradation import degrade, random_recipe
from torch import nn
from torch.nn import functional
from training_pictures import PHOTOGRAPHS, draw_scene, photographs

SCALES = (1, 2, 4)
SCALE_ODDS = (0.16, 0.44, 0.40)
PATCH = 48  # side of a training patch, pixels of the small picture
REGION = 96  # side of the region that is degraded at once and gives several patches
PATCHES_PER_REGION = 4
POOL = 192  # patches a scale that wait; each step replaces four of them and draws its batch from all, so that batches are mixed
BATCH = 8
SCENES = 48
PHOTOGRAPH_ODDS = 0.75
PEAK_RATE = 8e-4
AVERAGE_DECAY = 0.9985
OPSET = 17


Pair = tuple[np.ndarray, np.ndarray]


class Block(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """Two convolutions around a skip."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.activation = nn.PReLU(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Add what the convolutions find to `features`, N×C×H×W."""
        return features + self.second(self.activation(self.first(features)))


class CompactNet(nn.Module):  # type: ignore[misc]  # torch is not installed where mypy runs
    """A residual body at half resolution, shared by one pixel-shuffle head a scale, over a linear skip that starts as bicubic.

    Half resolution makes each convolution four times cheaper and sees twice as far; degraded frames hold
    little at the finest scale that it could lose.
    """

    def __init__(self, channels: int = 48, blocks: int = 6) -> None:
        super().__init__()
        self.radius = 2 * (2 * blocks + 3) + 1  # how far a pixel's influence reaches, input pixels
        self.stem = nn.Conv2d(12, channels, 3, padding=1)
        self.body = nn.Sequential(*(Block(channels) for _ in range(blocks)), nn.Conv2d(channels, channels, 3, padding=1))
        self.heads = nn.ModuleList(nn.Conv2d(channels, 3 * (2 * scale) ** 2, 3, padding=1) for scale in SCALES)
        self.skips = nn.ModuleList(bicubic(scale) for scale in SCALES)
        for head in self.heads:  # start as the skip alone
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def features(self, picture: torch.Tensor) -> torch.Tensor:
        """The body's view of N×3×H×W RGB in 0..1, H and W even: N×C×H/2×W/2."""
        stem = self.stem(functional.pixel_unshuffle(picture, 2))
        return stem + self.body(stem)

    def enlarge(self, picture: torch.Tensor, features: torch.Tensor, index: int) -> torch.Tensor:
        """The picture `SCALES[index]` times as large."""
        scale = SCALES[index]
        detail = functional.pixel_shuffle(self.heads[index](features), 2 * scale)
        return functional.pixel_shuffle(self.skips[index](picture), scale) + detail

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """All scales at once, as the exported model gives them."""
        features = self.features(picture)
        return tuple(self.enlarge(picture, features, index) for index in range(len(SCALES)))


def bicubic(scale: int) -> nn.Conv2d:
    """Bicubic enlargement (Keys, 1981, with OpenCV's a = -0.75) as a convolution before a pixel shuffle."""
    phases = (torch.arange(scale) + 0.5) / scale - 0.5
    distance = (torch.arange(-2, 3)[None] - phases[:, None]).abs()
    near = 1.25 * distance**3 - 2.25 * distance**2 + 1
    far = -0.75 * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    taps = torch.where(distance <= 1, near, torch.where(distance < 2, far, 0.0))
    kernel = torch.einsum("iy,jx->ijyx", taps, taps).reshape(1, scale * scale, 1, 5, 5)
    layer = nn.Conv2d(3, 3 * scale * scale, 5, padding=2, padding_mode="replicate", groups=3, bias=False)
    layer.weight.data.copy_(kernel.expand(3, -1, -1, -1, -1).reshape(layer.weight.shape))
    return layer


@dataclass(frozen=True)
class Source:
    """What patches are cut from."""

    pictures: tuple[np.ndarray, ...]
    odds: np.ndarray

    @classmethod
    def make(cls, rng: np.random.Generator) -> Source:
        """Load the photographs and draw the scenes in their colors."""
        photos = list(photographs().values())
        palette = np.concatenate([photo.reshape(-1, 3)[:: max(1, photo.size // 30000)] for photo in photos])
        scenes = [draw_scene(rng, rng.permutation(palette)[:24], letters=index % 3 == 0) for index in range(SCENES)]
        # A photograph counts by the square root of its pixels, colored ones double.
        weights = np.array([math.sqrt(photo.size) * (2.0 if np.ptp(photo, axis=2).any() else 1.0) for photo in photos])
        odds = np.concatenate((PHOTOGRAPH_ODDS * weights / weights.sum(), np.full(SCENES, (1 - PHOTOGRAPH_ODDS) / SCENES)))
        return cls((*photos, *scenes), odds)

    def region(self, rng: np.random.Generator, scale: int) -> np.ndarray:
        """Cut and vary a region, at least `PATCH`·scale on each side."""
        picture = self.pictures[rng.choice(len(self.pictures), p=self.odds)]
        shortest = min(picture.shape[:2])
        lowest = max(0.5, (PATCH + 2) * scale / shortest)
        if lowest < 1 and rng.random() < 0.5:  # smaller pictures are sharper, and show more in a patch
            factor = rng.uniform(lowest, 1)
            picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        height, width = (min(REGION * scale, side // scale * scale) for side in picture.shape[:2])
        top, left = (int(rng.integers(0, side - cut + 1)) for side, cut in zip(picture.shape[:2], (height, width), strict=True))
        return vary(picture[top : top + height, left : left + width], rng)

    def patches(self, rng: np.random.Generator, scale: int) -> Iterator[Pair]:
        """Degrade one region and cut it: pairs of a patch and what it should become, `scale` times as large."""
        region = self.region(rng, scale)
        degraded = degrade(region, scale, random_recipe(rng), rng)
        for _ in range(PATCHES_PER_REGION):
            top, left = (int(rng.integers(0, side - PATCH + 1)) for side in degraded.shape[:2])
            small = degraded[top : top + PATCH, left : left + PATCH]
            yield small, region[top * scale : (top + PATCH) * scale, left * scale : (left + PATCH) * scale]

    def batches(self, rng: np.random.Generator, scale: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches without end: N×3×PATCH×PATCH and N×3×(scale·PATCH)×(scale·PATCH), 0..1."""
        pool: deque[Pair] = deque(maxlen=POOL)
        while True:
            pool.extend(self.patches(rng, scale))
            if len(pool) == POOL:
                chosen = [pool[int(index)] for index in rng.choice(POOL, BATCH, replace=False)]
                yield to_tensor([small for small, _ in chosen]), to_tensor([large for _, large in chosen])


def vary(region: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn, mirror, swap the color channels, change the exposure, sometimes drop the color, as night cameras do."""
    region = np.rot90(region, int(rng.integers(4)))
    if rng.random() < 0.5:
        region = region[:, ::-1]
    if rng.random() < 0.5:
        region = region[..., rng.permutation(3)]
    if rng.random() < 0.12:
        region = np.repeat(region.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.5:
        region = 255 * (region / 255.0) ** rng.uniform(0.6, 1.6) * rng.uniform(0.5, 1)
    return np.ascontiguousarray(np.clip(np.rint(region), 0, 255), np.uint8)


def to_tensor(patches: list[np.ndarray]) -> torch.Tensor:
    """H×W×3 uint8 pictures of one size to N×3×H×W, 0..1."""
    return torch.from_numpy(np.stack(patches).transpose(0, 3, 1, 2).copy()).float().div_(255)


def train(*, seconds: float, steps: int, seed: int, out: Path) -> None:
    """Train until the time or the steps are used up, and write the model."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    source = Source.make(rng)
    net = CompactNet()
    average = copy.deepcopy(net).requires_grad_(False)
    optimizer = torch.optim.Adam(net.parameters(), lr=PEAK_RATE, betas=(0.9, 0.99))
    print(f"{sum(weight.numel() for weight in net.parameters()):,} weights, {len(source.pictures)} pictures", flush=True)
    batches = [source.batches(rng, scale) for scale in SCALES]
    started, step, losses = time.monotonic(), 0, [0.0] * len(SCALES)
    while True:
        done = step / steps if steps else (time.monotonic() - started) / seconds
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-6
        index = int(rng.choice(len(SCALES), p=SCALE_ODDS))
        small, large = next(batches[index])
        loss = log_error(net.enlarge(small, net.features(small), index) - large)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        decay = min(AVERAGE_DECAY, step / (step + 10))
        with torch.no_grad():
            for mean, weight in zip(average.parameters(), net.parameters(), strict=True):
                mean.lerp_(weight, 1 - decay)
        losses[index] += (0.01 if losses[index] else 1.0) * (loss.item() - losses[index])
        if step % 200 == 0:
            shown = " ".join(f"x{scale} {-10 * value / math.log(10):.2f} dB" for scale, value in zip(SCALES, losses, strict=True))
            print(f"step {step} {time.monotonic() - started:.0f} s  mean PSNR {shown}", flush=True)
        if step % 1000 == 0:
            export(average, out, step=step, seed=seed)
    export(average, out, step=step, seed=seed)
    print(f"{out} {out.stat().st_size} bytes sha256 {hashlib.sha256(out.read_bytes()).hexdigest()}")


def log_error(difference: torch.Tensor) -> torch.Tensor:
    """Mean log of each patch's squared error, which is its PSNR: a decibel counts the same on a plain patch as on a busy one."""
    return torch.log(difference.square().mean(dim=(1, 2, 3)) + 1e-5).mean()


def export(net: CompactNet, out: Path, *, step: int, seed: int) -> None:
    """Write the model with what a reader has to know of it."""
    names = [f"x{scale}" for scale in SCALES]
    axes = {name: {0: "batch", 2: f"height_{name}", 3: f"width_{name}"} for name in ["picture", *names]}
    net.eval()
    torch.onnx.export(
        net,
        (torch.rand(1, 3, 32, 48),),
        str(out),
        input_names=["picture"],
        output_names=names,
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(str(out))
    entries = {
        "name": "compact",
        "licence": "MIT",
        "scales": ",".join(str(scale) for scale in SCALES),
        "radius": str(net.radius),
        "multiple": "2",
        "input": "N×3×H×W, float32, RGB, 0..1; H and W even",
        "training_pictures": ",".join(Path(path).stem for _, path, _, _ in PHOTOGRAPHS) + f",{SCENES} drawn scenes",
        "training_steps": str(step),
        "training_seed": str(seed),
    }
    onnx.helper.set_model_props(model, entries)
    onnx.checker.check_model(model)
    onnx.save(model, str(out))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, default=0, help="how long to train")
    length.add_argument("--steps", type=int, default=0, help="how many steps to train")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="the .onnx file to write")
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    train(seconds=60 * arguments.minutes, steps=arguments.steps, seed=arguments.seed, out=arguments.out)


if __name__ == "__main__":
    main()
