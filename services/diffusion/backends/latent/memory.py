"""Where the parts of a pipeline live while they do not work.

Three ways, from fast to small: all on the device; each part comes to the device for its turn and goes back (`model`); each layer
does (`sequential`). Built on accelerate's hooks rather than on the pipeline's own methods, for one set of parts serves several pipelines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import accelerate
import torch
from accelerate.hooks import AlignDevicesHook, ModelHook, add_hook_to_module
from accelerate.utils import send_to_device

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
            parts: encoders and networks.
            vae: the autoencoder, which is small, and changes its precision at work: layer by layer it stays on the device.
            device: where work is done.
            offload: how; not `auto`.
        """
        self._device = device
        self._present: Any = None  # the part whose turn it is
        if offload == "none":
            for part in (*parts, vae):
                part.to(device)
        elif offload == "model":
            for part in (*parts, vae):
                add_hook_to_module(part, _Turn(self))
        else:
            add_hook_to_module(vae.to(device), AlignDevicesHook(execution_device=device))
            for part in parts:
                accelerate.cpu_offload(part, device, offload_buffers=True)

    def invite(self, part: Any) -> torch.device:
        """It is a part's turn: the one before goes back."""
        if part is not self._present:
            self.rest()
            self._present = part.to(self._device)
        return self._device

    def rest(self) -> None:
        """Work is done for now: the part that came for its turn goes back."""
        if self._present is not None:
            self._present.to("cpu")
            self._present = None


class _Turn(ModelHook):  # type: ignore[misc]
    """Brings a part to the device before it works. diffusers calls it for an autoencoder's `encode` and `decode` too."""

    def __init__(self, residence: Residence) -> None:
        self._residence = residence
        self.execution_device = residence._device  # diffusers asks for it, to bring inputs there

    def pre_forward(self, module: Any, *arguments: Any, **options: Any) -> Any:
        """See accelerate."""
        device = self._residence.invite(module)
        return send_to_device(arguments, device), send_to_device(options, device)
