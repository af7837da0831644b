"""Between the size that was asked for and the sizes that a network can work at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from services.common.backend import Unsupported

_SMALLEST = 64  # pixels a side that the networks still make sense of


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """Where a picture lies on what the network works on: in the middle, its edges repeated around it."""

    width: int  # of the result, pixels
    height: int
    inner_width: int  # of the picture on the canvas; smaller than the result when that is beyond the network
    inner_height: int
    outer_width: int  # of the whole canvas, which the network can work at
    outer_height: int

    @classmethod
    def of(cls, width: int, height: int, *, multiple: int, max_pixels: int, shrink: bool) -> Canvas:
        """Plan one.

        Args:
            width: asked for, pixels.
            height: asked for, pixels.
            multiple: what the network's sizes are multiples of, pixels.
            max_pixels: of the canvas.
            shrink: a larger picture is worked on at a smaller size and enlarged again, for there is an initial one.

        Raises:
            Unsupported: the picture is too large, and nothing may be shrunk.
        """
        scale = 1.0
        while True:
            inner = [max(1, round(side * scale)) for side in (width, height)]
            outer = [math.ceil(max(side, _SMALLEST) / multiple) * multiple for side in inner]
            if math.prod(outer) <= max_pixels or max(inner) <= multiple:
                break
            if not shrink:
                raise Unsupported(
                    f"this model draws up to {max_pixels:,} pixels, such as {_example(max_pixels)}; asked for {width}×{height}"
                )
            scale *= min(0.99, math.sqrt(max_pixels / math.prod(outer)))
        return cls(width=width, height=height, inner_width=inner[0], inner_height=inner[1], outer_width=outer[0], outer_height=outer[1])

    def place(self, pixels: np.ndarray) -> np.ndarray:
        """Lay a picture (H×W×3, uint8, any size) on the canvas."""
        return np.pad(_resized(pixels, self.inner_width, self.inner_height), (*self._margins(), (0, 0)), mode="edge")

    def place_mask(self, mask: np.ndarray, cell: int) -> np.ndarray:
        """Lay a mask (H×W, uint8) on the canvas, grown to whole latents: what is masked in part has to be made anew whole.

        Args:
            mask: 255 where the picture is to be made anew.
            cell: pixels of the canvas that one latent stands for.
        """
        covered = np.pad(_covered(mask, self.inner_width, self.inner_height), self._margins())
        rows, columns = self.outer_height // cell, self.outer_width // cell
        cells = covered.reshape(rows, cell, columns, cell).any(axis=(1, 3))
        return np.kron(cells, np.ones((cell, cell), np.uint8)) * np.uint8(255)

    def cut(self, pixels: np.ndarray) -> np.ndarray:
        """The result (height×width×3, uint8) from a finished canvas."""
        (top, _), (left, _) = self._margins()
        inner = pixels[top : top + self.inner_height, left : left + self.inner_width]
        return np.ascontiguousarray(_resized(inner, self.width, self.height))

    def paste(self, made: np.ndarray, original: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """The result: what was made where the mask is set, the original to the last bit elsewhere."""
        original = _resized(original, self.width, self.height)
        return np.where(_covered(mask, self.width, self.height)[:, :, None], made, original)

    def _margins(self) -> tuple[tuple[int, int], tuple[int, int]]:
        vertical, horizontal = self.outer_height - self.inner_height, self.outer_width - self.inner_width
        return (vertical // 2, vertical - vertical // 2), (horizontal // 2, horizontal - horizontal // 2)


def _resized(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    if pixels.shape[:2] == (height, width):
        return pixels
    smaller = width * height < pixels.shape[0] * pixels.shape[1]
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC))


def _covered(mask: np.ndarray, width: int, height: int) -> np.ndarray:
    """Where a mask is set, at another size: each pixel that a set one lies under."""
    smaller = width * height < mask.size
    interpolation = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    return np.asarray(cv2.resize((mask > 127).astype(np.float32), (width, height), interpolation=interpolation) > 0)


def _example(pixels: int) -> str:
    side = math.isqrt(pixels) // 64 * 64
    return f"{side}×{side}"
