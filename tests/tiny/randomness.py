"""Random weights that say something."""

from __future__ import annotations

from typing import Any

import torch

_GAIN = 8.0


def randomize(model: Any) -> None:
    """Make a language model's outputs differ from input to input: as it is initialized, all its logits are nearly equal."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1 and "embed" not in name:
                weight.mul_(_GAIN)
