"""What a super-resolution backend promises to its servicer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from services.common.backend import Backend, Monitor
from services.common.picture import Picture


@dataclass(frozen=True, kw_only=True)
class UpscaleTask:
    """One picture to enlarge and restore."""

    picture: Picture
    scale: int  # 1..4: times wider and higher; 1 restores without enlarging
    tile: int = 0  # side of a tile, input pixels; 0 lets the backend choose
    denoise: float = 0.5  # 0 keeps the noise, 1 removes all of it, where the model can choose
    enhance_faces: bool = False
    monitor: Monitor


@dataclass(frozen=True, kw_only=True)
class UpscaleResult:
    """The enlarged picture."""

    pixels: np.ndarray  # (scale·H)×(scale·W)×3, uint8, RGB
    alpha: np.ndarray | None  # (scale·H)×(scale·W), uint8; None when the input had none
    tiles: int  # tiles that the picture was worked in
    tile: int  # side of a tile, input pixels
    faces_enhanced: int = 0


class SuperResBackend(Backend, Protocol):
    """Enlarges and restores pictures."""

    def upscale(self, tasks: Sequence[UpscaleTask]) -> list[UpscaleResult]:
        """Upscale every task's picture.

        Raises:
            Cancelled: a task's caller has left.
            Unsupported: the scale or the option is none of this model's.
        """
        ...
