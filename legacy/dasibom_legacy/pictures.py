"""Pictures as the former scripts had them: `PIL.Image` in memory, PNG in files."""

from __future__ import annotations

import io

from PIL import Image, ImageOps


def open_picture(data: bytes) -> Image.Image:
    """A picture's pixels, upright, RGB.

    Raises:
        OSError: no picture, or a broken one.
    """
    with Image.open(io.BytesIO(data)) as picture:
        return ImageOps.exif_transpose(picture).convert("RGB")


def as_png(picture: Image.Image | bytes) -> bytes:
    """The same picture as a PNG file; bytes that are PNG already stay as they are."""
    if isinstance(picture, bytes):
        if picture.startswith(b"\x89PNG"):
            return picture
        picture = open_picture(picture)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def as_jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    """The same picture as a JPEG file."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()
