"""A decoded picture, as backends see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Pixels and what is known of the file they came from. Made only by `services.common.imaging`."""

    pixels: np.ndarray  # H×W×3, uint8, RGB, upright (EXIF orientation applied)
    alpha: np.ndarray | None = None  # H×W, uint8; None when the file has no transparency
    media_type: str = "image/png"  # of the encoded file: image/png, image/jpeg or image/webp
    encoded_size: int = 0  # bytes of the encoded file; 0 when the picture was never a file
    quantization: tuple[int, ...] | None = None  # the 64 luma quantization values of a JPEG, zigzag order
    was_grey: bool = False  # the file had one colour channel

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in pixels of the upright picture, origin top left."""

    x: float
    y: float
    width: float
    height: float
