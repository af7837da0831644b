"""From an encoded file to pixels: checked first, then decoded strictly, then made upright sRGB."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

from services.common.imaging import jpeg, png
from services.common.imaging.bad_picture import BadPicture
from services.common.imaging.header import DEFAULT_LIMITS, JPEG, PNG, WEBP, ImageHeader, Limits
from services.common.imaging.probe import probe
from services.common.imaging.workers import in_worker
from services.common.picture import Picture

_PILLOW_FORMATS = {PNG: "PNG", JPEG: "JPEG", WEBP: "WEBP"}
_ICC_SPACES = {"RGB": "RGB ", "CMYK": "CMYK"}


def decode(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """Decode a PNG, JPEG or WebP file.

    Blocks for up to seconds on the largest pictures; on an event loop use `decode_async`.

    Args:
        data: the encoded file.
        limits: bounds that are checked before decoding.

    Returns:
        The picture: H×W×3, uint8, upright, in sRGB where the file says its color space. 16-bit channels are scaled
        to 8 bits. `alpha` is straight, and None where everything is opaque.

    Raises:
        BadPicture: the file is not a whole, still PNG, JPEG or WebP within the limits.
    """
    header = probe(data, limits=limits)
    image = _decode_strictly(data, header)
    alpha = _alpha(image, header)
    pixels = _upright(np.array(_to_srgb(image, header)), header.orientation)
    return Picture(
        pixels=pixels,
        alpha=None if alpha is None or alpha.min() == 255 else _upright(alpha, header.orientation),
        media_type=header.media_type,
        encoded_size=len(data),
        quantization=header.quantization,
        was_grey=header.channels == 1,
    )


async def decode_async(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """Decode in a worker thread, so that the event loop stays free. See `decode`."""
    return await in_worker(decode, data, limits=limits)


def _decode_strictly(data: bytes, header: ImageHeader) -> Image.Image:
    """Let Pillow see pixels only: no text, no profile, no second picture can then harm, and nothing is left to warn of."""
    if header.media_type == PNG:
        data = png.pixels_only(data)
        png.check_pixels(data)
    elif header.media_type == JPEG:
        data = jpeg.pixels_only(data)
        jpeg.check_pixels(data)
    try:
        with Image.open(io.BytesIO(data), formats=(_PILLOW_FORMATS[header.media_type],)) as image:
            image.load()
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise a dozen types on broken data
        raise BadPicture("corrupt", detail="the pixels cannot be decoded") from error
    if image.size != (header.width, header.height):
        raise BadPicture("corrupt", detail="the decoded size is not the declared one")
    return image


def _alpha(image: Image.Image, header: ImageHeader) -> np.ndarray | None:
    """H×W, uint8, of the alpha channel or of the color that the file declares transparent."""
    transparent = image.info.get("transparency")
    if header.channels == 1 and isinstance(transparent, int):
        if image.mode == "L":  # Pillow scales 2- and 4-bit gray to 8 bits, but not the transparent value
            transparent = transparent * 255 // (2**header.bit_depth - 1)
        values = np.asarray(image.convert("L") if image.mode == "1" else image)
        return np.where(values == transparent, 0, 255).astype(np.uint8)
    if transparent is None and image.mode not in ("LA", "PA", "RGBA"):
        return None
    return np.array(image.convert("RGBA").getchannel("A"))


def _to_srgb(image: Image.Image, header: ImageHeader) -> Image.Image:
    image.info.pop("transparency", None)  # has been read; Pillow warns of it when it drops it
    if image.mode == "I;16":  # Pillow's own conversion clips to white
        scaled = (np.asarray(image).astype(np.uint32) * 255 + 32_767) // 65_535
        image = Image.fromarray(scaled.astype(np.uint8))
    elif image.mode in ("P", "PA", "LA", "RGBA"):
        image = image.convert("RGB")
    if header.icc_profile is not None and image.mode in _ICC_SPACES:
        converted = _apply_profile(image, header.icc_profile)
        if converted is not None:
            return converted
    return image.convert("RGB")


def _apply_profile(image: Image.Image, icc_profile: bytes) -> Image.Image | None:
    """The picture in sRGB, or None where it is sRGB already or the profile is of no use."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        if source.profile.xcolor_space != _ICC_SPACES[image.mode] or "sRGB" in ImageCms.getProfileDescription(source):
            return None
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _upright(plane: np.ndarray, orientation: int) -> np.ndarray:
    """Apply the EXIF orientation: 5 to 8 swap the axes, then some mirror."""
    if orientation >= 5:
        plane = plane.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        plane = plane[:, ::-1]
    if orientation in (3, 4, 7, 8):
        plane = plane[::-1]
    return np.ascontiguousarray(plane)
