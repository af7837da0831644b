"""The only place that decodes and encodes picture files.

A file passes `probe` (own parsers over the header and structure, no decoding), then a strict test of its pixel data in
constant memory, then Pillow, which sees nothing but pixels. What comes out is a `Picture`: upright, sRGB, 8 bits.
"""

from services.common.imaging.bad_picture import BadPicture
from services.common.imaging.compose import compose_grid, compose_row, grid_size
from services.common.imaging.decode import decode, decode_async
from services.common.imaging.encode import encode, encode_async
from services.common.imaging.fonts import korean_font, korean_font_file
from services.common.imaging.header import DEFAULT_LIMITS, JPEG, MEDIA_TYPES, PNG, WEBP, ImageHeader, Limits
from services.common.imaging.label import AI_LABEL, label
from services.common.imaging.probe import probe
from services.common.imaging.resize import flatten, resize, thumbnail

__all__ = [
    "AI_LABEL",
    "DEFAULT_LIMITS",
    "JPEG",
    "MEDIA_TYPES",
    "PNG",
    "WEBP",
    "BadPicture",
    "ImageHeader",
    "Limits",
    "compose_grid",
    "compose_row",
    "decode",
    "decode_async",
    "encode",
    "encode_async",
    "flatten",
    "grid_size",
    "korean_font",
    "korean_font_file",
    "label",
    "probe",
    "resize",
    "thumbnail",
]
