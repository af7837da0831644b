"""Runs a network for the tiler: windows of levels go to the device, enlarged levels come back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
import torch

from services.superres.backends.spandrel_networks.network import Network


def run(network: Network, scale: int, batches: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Enlarge batches of windows, as `tiling.Network` says. Call it inside `torch_runtime.inference`.

    A GPU is given the next batch before the last one's result is fetched, so that it computes while the picture is put together.

    Args:
        network: what enlarges.
        scale: how many times; where the network enlarges more, the rest is averaged away.
        batches: N×h×w×3, uint8.
    """
    ahead = 0 if network.device.type == "cpu" else 1
    begun: deque[tuple[torch.Tensor, torch.cuda.Event | None]] = deque()
    for windows in batches:
        begun.append(_begin(network, scale, windows))
        if len(begun) > ahead:
            yield _end(*begun.popleft())
    while begun:
        yield _end(*begun.popleft())


def _begin(network: Network, scale: int, windows: np.ndarray) -> tuple[torch.Tensor, torch.cuda.Event | None]:
    """Start a batch; on a GPU this returns before it is done."""
    on_gpu = network.device.type == "cuda"
    levels = torch.from_numpy(windows)
    if on_gpu:
        levels = levels.pin_memory()
    # Levels lie channel by channel already, which is the memory format that convolutions are fastest in.
    batch = levels.to(network.device, non_blocking=on_gpu).permute(0, 3, 1, 2).to(network.dtype).div_(255)
    enlarged = network.module(batch).float().clamp_(0, 1)
    if scale != network.scale:
        enlarged = _average(enlarged, network.scale, scale)
    result = enlarged.mul_(255).round_().to(torch.uint8).permute(0, 2, 3, 1).contiguous()
    if not on_gpu:
        return result, None
    fetched = torch.empty(result.shape, dtype=torch.uint8, pin_memory=True).copy_(result, non_blocking=True)
    arrived = torch.cuda.Event()
    arrived.record(torch.cuda.current_stream(network.device))
    return fetched, arrived


def _end(result: torch.Tensor, arrived: torch.cuda.Event | None) -> np.ndarray:
    if arrived is not None:
        arrived.synchronize()
    return np.asarray(result.cpu().numpy())


def _average(pictures: torch.Tensor, large: int, small: int) -> torch.Tensor:
    """Reduce N×3×(large·h)×(large·w) to N×3×(small·h)×(small·w), each pixel the mean of the area that it covers."""
    edges = [(large_index * small, small_index * large) for large_index in range(large) for small_index in range(small)]
    shared = [max(0, min(old + small, new + large) - max(old, new)) / large for old, new in edges]
    weights = torch.tensor(shared, device=pictures.device).view(large, small)
    for _ in ("columns", "rows"):
        pictures = (pictures.unflatten(-1, (-1, large)) @ weights).flatten(-2).transpose(-1, -2)
    return pictures
