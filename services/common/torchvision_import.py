"""Lets torchvision be imported beside a PyTorch that it was not built for.

The wheels of torchvision are built against the CUDA build of PyTorch. Beside a CPU build its native library does not load, and the
import then fails: fake implementations are registered for two operators that nobody has declared. Where the native library loads,
this changes nothing. Where it does not, the two are declared without an implementation, so that what needs no native operator (all
that this project uses) works, and what needs one fails when it is called.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

_UNGUARDED_OPERATORS = ("nms", "qnms")
_declared: list[object] = []  # a torch library's declarations live as long as the object


class _Finder:
    """Declares the operators in the moment that torchvision is first imported, and not before: torch takes seconds to import."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == "torchvision":
            sys.meta_path.remove(self)
            _declare_operators()
        return None


def mend() -> None:
    """Be ready for the import of torchvision, once a process."""
    if "torchvision" not in sys.modules and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _declare_operators() -> None:
    import torch

    spec = importlib.util.find_spec("torchvision")
    if spec is None:
        return
    for directory in spec.submodule_search_locations or ():
        for native in Path(directory).glob("_C*.so"):
            try:
                torch.ops.load_library(str(native))
            except (ImportError, OSError, RuntimeError):
                continue
            return
    library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in _UNGUARDED_OPERATORS:
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)
