"""How good a picture is: blur, noise and JPEG damage, measured on tiles at full resolution so that time stays bounded."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_TILE = 256  # pixels, a multiple of JPEG's block
_TILES_A_SIDE = 5
_BLOCK = 32  # pixels, in which noise is estimated
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

    Immerkaer's mask (CVIU 1996) answers to noise and not to slopes of light; texture would add to it, so the calmest fifth of
    32×32 blocks decides. Blocks at either end of the scale are left out: there noise is cut off.

    Returns:
        Grey levels; None when the picture is too small or nothing in it is rightly exposed.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    sigmas: list[float] = []
    for grey in greys:
        response = np.abs(cv2.filter2D(grey, cv2.CV_32F, mask))[1:-1, 1:-1]
        for y in range(0, response.shape[0] - 15, _BLOCK):
            for x in range(0, response.shape[1] - 15, _BLOCK):
                if 8 < float(grey[y : y + _BLOCK, x : x + _BLOCK].mean()) < 247:
                    sigmas.append(float(response[y : y + _BLOCK, x : x + _BLOCK].mean()) * float(np.sqrt(np.pi / 2)) / 6)
    return float(np.percentile(sigmas, 20)) if sigmas else None


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
