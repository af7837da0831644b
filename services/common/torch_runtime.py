"""What every PyTorch backend shares: its device, its numbers, its memory. Import it before any library that imports torchvision."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

import torch

from services.common import torchvision_import
from services.common.backend import OutOfMemory

torchvision_import.mend()


def device_of(name: str) -> torch.device:
    """The device to run on.

    Args:
        name: `cpu`, `cuda`, `cuda:1`, `mps`; empty for the best there is.

    Raises:
        ValueError: this machine has no such device; the message lists those there are.
    """
    if not name:
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    devices = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        devices.append("mps")
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in devices:
        raise ValueError(f"DASIBOM_DEVICE is {name!r}; this machine has: {', '.join(devices)}")
    return torch.device(wanted)


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """The numbers to compute in.

    Args:
        name: `auto`, `bfloat16`, `float16` or `float32`.
        device: where; `auto` is bfloat16 on a GPU and float32 on a CPU.
    """
    if name == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    return {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}[name]


@contextlib.contextmanager
def inference(advice: str) -> Iterator[None]:
    """Compute without gradients; a device that is full becomes an error that its caller can act on.

    Args:
        advice: what would need less memory, for the error: "ask for a smaller picture".

    Raises:
        OutOfMemory: the device has no room.
    """
    try:
        with torch.inference_mode():
            yield
    except torch.OutOfMemoryError:
        release()
        raise OutOfMemory(f"the device has no memory left for this; {advice}") from None


def release() -> None:
    """Give back to the device what nobody holds any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
