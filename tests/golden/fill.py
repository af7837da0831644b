"""Weights and inputs by a formula from their names, so that reference outputs can be kept without any weights.

Every element is an integer hash of its flat index (row-major) and of the CRC-32 of the tensor's name: exact in every language. The
reference outputs beside this file were made with the published implementations, filled in this way.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Rule = Callable[[str, Sequence[int]], np.ndarray | None]
"""The values of one parameter, or None where the general rule holds."""


def unit(name: str, shape: Sequence[int]) -> np.ndarray:
    """Numbers in [0, 1), float64."""
    index = np.arange(math.prod(shape), dtype=np.uint32)
    hashed = _mix(_mix(index) ^ np.uint32(zlib.crc32(name.encode())))
    return (hashed / 2.0**32).reshape(tuple(shape))


def symmetric(name: str, shape: Sequence[int]) -> np.ndarray:
    """Numbers in [-1, 1), float64."""
    return 2 * unit(name, shape) - 1


def example(name: str, shape: Sequence[int], low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """An input in [low, high), float32."""
    return (low + (high - low) * unit(f"input:{name}", shape)).astype(np.float32)


def parameter(name: str, shape: Sequence[int]) -> np.ndarray:
    """A parameter or a statistic of a network, float64; `name` is its key in the state dictionary, with the prefix of the network."""
    kind = name.rpartition(".")[2]
    flat = len(shape) <= 1
    if kind == "num_batches_tracked":
        return np.zeros(tuple(shape))
    if kind == "running_mean":
        return 0.1 * symmetric(name, shape)
    if kind == "running_var":
        return 0.75 + 0.5 * unit(name, shape)
    if kind in ("gamma", "beta") or (flat and kind in ("bias", "in_proj_bias")):
        return 0.1 * symmetric(name, shape)
    if flat:
        return 1 + 0.1 * symmetric(name, shape)
    return math.sqrt(3 / math.prod(shape[1:])) * symmetric(name, shape)


def filled(state: Mapping[str, Any], prefix: str, rule: Rule = lambda name, shape: None) -> dict[str, Any]:
    """A PyTorch state dictionary with every floating-point tensor replaced by the formula's; whole numbers stay.

    Args:
        state: what `module.state_dict()` gives. Spectral normalization is not known here: fold it first.
        prefix: of the network, such as `rrdb_x4_2.`; it goes before each key.
        rule: exceptions from the general rule.
    """
    import torch

    result = {}
    for key, tensor in state.items():
        if not tensor.is_floating_point():
            result[key] = tensor
            continue
        shape = tuple(tensor.shape)
        values = rule(prefix + key, shape)
        result[key] = torch.from_numpy(parameter(prefix + key, shape) if values is None else values).to(tensor.dtype)
    return result


def tolerance(reference: np.ndarray) -> float:
    """How far an output of float32 computations may be from the reference's, at most, in any element."""
    return 1e-4 * max(1.0, float(np.std(reference)))


def _mix(values: np.ndarray) -> np.ndarray:
    """A bijection of 32-bit numbers that leaves no pattern (xorshift and multiply)."""
    values = values ^ (values >> np.uint32(16))
    values = values * np.uint32(0x7FEB352D)
    values = values ^ (values >> np.uint32(15))
    values = values * np.uint32(0x846CA68B)
    return np.asarray(values ^ (values >> np.uint32(16)))
