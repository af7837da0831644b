"""From weight files to a network on its device."""

from __future__ import annotations

import copy
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spandrel
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from services.common import checkpoint
from services.common.backend import ModelSpec
from services.common.weights import WeightsMismatch
from services.superres.backends.spandrel_networks.family import Family

Descriptor = Any
"""A network that spandrel has recognized: `spandrel.ImageModelDescriptor`."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """Ready to run: N×3×h×w, 0..1, to N×3×(scale·h)×(scale·w)."""

    module: torch.nn.Module
    scale: int
    multiple: int  # sides of its input are multiples of this
    device: torch.device
    dtype: torch.dtype


def read(path: Path, spec: ModelSpec, family: Family) -> Descriptor:
    """Read a network from its file.

    Args:
        path: the file, as `weights.verify` gave it.
        spec: the model; its defaults may state `architecture` and `scale`.
        family: what the network has to be one of.

    Raises:
        WeightsRefused: the file holds more than numbers.
        WeightsMismatch: it is damaged, or holds another network.
    """
    tensors = _tensors(path, spec)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="torch.meshgrid")  # HAT's own code leaves its indexing unsaid
            descriptor = spandrel.ModelLoader("cpu").load_from_state_dict(tensors)
    except spandrel.UnsupportedModelError as error:
        raise _mismatch(spec, path, f"holds no network that is known; it should be {_expected(spec, family)}") from error
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        # Recognized by some of its tensors, and then others are missing or have another shape: spandrel documents no error for it.
        raise _mismatch(spec, path, f"lacks some of the network's tensors; it should be {_expected(spec, family)}") from error
    _demand_expected(descriptor, path, spec, family)
    return descriptor


def place(descriptor: Descriptor, device: torch.device, dtype: torch.dtype | None) -> Network:
    """Bring a network to its device.

    Args:
        descriptor: the network; it is left as it is.
        device: where to run.
        dtype: the numbers to compute in; None for the best on that device. Where the architecture does not allow them it is float32.
    """
    chosen = _best_dtype(descriptor, device) if dtype is None else dtype
    if (chosen == torch.float16 and not descriptor.supports_half) or (chosen == torch.bfloat16 and not descriptor.supports_bfloat16):
        chosen = torch.float32
    module = copy.deepcopy(descriptor.model).eval().to(device=device, dtype=chosen, memory_format=torch.channels_last)
    # Shuffling and attention in windows take whole blocks of pixels; both say so, each in its own way.
    window = int(getattr(descriptor.model, "window_size", 1))
    multiple = math.lcm(window, int(getattr(descriptor.model, "shuffle_factor", None) or 1))
    return Network(module=module, scale=int(descriptor.scale), multiple=multiple, device=device, dtype=chosen)


def blend(strong: Descriptor, weak: Descriptor, share: float) -> Descriptor:
    """The network between two of one architecture: `share` of the first one's weights, the rest of the second one's.

    Deep network interpolation (Wang et al., 2019): this is how `realesr-general-x4v3` is told how much noise to remove.
    """
    blended = copy.deepcopy(strong)
    others = weak.model.state_dict()
    blended.model.load_state_dict({name: torch.lerp(others[name], tensor, share) for name, tensor in strong.model.state_dict().items()})
    return blended


def _tensors(path: Path, spec: ModelSpec) -> dict[str, Any]:
    if path.suffix.lower() != ".safetensors":
        return checkpoint.read(path, spec)
    try:
        return dict(load_file(path))
    except SafetensorError as error:
        raise _mismatch(spec, path, "is cut short or damaged; fetch it again") from error


def _demand_expected(descriptor: Descriptor, path: Path, spec: ModelSpec, family: Family) -> None:
    architecture, scale = str(descriptor.architecture.id), int(descriptor.scale)
    stated = spec.defaults.get("architecture")
    allowed = family.architectures if stated is None else (stated,)
    if architecture not in allowed or scale != spec.defaults.get("scale", scale):
        raise _mismatch(spec, path, f"holds a network of the architecture {architecture} ×{scale}; it should be {_expected(spec, family)}")
    if not descriptor.input_channels == descriptor.output_channels == 3:
        raise _mismatch(spec, path, f"takes {descriptor.input_channels} color channels; it should take and give 3")


def _expected(spec: ModelSpec, family: Family) -> str:
    names = str(spec.defaults.get("architecture") or " or ".join(family.architectures))
    return f"{names} ×{spec.defaults['scale']}" if "scale" in spec.defaults else names


def _mismatch(spec: ModelSpec, path: Path, problem: str) -> WeightsMismatch:
    return WeightsMismatch(f"{spec.name}: {path.name} {problem}", metadata={"model": spec.name})


def _best_dtype(descriptor: Descriptor, device: torch.device) -> torch.dtype:
    """On a GPU float16 before bfloat16: levels of a picture need the digits, and have no use for the range."""
    if device.type == "cpu":
        return torch.float32
    return torch.float16 if descriptor.supports_half else torch.bfloat16
