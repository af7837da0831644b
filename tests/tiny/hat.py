"""HAT networks of any size, in the files that its authors publish."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from spandrel.architectures.HAT import HAT

from services.common import torch_runtime  # noqa: F401  # before spandrel, which imports torchvision
from tests.golden.fill import filled
from tests.tiny import realesrgan

# What the published ones have in common, and each of them.
COMMON = {"window_size": 16, "mlp_ratio": 2, "overlap_ratio": 0.5, "compress_ratio": 3, "squeeze_factor": 30}
HAT_S = COMMON | {"embed_dim": 144, "depths": (6,) * 6, "num_heads": (6,) * 6, "compress_ratio": 24, "squeeze_factor": 24}
HAT_M = COMMON | {"embed_dim": 180, "depths": (6,) * 6, "num_heads": (6,) * 6}
HAT_L = COMMON | {"embed_dim": 180, "depths": (6,) * 12, "num_heads": (6,) * 12}
TINY = COMMON | {"embed_dim": 12, "depths": (1,), "num_heads": (2,), "squeeze_factor": 6, "num_feat": 8}


def weights(configuration: dict[str, Any] = TINY, *, scale: int = 4, prefix: str = "tiny.") -> dict[str, Any]:
    """All tensors, by the formula of the reference data; its tables of indices are as they have to be."""
    return filled(_network(configuration, scale).state_dict(), prefix)


def layout(configuration: dict[str, Any], *, scale: int) -> dict[str, tuple[int, ...]]:
    """All tensors' shapes."""
    return {key: tuple(tensor.shape) for key, tensor in _network(configuration, scale).state_dict().items()}


def save(path: Path, configuration: dict[str, Any] = TINY, *, scale: int = 4) -> Path:
    """Write a checkpoint."""
    return realesrgan.save(path, weights(configuration, scale=scale))


def _network(configuration: dict[str, Any], scale: int) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.meshgrid")  # HAT's own code leaves its indexing unsaid
        return HAT(upscale=scale, **configuration)
