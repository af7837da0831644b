"""JPEG structure: segments, scans, quantization (ITU-T T.81), and a strict test of the entropy-coded data."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

import simplejpeg

from services.common.imaging import exif
from services.common.imaging.bad_picture import BadPicture
from services.common.imaging.header import JPEG, MIB, ImageHeader, Limits, check_size

SIGNATURE = b"\xff\xd8\xff"

_EOI, _SOS, _DQT = 0xD9, 0xDA, 0xDB
_APP1, _APP2, _APP14, _APP15, _COM = 0xE1, 0xE2, 0xEE, 0xEF, 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0…SOF15 without DHT, JPG and DAC
_DECODABLE_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive; all Huffman
_ALONE = frozenset({0x00, 0x01, 0xD8, *range(0xD0, 0xD8)})  # have no length, and no place between segments
_MAX_SEGMENTS = 4096
_MAX_PROFILE = 4 * MIB

# A regular expression walks adversarial megabytes of 0xFF at the speed of C.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_NOT_FILL = re.compile(rb"[^\xff]")


class Segment(NamedTuple):
    """One marker segment, by positions in the file; a scan's entropy-coded data belongs to its SOS."""

    marker: int
    start: int  # of the marker
    payload_end: int  # of the parameters, which begin at start + 4
    end: int  # of everything up to the next marker


class _Frame(NamedTuple):
    """The fields of SOF."""

    width: int
    height: int
    components: int
    first_table: int  # quantization table of the first component: luma, or the only one


def segments(data: bytes) -> Iterator[Segment]:
    """Walk the segments up to EOI; whatever follows it (motion photos, gain maps) is no part of the picture.

    Raises:
        BadPicture: the file ends before EOI, or bytes stand where a marker has to be.
    """
    position = 2
    for _ in range(_MAX_SEGMENTS):
        after_fill = _NOT_FILL.search(data, position)
        if after_fill is None:
            raise BadPicture("truncated", detail="the JPEG has no end marker")
        if after_fill.start() == position or (marker := data[after_fill.start()]) in _ALONE:
            raise BadPicture("corrupt", detail="there are stray bytes between the JPEG's segments")
        start = after_fill.start() - 1
        if marker == _EOI:
            yield Segment(marker, start, start + 2, start + 2)
            return
        length = int.from_bytes(data[start + 2 : start + 4])
        payload_end = end = start + 2 + length
        if start + 4 > len(data) or end > len(data):
            raise BadPicture("truncated", detail="a JPEG segment reaches past the end of the file")
        if length < 2:
            raise BadPicture("corrupt", detail="a JPEG segment has no valid length")
        if marker == _SOS:
            following = _NEXT_MARKER.search(data, payload_end)
            if following is None:
                raise BadPicture("truncated", detail="the JPEG has no end marker")
            end = following.start()
        yield Segment(marker, start, payload_end, end)
        position = end
    raise BadPicture("too_complex", detail=f"more than {_MAX_SEGMENTS:,} JPEG segments")


def read_header(data: bytes, limits: Limits) -> ImageHeader:
    """Read the dimensions and check the structure up to EOI, without decoding.

    Raises:
        BadPicture: the structure is broken, of a kind that nobody writes, or out of bounds.
    """
    frame: _Frame | None = None
    scans, orientation = 0, 1
    tables: dict[int, tuple[int, ...]] = {}
    profile_parts: dict[int, bytes] = {}
    for segment in segments(data):
        marker = segment.marker
        payload = data[segment.start + 4 : segment.payload_end]
        if marker in _FRAMES:
            if frame is not None:
                raise BadPicture("corrupt", detail="the JPEG has two frames")
            frame = _read_frame(marker, payload)
            check_size(frame.width, frame.height, limits)
        elif marker == _SOS:
            scans += 1
            if scans > limits.max_jpeg_scans:
                raise BadPicture("too_complex", detail=f"more than {limits.max_jpeg_scans} JPEG scans")
            if frame is None:
                raise BadPicture("corrupt", detail="the JPEG has a scan before its frame")
        elif marker == _DQT:
            tables |= _read_quantization(payload)
        elif marker == _APP1 and payload.startswith(b"Exif\0\0"):
            orientation = exif.orientation(payload)
        elif marker == _APP2 and payload.startswith(b"ICC_PROFILE\0"):
            profile_parts[payload[12]] = payload[14:]
    if frame is None or not scans:
        raise BadPicture("corrupt", detail="the JPEG has no pixel data")
    if frame.first_table not in tables:
        raise BadPicture("corrupt", detail="the JPEG lacks a quantization table")
    profile = b"".join(profile_parts[number] for number in sorted(profile_parts))
    return ImageHeader(
        media_type=JPEG,
        width=frame.width,
        height=frame.height,
        channels=frame.components,
        orientation=orientation,
        icc_profile=profile if 0 < len(profile) <= _MAX_PROFILE else None,
        quantization=tables[frame.first_table],
    )


def pixels_only(data: bytes) -> bytes:
    """Drop everything that is not pixels: EXIF, XMP, comments, embedded further pictures, and whatever follows the end.

    JFIF (APP0) and Adobe (APP14) stay, because they say which color space the components are in.
    """
    dropped = frozenset(range(_APP1, _APP15 + 1)) - {_APP14} | {_COM}
    return data[:2] + b"".join(data[segment.start : segment.end] for segment in segments(data) if segment.marker not in dropped)


def check_pixels(data: bytes) -> None:
    """Decode the entropy-coded data strictly, at an eighth of the size: missing data is an error here, gray elsewhere.

    Raises:
        BadPicture: there is less data than the dimensions ask for, or it is broken.
    """
    try:
        simplejpeg.decode_jpeg(data, "GRAY", fastdct=True, min_height=1, min_width=1, min_factor=8, strict=True)
    except ValueError as error:
        if "premature end" in str(error):
            raise BadPicture("truncated", detail="the JPEG has less pixel data than its dimensions ask for") from None
        raise BadPicture("corrupt", detail="the pixel data of the JPEG cannot be decoded") from error


def _read_frame(marker: int, payload: bytes) -> _Frame:
    if marker not in _DECODABLE_FRAMES:
        raise BadPicture("unsupported_format", format="A lossless, hierarchical or arithmetic-coded JPEG")
    if len(payload) < 9:
        raise BadPicture("corrupt", detail="the JPEG's frame header is too short")
    precision, height, width, components = struct.unpack_from(">BHHB", payload)
    if precision != 8:
        raise BadPicture("unsupported_format", format=f"A JPEG with {precision} bits a channel")
    if len(payload) != 6 + 3 * components or components not in (1, 3, 4):
        raise BadPicture("corrupt", detail="the JPEG's frame header does not describe 1, 3 or 4 channels")
    return _Frame(width, height, components, first_table=payload[8])


def _read_quantization(payload: bytes) -> dict[int, tuple[int, ...]]:
    """Tables by their number, 64 values each, zigzag order as in the file."""
    tables = {}
    position = 0
    while position < len(payload):
        layout = ">64H" if payload[position] >> 4 else ">64B"
        try:
            tables[payload[position] & 0x0F] = struct.unpack_from(layout, payload, position + 1)
        except struct.error:
            raise BadPicture("corrupt", detail="a quantization table of the JPEG is too short") from None
        position += 1 + struct.calcsize(layout)
    return tables
