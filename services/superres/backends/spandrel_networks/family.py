"""The families of networks that are known here, and how each is best tiled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Family:
    """Networks that share a backend key of the manifest. Lengths are input pixels."""

    architectures: tuple[str, ...]  # as spandrel names them
    tile: int  # longest side of a tile, where neither the request nor the manifest says
    batch: int  # tiles at once on a GPU; on a CPU they come one by one, which is as fast and takes less memory
    halo: int  # surroundings that a tile is given; these networks see further, but hardly weigh it
    feather: int  # band in which tiles fade into each other: it hides what the halo leaves
    largest: str  # the model that enlarges most, for those who ask another for too much


FAMILIES = {
    # Wang et al., 2021, "Real-ESRGAN": RRDBNet ("ESRGAN" here) and SRVGGNetCompact. Halo: what the authors' own program uses.
    "realesrgan": Family(architectures=("ESRGAN", "Compact"), tile=256, batch=4, halo=10, feather=8, largest="realesrgan-x4plus"),
    # Chen et al., 2023, "Activating More Pixels in Image Super-Resolution Transformer". Windows of 16; halo of the authors' program.
    "hat": Family(architectures=("HAT",), tile=256, batch=1, halo=32, feather=16, largest="real-hat-gan-x4"),
}
