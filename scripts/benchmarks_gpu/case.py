"""What is measured: one model, how its checkpoint is made, and what one item of its work is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks_gpu.place import Place
from services.common import manifest
from services.common.backend import ModelSpec, Monitor

Work = Callable[[int], None]
"""Does so many items."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One model. Nothing is downloaded: its checkpoint is made here, of its published config and random numbers."""

    service: manifest.Service
    model: str  # as the manifest names it
    item: str  # what one item of its work is, for the report
    batches: tuple[int, ...]  # items that our backend is given at once
    save: Callable[[ModelSpec, Path, Place], object]  # writes the checkpoint in its upstream format
    run: Callable[[Any, int, Monitor], None]  # has our backend do so many items as one batch
    stock: Callable[[ModelSpec, Path, Place], Work]  # loads the same checkpoint into the library alone, as its own documents say
    stock_name: str  # that library
    by_torch: bool = True  # whether PyTorch computes it, and so can tell its memory; else all that the device holds is taken for its
