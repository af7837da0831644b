"""Real-ESRGAN's networks of any size, in the files that its authors publish: `.pth` with `params_ema` or `params` at the top."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.golden.fill import parameter, symmetric

Shapes = dict[str, tuple[int, ...]]

GROWTH = 32  # channels that each convolution of a dense block adds; all published networks have this many


def rrdb_shapes(*, scale: int = 4, features: int = 8, blocks: int = 1) -> Shapes:
    """RRDBNet, which takes its input with pixels unshuffled for scales below 4. Published: 64 features, 23 or 6 blocks."""
    shapes = _convolution("conv_first", 3 * (4 // scale) ** 2, features)
    for block in range(blocks):
        for dense in (1, 2, 3):
            for index in range(5):
                gives = features if index == 4 else GROWTH
                shapes |= _convolution(f"body.{block}.rdb{dense}.conv{index + 1}", features + index * GROWTH, gives)
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        shapes |= _convolution(name, features, features)
    return shapes | _convolution("conv_last", features, 3)


def compact_shapes(*, scale: int = 4, features: int = 16, convolutions: int = 2) -> Shapes:
    """SRVGGNetCompact. Published: 64 features, 16 or 32 convolutions."""
    widths = [3, *[features] * (convolutions + 1)]
    shapes: Shapes = {}
    for index, (takes, gives) in enumerate(itertools.pairwise(widths)):
        shapes |= _convolution(f"body.{2 * index}", takes, gives)
        shapes[f"body.{2 * index + 1}.weight"] = (gives,)  # slopes of PReLU
    return shapes | _convolution(f"body.{2 * (convolutions + 1)}", features, 3 * scale**2)


def weights(shapes: Mapping[str, Sequence[int]], prefix: str = "tiny.") -> dict[str, torch.Tensor]:
    """Weights by the formula of the reference data; another prefix makes others."""
    return {key: torch.from_numpy(_values(prefix + key, shape)).float() for key, shape in shapes.items()}


def faithful(prefix: str = "tiny.", **size: int) -> dict[str, torch.Tensor]:
    """A compact network that changes little: it adds what it computes to its picture, and that is a tenth of what it would be."""
    tensors = weights(compact_shapes(**size), prefix)
    last = max(int(key.split(".")[1]) for key in tensors)
    return {key: tensor * 0.1 if key.startswith(f"body.{last}.") else tensor for key, tensor in tensors.items()}


def save(path: Path, tensors: Mapping[str, Any], key: str = "params_ema") -> Path:
    """Write a checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({key: dict(tensors)}, path)
    return path


def _convolution(name: str, takes: int, gives: int) -> Shapes:
    return {f"{name}.weight": (gives, takes, 3, 3), f"{name}.bias": (gives,)}


def _values(name: str, shape: Sequence[int]) -> np.ndarray:
    if len(shape) == 1 and name.endswith("weight"):  # neither network has norms: these are slopes
        return np.asarray(0.2 + 0.05 * symmetric(name, shape))
    return parameter(name, shape)
