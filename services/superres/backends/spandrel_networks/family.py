"""The families of networks that are known here, and how each is best tiled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Family:
    """Networks that share a backend key of the manifest. Lengths are input pixels."""

    architectures: tuple[str, ...]  # as spandrel names them
    tile: int  # longest side of a tile, where neither the request nor the manifest says
    batch: int  # tiles at once on a GPU; on a CPU they come one by one, which is as fast and takes less memory
    halo: int  # surroundings that a tile is given
    feather: int  # band in which tiles fade into each other: these networks see further than any halo that can be afforded
    largest: str  # the model that enlarges most, for those who ask another for too much


# In the middle of a feather, where both tiles count equally, each has half of it and the halo around: as much as the authors' own programs
# give, 10 and 32 pixels. Tiles are a feather wider than a power of two, so that they begin that far from each other.
FAMILIES = {
    # Wang et al., 2021, "Real-ESRGAN": RRDBNet ("ESRGAN" here) and SRVGGNetCompact.
    "realesrgan": Family(architectures=("ESRGAN", "Compact"), tile=264, batch=4, halo=6, feather=8, largest="realesrgan-x4plus"),
    # Chen et al., 2023, "Activating More Pixels in Image Super-Resolution Transformer". It attends in windows of 16.
    "hat": Family(architectures=("HAT",), tile=288, batch=1, halo=16, feather=32, largest="real-hat-gan-x4"),
}
