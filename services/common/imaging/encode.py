"""From pixels to an encoded file, without a word about where they came from."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from services.common.imaging.header import JPEG, MEDIA_TYPES, PNG
from services.common.imaging.workers import in_worker

_PNG_COMPRESSION = 4  # zlib level: a third faster than the usual 6, a few percent larger
_FULL_CHROMA_QUALITY = 90  # from here on, chroma is not subsampled


def encode(pixels: np.ndarray, media_type: str = PNG, *, alpha: np.ndarray | None = None, quality: int = 92) -> bytes:
    """Encode pixels. The file holds no metadata: no EXIF, no place, no time, no profile (pixels are sRGB).

    Args:
        pixels: H×W×3 (RGB) or H×W (gray), uint8.
        media_type: one of `MEDIA_TYPES`.
        alpha: H×W, uint8, straight; not for JPEG, which has no transparency.
        quality: 1 to 100, for JPEG and WebP; 100 makes WebP lossless. PNG is always lossless.

    Raises:
        ValueError: the arrays, the media type or the quality are not as above.
    """
    _check(pixels, media_type, alpha, quality)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if alpha is not None:
        image.putalpha(Image.fromarray(np.ascontiguousarray(alpha)))
    target = io.BytesIO()
    if media_type == PNG:
        image.save(target, "PNG", compress_level=_PNG_COMPRESSION)
    elif media_type == JPEG:
        image.save(target, "JPEG", quality=quality, subsampling=0 if quality >= _FULL_CHROMA_QUALITY else 2)
    else:
        image.save(target, "WEBP", quality=quality, lossless=quality == 100, exact=alpha is not None)
    return target.getvalue()


async def encode_async(pixels: np.ndarray, media_type: str = PNG, *, alpha: np.ndarray | None = None, quality: int = 92) -> bytes:
    """Encode in a worker thread, so that the event loop stays free. See `encode`."""
    return await in_worker(encode, pixels, media_type, alpha=alpha, quality=quality)


def _check(pixels: np.ndarray, media_type: str, alpha: np.ndarray | None, quality: int) -> None:
    if media_type not in MEDIA_TYPES:
        raise ValueError(f"media type {media_type!r} cannot be written; use one of {', '.join(MEDIA_TYPES)}")
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)) or pixels.size == 0:
        raise ValueError(f"pixels must be H×W×3 or H×W of uint8, not {pixels.shape} of {pixels.dtype}")
    if alpha is not None and media_type == JPEG:
        raise ValueError("JPEG has no transparency; encode as PNG or WebP, or flatten the picture first")
    if alpha is not None and (alpha.dtype != np.uint8 or alpha.shape != pixels.shape[:2]):
        raise ValueError(f"alpha must be {pixels.shape[:2]} of uint8, not {alpha.shape} of {alpha.dtype}")
    if not 1 <= quality <= 100:
        raise ValueError(f"quality must be 1 to 100, not {quality}")
