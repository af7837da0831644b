"""Tells what a file is by its content, and refuses what is not allowed, before anything is decoded."""

from __future__ import annotations

from services.common.imaging import jpeg, png, webp
from services.common.imaging.bad_picture import BadPicture
from services.common.imaging.header import DEFAULT_LIMITS, ImageHeader, Limits


def probe(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> ImageHeader:
    """Read what a picture file declares of itself. Costs milliseconds, decodes nothing.

    The structure is checked to its end, so a file that was cut off is refused here. Pixels may still turn out to be
    broken in `decode`.

    Args:
        data: the encoded file. Its name and declared type do not matter.
        limits: bounds on bytes, pixels and structure.

    Raises:
        BadPicture: the file is not a still PNG, JPEG or WebP within the limits.
    """
    if not data:
        raise BadPicture("not_an_image", detail="the file is empty")
    if len(data) > limits.max_bytes:
        raise BadPicture("too_large", size=len(data), limit=limits.max_bytes)
    if data.startswith(png.SIGNATURE):
        return png.read_header(data, limits)
    if data.startswith(jpeg.SIGNATURE):
        return jpeg.read_header(data, limits)
    if webp.is_webp(data):
        return webp.read_header(data, limits)
    raise _refusal(data)


def _refusal(data: bytes) -> BadPicture:
    for signature in (png.SIGNATURE, jpeg.SIGNATURE, b"RIFF"):
        if signature.startswith(data[:12]) or (signature == b"RIFF" and data[:4] == signature and b"WEBP".startswith(data[8:12])):
            return BadPicture("truncated", detail="only the first bytes are there")
    name = _other_format(data)
    if name is not None:
        return BadPicture("unsupported_format", format=name)
    return BadPicture("not_an_image", detail="the content is not that of a picture file")


def _other_format(data: bytes) -> str | None:
    """The name of a format that people do send, so that the refusal can name it."""
    prefixes = {
        b"GIF87a": "GIF",
        b"GIF89a": "GIF",
        b"BM": "BMP",
        b"II*\0": "TIFF",
        b"MM\0*": "TIFF",
        b"%PDF-": "PDF",
        b"8BPS": "Photoshop",
        b"\0\0\0\x0cJXL ": "JPEG XL",
        b"\xff\x0a": "JPEG XL",
        b"\0\0\0\x0cjP  ": "JPEG 2000",
    }
    for prefix, name in prefixes.items():
        if data.startswith(prefix):
            return name
    if data[4:8] == b"ftyp":
        brands = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"hevc": "HEIC"}
        return brands.get(data[8:12], "A video file")
    if b"<svg" in data[:1024].lower():
        return "SVG"
    return None
