"""Where the parts of a pipeline live while they do not work.

Three ways, from fast to small: all on the device; each part comes to the device for its turn and goes back (`model`); each layer
does (`sequential`). Built on accelerate's hooks rather than on the pipeline's own methods, for one set of parts serves several pipelines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import accelerate
import torch

Offload = Literal["auto", "none", "model", "sequential"]
_SPARE = 1.25  # a part needs so many times its weights, for what it computes


def chosen_offload(setting: Offload, device: torch.device, *, needed: int, free: int, largest: int) -> Offload:
    """What `auto` means.

    Args:
        setting: as the operator has it; anything but `auto` is obeyed where there is a device to offload from.
        device: where work is done.
        needed: bytes of the whole model at work, as the manifest states.
        free: bytes that the device has left.
        largest: bytes of the largest part's weights.
    """
    if device.type == "cpu":
        return "none"
    if setting != "auto":
        return setting
    if needed <= free:
        return "none"
    return "model" if largest * _SPARE <= free else "sequential"


def free_bytes(device: torch.device) -> int:
    """What a device has left; no bound where that cannot be asked."""
    return int(torch.cuda.mem_get_info(device)[0]) if device.type == "cuda" else 2**63


def weight_bytes(part: Any) -> int:
    """Bytes of a part's weights."""
    return sum(tensor.numel() * tensor.element_size() for tensor in (*part.parameters(), *part.buffers()))


class Residence:
    """The parts, placed."""

    def __init__(self, parts: Sequence[Any], vae: Any, device: torch.device, offload: Offload) -> None:
        """Place them.

        Args:
            parts: encoders and networks, in the order of their work.
            vae: the autoencoder, which is small, and changes its precision at work: layer by layer it stays on the device.
            device: where work is done.
            offload: how; not `auto`.
        """
        self._hooks: list[Any] = []
        if offload == "none":
            for part in (*parts, vae):
                part.to(device)
        elif offload == "model":
            previous = None
            for part in (*parts, vae):
                _, previous = accelerate.cpu_offload_with_hook(part, device, prev_module_hook=previous)
                self._hooks.append(previous)
        else:
            vae.to(device)
            for part in parts:
                accelerate.cpu_offload(part, device, offload_buffers=len(list(part.parameters())) > 0)

    def rest(self) -> None:
        """Work is done for now: whatever came for its turn goes back."""
        for hook in self._hooks:
            hook.offload()
