"""What a picture file says of itself, and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.common.imaging.bad_picture import BadPicture

PNG = "image/png"
JPEG = "image/jpeg"
WEBP = "image/webp"
MEDIA_TYPES = (PNG, JPEG, WEBP)

MIB = 2**20
# From here on Pillow itself warns of decompression bombs.
_PILLOW_MAX_PIXELS = 89_478_485


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds that hold before a single pixel is decoded."""

    max_bytes: int = 32 * MIB  # of the encoded file
    max_pixels: int = 50_000_000  # width × height
    min_side: int = 16  # pixels; less shows nothing that helps to find a person
    max_jpeg_scans: int = 64  # progressive encoders write about 10; each costs a pass over the picture

    def __post_init__(self) -> None:
        """Refuse bounds that the decoder cannot keep.

        Raises:
            ValueError: `max_pixels` is above what Pillow decodes without a warning.
        """
        if self.max_pixels > _PILLOW_MAX_PIXELS:
            raise ValueError(f"max_pixels must be at most {_PILLOW_MAX_PIXELS}, not {self.max_pixels}")


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, kw_only=True)
class ImageHeader:
    """What the file declares, read without decoding."""

    media_type: str  # image/png, image/jpeg or image/webp, by content
    width: int  # pixels as stored, before `orientation` is applied
    height: int  # pixels as stored
    channels: int  # color channels without alpha: 1, 3 or 4 (CMYK)
    bit_depth: int = 8  # bits per channel, or per palette index
    orientation: int = 1  # EXIF orientation, 1 to 8
    icc_profile: bytes | None = field(default=None, repr=False)
    quantization: tuple[int, ...] | None = field(default=None, repr=False)  # of a JPEG's first component, zigzag order

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height of the decoded picture, pixels."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse dimensions out of bounds.

    Raises:
        BadPicture: `too_small` or `too_many_pixels`.
    """
    if width * height > limits.max_pixels:
        raise BadPicture("too_many_pixels", width=width, height=height, limit=limits.max_pixels)
    if min(width, height) < limits.min_side:
        raise BadPicture("too_small", width=width, height=height, limit=limits.min_side)
