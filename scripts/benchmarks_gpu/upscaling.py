"""What every super-resolution network is asked: one CCTV frame, enlarged as far as the network goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks_gpu.case import Work
from benchmarks_gpu.pictures import drawn
from benchmarks_gpu.place import Place
from services.common.backend import ModelSpec, Monitor
from services.superres.backend import UpscaleTask


def enlarge(width: int, height: int, tile: int = 0) -> Callable[[Any, int, Monitor], None]:
    """Has a backend enlarge so many pictures of a size, pixels, in tiles of a side, of its own choice when that is 0."""

    def run(backend: Any, items: int, monitor: Monitor) -> None:
        scale = int(backend.spec.defaults["scale"])
        pictures = [drawn(width, height, number) for number in range(items)]
        backend.upscale([UpscaleTask(picture=picture, scale=scale, tile=tile, denoise=1.0, monitor=monitor) for picture in pictures])

    return run


def tile_by_tile(spec: ModelSpec, path: Path, place: Place, *, size: tuple[int, int], tile: int, pad: int) -> Work:
    """The network under the usual program's loop: tiles one after the other, padded, cut and put side by side.

    Args:
        spec: the model.
        path: its checkpoint.
        place: where it runs; in half precision where the network allows it, as the usual program does.
        size: of a picture, width and height, pixels.
        tile: side of a tile, input pixels.
        pad: surroundings that each tile is given, input pixels.
    """
    import spandrel
    import torch

    from services.common import checkpoint

    descriptor = spandrel.ModelLoader(place.device).load_from_state_dict(checkpoint.read(path, spec))
    dtype = torch.float16 if place.is_gpu and descriptor.supports_half else torch.float32
    network, scale = descriptor.model.eval().to(dtype=dtype), int(descriptor.scale)

    def enlarged(pixels: np.ndarray) -> np.ndarray:
        levels = torch.from_numpy(pixels).to(place.device).permute(2, 0, 1)[None].to(dtype) / 255
        height, width = levels.shape[-2:]
        whole = levels.new_empty((1, 3, height * scale, width * scale))
        for top in range(0, height, tile):
            for left in range(0, width, tile):
                bottom, right = min(top + tile, height), min(left + tile, width)
                above, before = max(top - pad, 0), max(left - pad, 0)
                result = network(levels[..., above : bottom + pad, before : right + pad])
                rows = slice((top - above) * scale, (bottom - above) * scale)
                columns = slice((left - before) * scale, (right - before) * scale)
                whole[..., top * scale : bottom * scale, left * scale : right * scale] = result[..., rows, columns]
        return np.asarray((whole[0].float().clamp_(0, 1) * 255).round_().to(torch.uint8).permute(1, 2, 0).cpu().numpy())

    def work(items: int) -> None:
        with torch.inference_mode():
            for number in range(items):
                enlarged(drawn(*size, number).pixels)

    return work
