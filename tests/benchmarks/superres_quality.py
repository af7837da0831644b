"""How much better than bicubic the `compact` model restores pictures that it was not trained on.

    python tests/benchmarks/superres_quality.py

Public-domain pictures from scikit-image are degraded as in training, with fixed recipes and seeds, and restored both ways. PSNR and SSIM
are of the luma (BT.601), against the original.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from scripts.degradation import RECIPES, degrade
from services.common.picture import Picture
from services.superres.backend import SuperResBackend, UpscaleTask
from tests.default_models import make

# Held out: training never sees them. Public domain (NASA), CC0 (Lav Varshney), CC0 (Rachel Michetti).
HELD_OUT = ("astronaut", "camera", "coffee")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One held-out picture, degraded one way and restored both ways."""

    picture: str
    recipe: str
    scale: int
    bicubic_psnr: float  # dB
    compact_psnr: float  # dB
    bicubic_ssim: float
    compact_ssim: float

    @property
    def gain(self) -> float:
        """What compact wins over bicubic, dB."""
        return self.compact_psnr - self.bicubic_psnr


class SilentMonitor:
    """Nobody is watching."""

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        """Go on."""


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The pictures of one row."""

    original: np.ndarray
    degraded: np.ndarray
    bicubic: np.ndarray
    compact: np.ndarray


def original(name: str, side: int = 0) -> np.ndarray:
    """A held-out picture, H×W×3, uint8, RGB; its middle `side`×`side` pixels, or all when 0."""
    pixels = np.asarray(getattr(data, name)())
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if side:
        top, left = ((length - side) // 2 for length in pixels.shape[:2])
        pixels = pixels[top : top + side, left : left + side]
    return pixels


def restore(backend: SuperResBackend, pixels: np.ndarray, scale: int, recipe: str) -> Restored:
    """Degrade a picture with a fixed seed and restore it both ways."""
    pixels = pixels[: pixels.shape[0] // scale * scale, : pixels.shape[1] // scale * scale]
    degraded = degrade(pixels, scale, RECIPES[recipe], np.random.default_rng(2024))
    size = (pixels.shape[1], pixels.shape[0])
    bicubic = np.asarray(cv2.resize(degraded, size, interpolation=cv2.INTER_CUBIC)) if scale > 1 else degraded
    (result,) = backend.upscale([UpscaleTask(picture=Picture(pixels=degraded), scale=scale, monitor=SilentMonitor())])
    return Restored(original=pixels, degraded=degraded, bicubic=bicubic, compact=result.pixels)


def table(backend: SuperResBackend, *, pictures: Iterable[str] = HELD_OUT, scales: Iterable[int] = (2, 4), side: int = 0) -> Iterator[Row]:
    """Measure every picture with every recipe at every scale."""
    for scale in scales:
        # At scale 1 a clean picture is the original: there is nothing to restore.
        for recipe in [name for name in RECIPES if scale > 1 or name != "clean"]:
            for name in pictures:
                restored = restore(backend, original(name, side), scale, recipe)
                truth, bicubic, compact = (
                    cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) for pixels in (restored.original, restored.bicubic, restored.compact)
                )
                yield Row(
                    picture=name,
                    recipe=recipe,
                    scale=scale,
                    bicubic_psnr=float(peak_signal_noise_ratio(truth, bicubic)),
                    compact_psnr=float(peak_signal_noise_ratio(truth, compact)),
                    bicubic_ssim=float(structural_similarity(truth, bicubic)),
                    compact_ssim=float(structural_similarity(truth, compact)),
                )


def main() -> None:
    """Print the table, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sheets", type=Path, help="also write degraded, bicubic, compact and original side by side into this folder")
    folder = parser.parse_args().sheets
    backend = make("superres")
    backend.load()
    print("| scale | degradation | picture | bicubic PSNR | compact PSNR | gain | bicubic SSIM | compact SSIM |")
    print("|---|---|---|---:|---:|---:|---:|---:|")
    for row in table(backend, scales=(1, 2, 3, 4)):
        print(
            f"| ×{row.scale} | {row.recipe} | {row.picture} | {row.bicubic_psnr:.2f} dB | {row.compact_psnr:.2f} dB "
            f"| {row.gain:+.2f} dB | {row.bicubic_ssim:.3f} | {row.compact_ssim:.3f} |",
            flush=True,
        )
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            restored = restore(backend, original(row.picture), row.scale, row.recipe)
            size = restored.original.shape[1::-1]
            pixelated = cv2.resize(restored.degraded, size, interpolation=cv2.INTER_NEAREST)
            sheet = np.hstack((pixelated, restored.bicubic, restored.compact, restored.original))
            cv2.imwrite(str(folder / f"x{row.scale}_{row.recipe}_{row.picture}.png"), sheet[..., ::-1])


if __name__ == "__main__":
    main()
