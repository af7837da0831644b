"""Picture files made by code: good ones, and ones that no honest encoder writes."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def scene(height: int = 48, width: int = 64) -> np.ndarray:
    """A colorful picture with smooth and busy parts; no two corners alike."""
    rows, columns = np.mgrid[0:height, 0:width]
    picture = np.stack([columns * 255 // width, rows * 255 // height, (rows * columns) % 256], axis=-1).astype(np.uint8)
    picture[: height // 4, : width // 4] = (220, 30, 30)
    return picture


def saved(pixels: np.ndarray, pillow_format: str, mode: str | None = None, **options: object) -> bytes:
    target = io.BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(target, pillow_format, **options)
    return target.getvalue()


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def ihdr(width: int, height: int, bit_depth: int = 8, color_type: int = 2, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bit_depth, color_type, 0, 0, interlace))


def png_of_rows(rows: list[bytes], width: int, bit_depth: int, color_type: int, before_pixels: bytes = b"") -> bytes:
    """A PNG whose packed rows are given; filter 0 is put before each."""
    body = chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
    return PNG_SIGNATURE + ihdr(width, len(rows), bit_depth, color_type) + before_pixels + body + chunk(b"IEND", b"")


def png_with(extra: bytes, pixels: np.ndarray | None = None) -> bytes:
    """A good RGB PNG with further chunks after its IHDR."""
    data = saved(scene() if pixels is None else pixels, "PNG")
    return data[:33] + extra + data[33:]


def exif(orientation: int) -> bytes:
    """An EXIF block with an orientation and a place in Seoul."""
    fields = Image.Exif()
    fields[0x0112] = orientation
    fields[0x010F] = "SECRET-CAMERA"
    fields.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 0.0), 3: "E", 4: (126.0, 58.0, 0.0)})
    return fields.tobytes()


def with_many_scans(progressive: bytes, scans: int) -> bytes:
    """Repeat the last scan (a legal refinement for most decoders) until the file has `scans` of them."""
    last = progressive.rindex(b"\xff\xda")
    return progressive[:last] + progressive[last:-2] * scans + b"\xff\xd9"
