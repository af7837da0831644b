"""PNG structure: chunks, checksums, the exact amount of pixel data (PNG Specification, third edition)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from services.common.imaging import exif
from services.common.imaging.bad_picture import BadPicture
from services.common.imaging.header import MIB, PNG, ImageHeader, Limits, check_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_CRITICAL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_MAX_CHUNKS = 65_536
_MAX_PROFILE = 4 * MIB
# color type → (channels with alpha, allowed bit depths)
_COLOR_TYPES = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
_PALETTE = 3
# Adam7: column and row of the first pixel of each pass, then the steps between its pixels.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_INFLATE_STEP = MIB


class Chunk(NamedTuple):
    """One chunk, by positions in the file."""

    kind: bytes  # four letters
    start: int  # of the length field
    payload_end: int  # of the data; the checksum follows


class _Frame(NamedTuple):
    """The fields of IHDR."""

    width: int
    height: int
    bit_depth: int
    color_type: int
    interlaced: bool


def chunks(data: bytes) -> Iterator[Chunk]:
    """Walk the chunks up to IEND; whatever follows it is no part of the picture.

    Raises:
        BadPicture: a chunk reaches past the end of the file, fails its checksum, or there are absurdly many.
    """
    view = memoryview(data)
    position = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if position + 12 > len(data):
            raise BadPicture("truncated", detail="the PNG has no IEND chunk")
        length, kind = struct.unpack_from(">I4s", data, position)
        payload_end = position + 8 + length
        if not kind.isalpha():
            raise BadPicture("corrupt", detail="a PNG chunk has no valid name")
        if payload_end + 4 > len(data):
            raise BadPicture("truncated", detail=f"the PNG chunk {kind.decode()} declares {length:,} bytes, more than the file has")
        if zlib.crc32(view[position + 4 : payload_end]) != int.from_bytes(view[payload_end : payload_end + 4]):
            raise BadPicture("corrupt", detail=f"the checksum of the PNG chunk {kind.decode()} is wrong")
        yield Chunk(kind, position, payload_end)
        if kind == b"IEND":
            return
        position = payload_end + 4
    raise BadPicture("too_complex", detail=f"more than {_MAX_CHUNKS:,} PNG chunks")


def read_header(data: bytes, limits: Limits) -> ImageHeader:
    """Read the dimensions and check the structure up to IEND, without inflating pixels.

    Raises:
        BadPicture: the structure is broken, the picture is animated, or out of bounds.
    """
    frame: _Frame | None = None
    orientation, icc_profile = 1, None
    seen: set[bytes] = set()
    for chunk in chunks(data):
        payload = data[chunk.start + 8 : chunk.payload_end] if chunk.kind in (b"IHDR", b"iCCP", b"eXIf") else b""
        if frame is None:
            frame = _read_frame(chunk.kind, payload)
            check_size(frame.width, frame.height, limits)
        else:
            _check_order(chunk, frame, seen)
        if chunk.kind == b"iCCP":
            icc_profile = _inflate_profile(payload)
        elif chunk.kind == b"eXIf":
            orientation = exif.orientation(payload)
        seen.add(chunk.kind)
    if frame is None or b"IDAT" not in seen:
        raise BadPicture("corrupt", detail="the PNG has no pixel data")
    return ImageHeader(
        media_type=PNG,
        width=frame.width,
        height=frame.height,
        channels=1 if frame.color_type in (0, 4) else 3,
        bit_depth=frame.bit_depth,
        orientation=orientation,
        icc_profile=icc_profile,
    )


def pixels_only(data: bytes) -> bytes:
    """Drop everything that is not pixels: text, profiles, times, and whatever follows the end."""
    kept = (data[chunk.start : chunk.payload_end + 4] for chunk in chunks(data) if chunk.kind in _PIXEL_CHUNKS)
    return SIGNATURE + b"".join(kept)


def check_pixels(data: bytes) -> None:
    """Inflate in constant memory and count: Pillow opens files that lack rows, and this tells.

    Raises:
        BadPicture: there is less or more pixel data than the dimensions ask for, or it is no valid zlib stream.
    """
    inflater = zlib.decompressobj()
    expected = -1
    inflated = 0
    for chunk in chunks(data):
        if chunk.kind == b"IHDR":
            expected = _inflated_size(_read_frame(chunk.kind, data[chunk.start + 8 : chunk.payload_end]))
        elif chunk.kind == b"IDAT":
            pending = data[chunk.start + 8 : chunk.payload_end]
            while pending and not inflater.eof and inflated <= expected:
                try:
                    inflated += len(inflater.decompress(pending, _INFLATE_STEP))
                except zlib.error:
                    raise BadPicture("corrupt", detail="the pixel data of the PNG is no valid zlib stream") from None
                pending = inflater.unconsumed_tail
    if inflated > expected:
        raise BadPicture("corrupt", detail="the PNG has more pixel data than its dimensions ask for")
    if inflated < expected or not inflater.eof:
        raise BadPicture("truncated", detail="the PNG has less pixel data than its dimensions ask for")


def _read_frame(kind: bytes, payload: bytes) -> _Frame:
    if kind != b"IHDR" or len(payload) != 13:
        raise BadPicture("corrupt", detail="the PNG does not begin with an IHDR chunk of 13 bytes")
    width, height, bit_depth, color_type, compression, filtering, interlace = struct.unpack(">IIBBBBB", payload)
    if bit_depth not in _COLOR_TYPES.get(color_type, (0, ()))[1] or compression or filtering or interlace > 1:
        raise BadPicture("corrupt", detail="the PNG's IHDR chunk has values that the format does not know")
    return _Frame(width, height, bit_depth, color_type, bool(interlace))


def _check_order(chunk: Chunk, frame: _Frame, seen: set[bytes]) -> None:
    kind = chunk.kind
    if kind == b"acTL":
        raise BadPicture("animated", format="PNG")
    if kind in (b"IHDR", b"PLTE", b"tRNS") and kind in seen:
        raise BadPicture("corrupt", detail=f"the PNG has two {kind.decode()} chunks")
    if kind in (b"PLTE", b"tRNS") and b"IDAT" in seen:
        raise BadPicture("corrupt", detail=f"the PNG's {kind.decode()} chunk comes after the pixels")
    if kind == b"PLTE" and (chunk.payload_end - chunk.start - 8) not in range(3, 769, 3):
        raise BadPicture("corrupt", detail="the PNG's palette does not have 1 to 256 colors")
    if kind == b"IDAT" and frame.color_type == _PALETTE and b"PLTE" not in seen:
        raise BadPicture("corrupt", detail="the PNG has no palette")
    if kind[:1].isupper() and kind not in _CRITICAL_CHUNKS:
        raise BadPicture("corrupt", detail=f"the PNG has the unknown critical chunk {kind.decode()}")


def _inflated_size(frame: _Frame) -> int:
    """Bytes of all rows, each led by its filter byte."""
    bits = frame.bit_depth * _COLOR_TYPES[frame.color_type][0]
    if not frame.interlaced:
        return frame.height * (1 + (frame.width * bits + 7) // 8)
    size = 0
    for left, top, right_step, down_step in _ADAM7:
        columns = (frame.width - left + right_step - 1) // right_step
        rows = (frame.height - top + down_step - 1) // down_step
        if columns > 0 and rows > 0:
            size += rows * (1 + (columns * bits + 7) // 8)
    return size


def _inflate_profile(payload: bytes) -> bytes | None:
    """The ICC profile, or None where it is broken or a bomb: colors are then taken as sRGB, as without one."""
    _, _, rest = payload.partition(b"\0")
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(rest[1:], _MAX_PROFILE)
    except zlib.error:
        return None
    return profile if inflater.eof else None
