"""Reads PyTorch's own checkpoints (`.pth`) for their numbers alone: a pickle may hold code, and code is never run."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from services.common.backend import ModelSpec
from services.common.weights import WeightsMismatch, WeightsRefused

_ZIP = b"PK\x03\x04"  # checkpoints since PyTorch 1.6 are archives, which can be mapped into memory; older ones are bare pickles


def read(path: Path, spec: ModelSpec) -> dict[str, Any]:
    """Read a checkpoint to the CPU.

    Args:
        path: the file, as `weights.verify` gave it.
        spec: the model, for messages.

    Returns:
        The dictionary in it, with tensors (or more dictionaries of tensors, such as `params_ema`) by name. They may be mapped from the
        file, so copy them to where they are needed.

    Raises:
        WeightsRefused: it holds more than numbers; none of it has been run.
        WeightsMismatch: it is cut short, or no checkpoint of named tensors.
        OSError: it cannot be read.
    """
    metadata = {"model": spec.name}
    try:
        content = _numbers(path)
    except pickle.UnpicklingError as error:
        message = f"{spec.name}: {path.name} holds more than numbers, perhaps code, and is not loaded; fetch it from its publisher"
        raise WeightsRefused(message, metadata=metadata) from error
    except (OSError, MemoryError):
        raise
    except Exception as error:  # whatever the reader stumbles over: it documents none
        message = f"{spec.name}: {path.name} is cut short or no checkpoint of PyTorch; fetch it again"
        raise WeightsMismatch(message, metadata=metadata) from error
    if not isinstance(content, dict):
        raise WeightsMismatch(f"{spec.name}: {path.name} holds no tensors by name; it is another kind of checkpoint", metadata=metadata)
    return content


def _numbers(path: Path) -> object:
    with path.open("rb") as file:
        is_archive = file.read(len(_ZIP)) == _ZIP
    if is_archive and not zipfile.is_zipfile(path):
        raise EOFError("an archive's directory stands at its end")
    return torch.load(path, map_location="cpu", weights_only=True, mmap=is_archive)
