"""WebP structure: RIFF chunks (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from services.common.imaging import exif
from services.common.imaging.bad_picture import BadPicture
from services.common.imaging.header import MIB, WEBP, ImageHeader, Limits, check_size

_MAX_CHUNKS = 1024
_MAX_PROFILE = 4 * MIB
_ANIMATION_FLAG = 0x02
_KEYFRAME_START = b"\x9d\x01\x2a"
_LOSSLESS_SIGNATURE = 0x2F


def is_webp(data: bytes) -> bool:
    """Whether the bytes begin as a WebP file does."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Walk the chunks: name, begin and end of the payload. Bytes after the declared length are no part of the picture.

    Raises:
        BadPicture: the file is shorter than it declares, or a chunk reaches past the end.
    """
    end_of_file = 8 + int.from_bytes(data[4:8], "little")
    if end_of_file > len(data):
        raise BadPicture("truncated", detail=f"the WebP declares {end_of_file:,} bytes but has {len(data):,}")
    position = 12
    for _ in range(_MAX_CHUNKS):
        if position >= end_of_file:
            return
        if position + 8 > end_of_file:
            raise BadPicture("corrupt", detail="there are stray bytes after the WebP's chunks")
        name, size = struct.unpack_from("<4sI", data, position)
        begin = position + 8
        if begin + size > end_of_file:
            raise BadPicture("corrupt", detail="a WebP chunk reaches past the end of the picture")
        yield name, begin, begin + size
        position = begin + size + size % 2
    raise BadPicture("too_complex", detail=f"more than {_MAX_CHUNKS:,} WebP chunks")


def read_header(data: bytes, limits: Limits) -> ImageHeader:
    """Read the dimensions and check the structure, without decoding.

    Raises:
        BadPicture: the structure is broken, the picture is animated, or out of bounds.
    """
    canvas: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    orientation, icc_profile = 1, None
    for name, begin, end in chunks(data):
        if name in (b"ANIM", b"ANMF"):
            raise BadPicture("animated", format="WebP")
        if name == b"VP8X":
            canvas = _canvas_size(data[begin:end])
            check_size(*canvas, limits)
        elif name in (b"VP8 ", b"VP8L"):
            if size is not None:
                raise BadPicture("corrupt", detail="the WebP has two pictures")
            size = _lossy_size(data[begin : begin + 10]) if name == b"VP8 " else _lossless_size(data[begin : begin + 5])
            check_size(*size, limits)
        elif name == b"ICCP" and end - begin <= _MAX_PROFILE:
            icc_profile = data[begin:end]
        elif name == b"EXIF":
            orientation = exif.orientation(data[begin:end])
    if size is None:
        raise BadPicture("corrupt", detail="the WebP has no pixel data")
    if canvas is not None and canvas != size:
        raise BadPicture("corrupt", detail="the WebP's picture does not have the size of its canvas")
    return ImageHeader(media_type=WEBP, width=size[0], height=size[1], channels=3, orientation=orientation, icc_profile=icc_profile)


def _canvas_size(payload: bytes) -> tuple[int, int]:
    if len(payload) != 10:
        raise BadPicture("corrupt", detail="the WebP's VP8X chunk does not have 10 bytes")
    if payload[0] & _ANIMATION_FLAG:
        raise BadPicture("animated", format="WebP")
    return int.from_bytes(payload[4:7], "little") + 1, int.from_bytes(payload[7:10], "little") + 1


def _lossy_size(start: bytes) -> tuple[int, int]:
    if len(start) < 10 or start[0] & 1 or start[3:6] != _KEYFRAME_START:
        raise BadPicture("corrupt", detail="the WebP's lossy data does not begin with a key frame")
    width, height = struct.unpack_from("<HH", start, 6)
    return width & 0x3FFF, height & 0x3FFF  # the two upper bits only suggest a scale for display


def _lossless_size(start: bytes) -> tuple[int, int]:
    if len(start) < 5 or start[0] != _LOSSLESS_SIGNATURE:
        raise BadPicture("corrupt", detail="the WebP's lossless data lacks its signature")
    bits = int.from_bytes(start[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
