"""How good a picture is: blur, noise and JPEG damage, measured on tiles at full resolution so that time stays bounded."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_TILE = 256  # pixels, a multiple of JPEG's block
_TILES_A_SIDE = 5
_BLOCK = 24  # pixels, in which noise is estimated; a multiple of JPEG's block
_DRAWN = 0.05  # grey levels; only drawn areas vary less
_SCENE_SHARE = 0.5  # of the blocks, that have to vary in a picture that is no drawing
_LARGEST_STEP = 12.0  # grey levels, between two blocks

# The luma table of ISO/IEC 10918-1, annex K; the IJG quality scale multiplies it. Order does not matter here.
_LUMA_TABLE = np.array(
    [
        *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
        *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
        *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
    ]
)


def tiles(pixels: np.ndarray) -> list[np.ndarray]:
    """Up to 25 grey tiles spread over an H×W×3 picture, each h×w float32; their origins lie on the grid of JPEG's blocks."""

    def origins(length: int) -> list[int]:
        last = max(length - _TILE, 0) // 8 * 8
        count = min(_TILES_A_SIDE, -(-length // _TILE))
        return sorted({round(last * index / max(count - 1, 1)) // 8 * 8 for index in range(count)})

    return [
        cv2.cvtColor(np.ascontiguousarray(pixels[y : y + _TILE, x : x + _TILE]), cv2.COLOR_RGB2GRAY).astype(np.float32)
        for y in origins(pixels.shape[0])
        for x in origins(pixels.shape[1])
    ]


def blur_width(greys: Sequence[np.ndarray]) -> float | None:
    """Estimate the blur of the sharpest edges as the standard deviation of a Gaussian, in pixels.

    An edge of contrast C blurred by σ has its steepest slope C / (σ·√(2π)): contrast and slope give σ back. Focus differs over a
    picture, so the sharpest quarter of its tiles speaks for it.

    Returns:
        Pixels; None when there is no edge to measure.
    """
    widths = sorted(width for grey in greys if (width := _edge_width(grey)) is not None)
    return float(np.median(widths[: max(1, len(widths) // 4)])) if widths else None


def _edge_width(grey: np.ndarray) -> float | None:
    if min(grey.shape) < 16:
        return None
    smoothing = 1.0  # pixels: keeps noise from passing as edges; taken off again below
    smooth = cv2.GaussianBlur(grey, (0, 0), smoothing)
    slope = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 8)
    strong = slope >= max(float(np.percentile(slope, 99)), 1.0)
    if strong.sum() < 20:
        return None
    window = np.ones((25, 25), np.uint8)
    contrast = cv2.dilate(smooth, window) - cv2.erode(smooth, window)
    # The steepest line of an edge tells its blur; those beside it would widen it. The derivative's own step adds 2²/12.
    sigma = float(np.percentile(contrast[strong] / slope[strong], 20)) / np.sqrt(2 * np.pi)
    return float(np.sqrt(max(sigma**2 - smoothing**2 - 1 / 3, 0.0)))


def laplacian_variance(greys: Sequence[np.ndarray]) -> float:
    """The variance of the Laplacian (Pech-Pacheco et al., ICPR 2000), the largest of the tiles."""
    return max(float(cv2.Laplacian(grey, cv2.CV_32F).var()) for grey in greys)


def noise_level(greys: Sequence[np.ndarray]) -> float | None:
    """Estimate the standard deviation of the noise, in grey levels of 0..255.

    Noise is what a smooth surface, fitted to each 24×24 block, leaves over (Haralick's facet model). A surface follows the light and
    no texture, so the calmest tenth of the blocks decides. All scales count: of noise, JPEG takes the fine grain and leaves the
    coarse. Blocks at either end of the scale are left out, for there noise is cut off, and drawn ones without any variation, unless
    nearly all is drawn.

    Returns:
        Grey levels; None when the picture is too small or nothing in it is rightly exposed.
    """
    place = (np.arange(_BLOCK) - (_BLOCK - 1) / 2) / _BLOCK
    y, x = np.repeat(place, _BLOCK), np.tile(place, _BLOCK)
    surfaces, _ = np.linalg.qr(np.stack([np.ones(_BLOCK**2), x, y, x * x, y * y, x * y], axis=1))
    blocks = np.concatenate([_blocks(grey) for grey in greys])
    blocks = blocks[(blocks.mean(axis=1) > 8) & (blocks.mean(axis=1) < 247)]
    if len(blocks) == 0:
        return None
    sigmas = np.sqrt(np.maximum((blocks**2).mean(axis=1) - ((blocks @ surfaces) ** 2).sum(axis=1) / _BLOCK**2, 0))
    varied = sigmas[sigmas > _DRAWN]
    return float(np.percentile(varied if len(varied) > _SCENE_SHARE * len(sigmas) else sigmas, 10))


def _blocks(grey: np.ndarray) -> np.ndarray:
    """The whole blocks of a grey picture: N×576."""
    rows, columns = grey.shape[0] // _BLOCK, grey.shape[1] // _BLOCK
    cut = grey[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    return cut.transpose(0, 2, 1, 3).reshape(-1, _BLOCK**2).astype(np.float64)


def jpeg_quality(quantization: Sequence[int]) -> int:
    """The quality setting (1..100, the Independent JPEG Group's scale) whose luma table is nearest to this one."""
    total = sum(quantization)
    return min(range(1, 101), key=lambda quality: abs(_table_sum(quality) - total))


def _table_sum(quality: int) -> int:
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return int(np.clip((_LUMA_TABLE * scale + 50) // 100, 1, 255).sum())


def blockiness(greys: Sequence[np.ndarray]) -> float | None:
    """How much larger the steps at the borders of 8×8 blocks are than those beside them.

    The grid may have been shifted by cropping: the strongest of the eight offsets counts, less what the second strongest has by
    chance.

    Returns:
        0 without blocks; 0.1 can be measured, 0.5 can be seen. None for pictures too small.
    """
    steps = np.zeros((2, 8))
    for grey in greys:
        if min(grey.shape) < 32:
            continue
        for axis in (0, 1):
            # Steps between blocks are small; what is larger is the edge of something seen.
            difference = np.minimum(np.abs(np.diff(grey, axis=axis)), _LARGEST_STEP).mean(axis=1 - axis)
            steps[axis] += [difference[offset::8].mean() / len(greys) for offset in range(8)]
    if not steps.any():
        return None if all(min(grey.shape) < 32 for grey in greys) else 0.0
    ratios = []
    for row in steps:
        ordered = np.sort(row)
        ratios.append((ordered[-1] - ordered[-2]) / max(float(ordered[:-1].mean()), 0.3))
    return float(min(ratios))  # blocks have two directions, a striped shirt has one
