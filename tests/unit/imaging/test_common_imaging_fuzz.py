"""Whatever bytes come, `decode` answers with a picture or with `BadPicture`."""

from __future__ import annotations

import random
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_files import PNG_SIGNATURE, exif, saved, scene

from services.common.imaging import BadPicture, decode
from services.common.picture import Picture

SEEDS = {
    "png": saved(scene(), "PNG", exif=exif(6)),
    "palette png": saved(scene(), "PNG", mode="P", transparency=3),
    "gray alpha png": saved(scene(), "PNG", mode="LA"),
    "jpeg": saved(scene(), "JPEG", exif=exif(8)),
    "progressive jpeg": saved(scene(), "JPEG", progressive=True, restart_marker_blocks=3),
    "gray jpeg": saved(scene()[..., 0], "JPEG"),
    "lossy webp": saved(scene(), "WEBP", exif=exif(3)),
    "lossless webp": saved(scene(), "WEBP", mode="RGBA", lossless=True),
}


def with_right_checksums(data: bytes) -> bytes:
    """Mend the checksums of a mutated PNG, so that mutations reach the code behind them."""
    mended, position = bytearray(data), len(PNG_SIGNATURE)
    while position + 12 <= len(mended):
        (length,) = struct.unpack_from(">I", mended, position)
        end = position + 8 + length
        if end + 4 > len(mended):
            break
        mended[end : end + 4] = struct.pack(">I", zlib.crc32(mended[position + 4 : end]))
        position = end + 4
    return bytes(mended)


def mutate(data: bytes, chance: random.Random) -> bytes:
    mutated = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        position = chance.randrange(len(mutated))
        action = chance.randrange(5)
        if action == 0:
            mutated[position] ^= 1 << chance.randrange(8)
        elif action == 1:
            mutated[position] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif action == 2:
            del mutated[position : position + chance.randrange(1, 9)]
        elif action == 3:
            mutated[position:position] = chance.randbytes(chance.randrange(1, 9))
        else:
            start = chance.randrange(len(mutated))
            mutated[position:position] = mutated[start : start + chance.randrange(1, 64)]
        if not mutated:
            break
    return bytes(mutated)


def assert_picture_or_refusal(data: bytes) -> bool:
    """Whether the bytes were accepted."""
    started = time.perf_counter()
    try:
        picture = decode(data)
    except BadPicture:
        accepted = False
    else:
        assert isinstance(picture, Picture)
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.ndim == 3
        accepted = True
    assert time.perf_counter() - started < 10
    return accepted


@pytest.mark.parametrize("kind", SEEDS)
def test_mutated_files_give_a_picture_or_a_refusal(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(f"mutations of {kind}")
    outcomes = set()
    for _ in range(300):
        data = mutate(SEEDS[kind], chance)
        if kind.endswith("png") and chance.random() < 0.8:
            data = with_right_checksums(data)
        outcomes.add(assert_picture_or_refusal(data))
    assert False in outcomes
    assert capfd.readouterr().err == ""


@given(
    st.sampled_from([PNG_SIGNATURE, b"\xff\xd8\xff", b"RIFF\x40\0\0\0WEBP", b"RIFF\x40\0\0\0WEBPVP8 ", b"GIF89a", b""]),
    st.binary(max_size=400),
)
@settings(max_examples=300, deadline=None)
def test_a_signature_followed_by_noise_is_refused(signature: bytes, noise: bytes) -> None:
    assert not assert_picture_or_refusal(signature + noise)
