"""Where the models run, and how full it is."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

import torch

_PACKAGES = ("torch", "transformers", "diffusers", "spandrel", "insightface")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A device and the numbers that are computed in there."""

    device: torch.device
    dtype: torch.dtype

    @contextlib.contextmanager
    def making(self, seed: int = 0) -> Iterator[None]:
        """Within: networks are made on this device, of this type, of the same random numbers each time."""
        before = torch.get_default_dtype()
        torch.manual_seed(seed)
        torch.set_default_dtype(self.dtype)
        try:
            with self.device:
                yield
        finally:
            torch.set_default_dtype(before)

    @property
    def is_gpu(self) -> bool:
        """Whether it is one, whose memory can be told."""
        return bool(self.device.type == "cuda")

    def settle(self) -> None:
        """Wait until the device has done all that it was given."""
        if self.is_gpu:
            torch.cuda.synchronize(self.device)

    def held(self, *, by_torch: bool = True) -> int:
        """Memory that tensors hold now, bytes; 0 on a CPU. Without `by_torch`: that anybody holds."""
        if not self.is_gpu:
            return 0
        self.settle()
        if by_torch:
            return int(torch.cuda.memory_allocated(self.device))
        free, total = torch.cuda.mem_get_info(self.device)
        return int(total - free)

    def peak(self) -> int:
        """The most that they have held since `forget_peak`, bytes; 0 on a CPU."""
        return int(torch.cuda.max_memory_allocated(self.device)) if self.is_gpu else 0

    def forget_peak(self) -> None:
        """Begin anew to look for the most."""
        if self.is_gpu:
            torch.cuda.reset_peak_memory_stats(self.device)

    def describe(self) -> dict[str, str]:
        """The hardware, and the version of everything that counts."""
        if self.is_gpu:
            properties = torch.cuda.get_device_properties(self.device)
            name = f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB, CUDA {torch.version.cuda}"
        else:
            name = f"{platform.machine()} CPU, {len(os.sched_getaffinity(0))} cores, {torch.get_num_threads()} threads"
        return {"device": name, "numbers": str(self.dtype).removeprefix("torch."), **{name: version(name) for name in _PACKAGES}}
