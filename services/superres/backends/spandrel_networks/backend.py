"""The `realesrgan` and `hat` models: published networks, tile by tile, on a GPU or a CPU."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from services.common import torch_runtime
from services.common.backend import ModelSpec, OutOfMemory, Unsupported
from services.common.weights import WeightsMismatch, verify
from services.superres import tiling
from services.superres.backend import UpscaleResult, UpscaleTask
from services.superres.backends.spandrel_networks.family import Family
from services.superres.backends.spandrel_networks.network import Descriptor, Network, blend, place, read
from services.superres.backends.spandrel_networks.run import run
from services.superres.finish import finish
from services.superres.limits import demand_possible

logger = logging.getLogger(__name__)

MIN_TILE, MAX_TILE = 32, 1024  # smaller ones are mostly halo; larger ones gain nothing
_BLENDS = 4  # networks between the two of a model with denoise strength that are kept at hand; each is a few megabytes
_SMALLER = "ask for smaller tiles (`tile`), or give the service a device with more memory"


class SpandrelBackend:
    """Runs one published network. Scales below the network's own are its result averaged down.

    The manifest's `defaults` of a model, all optional:

    - `architecture`: what spandrel has to recognize: `ESRGAN`, `Compact` or `HAT`;
    - `scale`: how many times the network enlarges; another one in the file is refused;
    - `tile`: longest side of a tile, input pixels, where a request names none;
    - `tile_batch`: tiles at once;
    - `keeps_noise`: which of the model's two files holds the weights that keep the noise. A request's `denoise` then blends the two, from 0
      (that file alone) to 1 (the other one alone). Models without it ignore `denoise`.
    """

    def __init__(self, spec: ModelSpec, family: Family, folder: Path, *, device: str = "", dtype: str = "auto") -> None:
        """Set what to load.

        Args:
            spec: the manifest's entry.
            family: what the network has to be one of.
            folder: where the model's weight files lie.
            device: where to run, as `torch_runtime.device_of` takes it.
            dtype: the numbers to compute in, as `torch_runtime.dtype_of` takes them; `auto` is half precision on a GPU.

        Raises:
            ValueError: this machine has no such device.
        """
        self.spec = spec
        self._family = family
        self._folder = folder
        self._device = torch_runtime.device_of(device)
        self._dtype = None if dtype == "auto" else torch_runtime.dtype_of(dtype, self._device)
        self.device = str(self._device)
        self._scale = 0  # the network's own
        self._network_for: Callable[[float], Network] | None = None  # by denoise strength

    def load(self) -> None:
        """Read and check the weights.

        Raises:
            FileNotFoundError: a weight file is missing.
            ValueError: a file is not the one that the manifest names, holds code, or another network.
        """
        paths = verify(self.spec, self._folder)
        self._prepare([read(path, self.spec, self._family) for path in self._strongest_first(paths)])

    def unload(self) -> None:
        """Give the memory back."""
        self._network_for = None
        torch_runtime.release()

    def upscale(self, tasks: Sequence[UpscaleTask]) -> list[UpscaleResult]:
        """Upscale every task's picture, one after the other.

        Raises:
            Cancelled: a task's caller has left.
            Unsupported: the scale is not 1 to 4 or more than the network's, or the result would have more than 50 megapixels.
            OutOfMemory: the device has no room for even the smallest tile.
        """
        if self._network_for is None:
            raise RuntimeError(f"{self.spec.name} is not loaded")
        for task in tasks:
            demand_possible(task, self.spec.name)
            self._demand_reachable(task.scale)
        return [self._upscale(task, self._network_for(round(task.denoise, 2))) for task in tasks]

    def _prepare(self, descriptors: Sequence[Descriptor]) -> None:
        """Bring networks to the device: one, or two to blend, the one that removes more noise first."""
        strong, *weak = descriptors
        self._scale = int(strong.scale)
        if weak:
            blended = lru_cache(maxsize=_BLENDS)(lambda denoise: place(blend(strong, weak[0], denoise), self._device, self._dtype))
            self._network_for = blended
        else:
            network = place(strong, self._device, self._dtype)
            self._network_for = lambda denoise: network

    def _strongest_first(self, paths: Sequence[Path]) -> list[Path]:
        keeps_noise = self.spec.defaults.get("keeps_noise")
        weak = [path for path in paths if path.name == keeps_noise]
        strong = [path for path in paths if path.name != keeps_noise]
        if len(strong) != 1 or (keeps_noise is not None and len(weak) != 1):
            problem = "the manifest has to name one weight file, or two and in `defaults.keeps_noise` the one that keeps the noise"
            raise WeightsMismatch(f"{self.spec.name}: {problem}", metadata={"model": self.spec.name})
        return strong + weak

    def _demand_reachable(self, scale: int) -> None:
        if scale > self._scale:
            raise Unsupported(
                f"{self.spec.name} enlarges at most {self._scale} times, not {scale}; "
                f"ask for scale {self._scale}, or another model, such as {self._family.largest}"
            )

    def _upscale(self, task: UpscaleTask, network: Network) -> UpscaleResult:
        plan = self._plan(task, network)
        while True:
            try:
                return self._upscale_in(task, network, plan)
            except OutOfMemory as error:
                smaller = plan.smaller()
                if smaller is None:
                    raise
                logger.warning("%s: %s; trying tiles of %d pixels, %d at once", self.spec.name, error, smaller.tile, smaller.batch)
                plan = smaller
            torch_runtime.release()  # now that the error and all that it held is gone

    def _upscale_in(self, task: UpscaleTask, network: Network, plan: _Plan) -> UpscaleResult:
        picture = task.picture
        halo, feather = self._family.halo, min(self._family.feather, plan.tile // 2)
        cut = tiling.Tiling(tile=plan.tile, halo=halo, feather=feather, multiple=network.multiple)
        with torch_runtime.inference(_SMALLER):
            pixels = tiling.upscale(
                picture.pixels,
                partial(run, network, task.scale),
                scale=task.scale,
                tiling=cut,
                batch=plan.batch,
                grey=picture.was_grey,
                on_tile=lambda done, total: task.monitor.report("upscale", done, total),
            )
        return finish(task, pixels, tiling.grid(picture.height, picture.width, cut))

    def _plan(self, task: UpscaleTask, network: Network) -> _Plan:
        tile = task.tile or int(self.spec.defaults.get("tile", self._family.tile))
        batch = int(self.spec.defaults.get("tile_batch", 1 if network.device.type == "cpu" else self._family.batch))
        return _Plan(tile=min(max(tile, MIN_TILE), MAX_TILE), batch=batch)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """How much of a picture the device is given at once."""

    tile: int
    batch: int

    def smaller(self) -> _Plan | None:
        """The next to try when the device is full: one tile at a time, then ever smaller ones."""
        if self.batch > 1:
            return replace(self, batch=1)
        return replace(self, tile=max(MIN_TILE, self.tile // 2)) if self.tile > MIN_TILE else None
