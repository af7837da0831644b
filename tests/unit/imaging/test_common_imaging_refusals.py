"""What `decode` refuses, with which reason, and that the text says what would be right."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from image_files import PNG_SIGNATURE, chunk, ihdr, png_of_rows, png_with, saved, scene, with_many_scans
from PIL import Image

from services.common.imaging import BadPicture, Limits, decode, probe

GOOD = {
    "png": saved(scene(), "PNG"),
    "palette png": saved(scene(), "PNG", mode="P"),
    "jpeg": saved(scene(), "JPEG", quality=90),
    "progressive jpeg": saved(scene(), "JPEG", quality=90, progressive=True),
    "lossy webp": saved(scene(), "WEBP", quality=80),
    "lossless webp": saved(scene(), "WEBP", lossless=True),
    "extended webp": saved(scene(), "WEBP", mode="RGBA", lossless=True, exif=Image.Exif().tobytes()),
}


def refusal(data: bytes, **limits: int) -> BadPicture:
    with pytest.raises(BadPicture) as caught:
        decode(data, limits=Limits(**limits))
    assert caught.value.korean
    return caught.value


@pytest.mark.parametrize("data", [b"", b"hello, this is a note", b"\0" * 5000, bytes(range(256)) * 9, b"<html></html>"])
def test_bytes_that_are_no_picture_are_refused_and_told_what_to_send(data: bytes) -> None:
    error = refusal(data)
    assert error.reason == "not_an_image"
    assert "PNG, JPEG or WebP" in str(error)
    assert "PNG, JPEG, WebP" in error.korean


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (saved(scene(), "GIF"), "GIF"),
        (saved(scene(), "BMP"), "BMP"),
        (saved(scene(), "TIFF"), "TIFF"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + bytes(64), "AVIF"),
        (b"%PDF-1.7\n", "PDF"),
    ],
)
def test_other_formats_are_named_with_the_formats_that_are_accepted(data: bytes, name: str) -> None:
    error = refusal(data)
    assert error.reason == "unsupported_format"
    assert name in str(error)
    assert "PNG, JPEG or WebP" in str(error)
    assert name in error.korean


@pytest.mark.parametrize("kind", GOOD)
def test_every_strict_prefix_is_refused(kind: str) -> None:
    data = GOOD[kind]
    decode(data)
    cuts = (
        range(1, len(data))
        if len(data) < 3000
        else sorted({*range(1, 400), *range(400, len(data), 37), *range(len(data) - 200, len(data))})
    )
    for cut in cuts:
        with pytest.raises(BadPicture):
            decode(data[:cut])


@pytest.mark.parametrize("kind", ["jpeg", "progressive jpeg"])
@pytest.mark.parametrize("share", [0.5, 0.7, 0.9, 0.97])
def test_a_cut_jpeg_with_an_end_marker_glued_on_is_refused_not_filled_with_gray(kind: str, share: float) -> None:
    data = GOOD[kind]
    assert refusal(data[: int(len(data) * share)] + b"\xff\xd9").reason in ("truncated", "corrupt")


@pytest.mark.parametrize("kind", GOOD)
def test_bytes_after_the_end_of_a_picture_do_not_matter(kind: str) -> None:
    assert np.array_equal(decode(GOOD[kind] + b"MotionPhoto_Data" * 10).pixels, decode(GOOD[kind]).pixels)


@pytest.mark.parametrize("pillow_format", ["PNG", "JPEG", "WEBP"])
def test_a_one_pixel_picture_is_refused_with_the_size_that_would_do(pillow_format: str) -> None:
    error = refusal(saved(scene(1, 1), pillow_format))
    assert error.reason == "too_small"
    assert "1×1" in str(error)
    assert "16" in str(error)


def test_a_picture_of_exactly_the_smallest_size_is_accepted() -> None:
    assert decode(saved(scene(16, 16), "PNG")).pixels.shape == (16, 16, 3)
    assert refusal(saved(scene(15, 400), "PNG")).reason == "too_small"


def test_thirty_three_mebibytes_are_refused() -> None:
    error = refusal(GOOD["png"] + bytes(33 * 2**20))
    assert error.reason == "too_large"
    assert "33,554,432" in str(error)


def sixty_megapixel_headers() -> dict[str, bytes]:
    jpeg = bytearray(GOOD["jpeg"])
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 6000, 10_000)
    vp8x = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (9999).to_bytes(3, "little") + (5999).to_bytes(3, "little")
    vp8l = b"VP8L" + struct.pack("<I", 6) + b"\x2f" + (9999 | 5999 << 14).to_bytes(4, "little") + b"\0"
    return {
        "png": PNG_SIGNATURE + ihdr(10_000, 6000) + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
        "jpeg": bytes(jpeg),
        "extended webp": b"RIFF" + struct.pack("<I", 4 + len(vp8x)) + b"WEBP" + vp8x,
        "lossless webp": b"RIFF" + struct.pack("<I", 4 + len(vp8l)) + b"WEBP" + vp8l,
    }


@pytest.mark.parametrize(("kind", "data"), sixty_megapixel_headers().items())
def test_sixty_megapixels_are_refused_from_the_header_alone(kind: str, data: bytes) -> None:
    error = refusal(data)
    assert error.reason == "too_many_pixels"
    assert "10000×6000" in str(error)
    assert "50,000,000" in str(error)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        # 500 bytes that declare a chunk of 2 GiB; OpenCV would allocate it.
        (PNG_SIGNATURE + ihdr(64, 48) + struct.pack(">I", 0x7FFFFFFF) + b"IDAT" + bytes(500), "truncated"),
        (PNG_SIGNATURE + ihdr(2**31 - 1, 2**31 - 1) + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "too_many_pixels"),
        # 64 MiB of zeros as pixels of a small picture.
        (PNG_SIGNATURE + ihdr(64, 48) + chunk(b"IDAT", zlib.compress(bytes(2**26))) + chunk(b"IEND", b""), "corrupt"),
        # 49 megapixels of 16-bit RGBA, declared by a file that has one row.
        (PNG_SIGNATURE + ihdr(7000, 7000, 16, 6) + chunk(b"IDAT", zlib.compress(bytes(7000 * 8 + 1))) + chunk(b"IEND", b""), "truncated"),
    ],
)
def test_png_bombs_are_refused_in_little_memory_and_time(data: bytes, reason: str) -> None:
    started = time.perf_counter()
    tracemalloc.start()
    try:
        assert refusal(data).reason == reason
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20
    assert time.perf_counter() - started < 5


def test_a_compressed_text_bomb_in_a_good_png_is_never_inflated() -> None:
    bomb = zlib.compress(bytes(2**26), 9)
    tracemalloc.start()
    try:
        picture = decode(png_with(chunk(b"zTXt", b"Comment\0\0" + bomb) + chunk(b"iCCP", b"profile\0\0" + bomb)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert np.array_equal(picture.pixels, scene())
    assert peak < 16 * 2**20


@pytest.mark.parametrize("pillow_format", ["PNG", "WEBP"])
def test_animated_pictures_are_refused(pillow_format: str) -> None:
    frames = [Image.fromarray(np.roll(scene(), shift, axis=1)) for shift in (0, 9, 18)]
    target = io.BytesIO()
    frames[0].save(target, pillow_format, save_all=True, append_images=frames[1:], duration=50)
    error = refusal(target.getvalue())
    assert error.reason == "animated"
    assert "still" in str(error)


def test_an_animated_gif_is_refused_as_a_gif() -> None:
    target = io.BytesIO()
    Image.fromarray(scene()).save(target, "GIF", save_all=True, append_images=[Image.fromarray(scene()[::-1].copy())])
    assert refusal(target.getvalue()).reason == "unsupported_format"


def test_a_progressive_jpeg_with_hundreds_of_scans_is_refused_at_once() -> None:
    data = with_many_scans(saved(np.full((1000, 1000, 3), 90, np.uint8), "JPEG", progressive=True), 400)
    started = time.perf_counter()
    assert refusal(data).reason == "too_complex"
    assert time.perf_counter() - started < 3


def test_an_ordinary_progressive_jpeg_is_accepted() -> None:
    assert decode(GOOD["progressive jpeg"]).pixels.shape == scene().shape


@pytest.mark.parametrize(
    "data",
    [
        png_with(b"")[:60] + b"\0" + png_with(b"")[61:],  # a byte of the pixels changed: checksum wrong
        png_with(chunk(b"IHDR", struct.pack(">IIBBBBB", 3000, 3000, 8, 2, 0, 0, 0))),
        png_with(chunk(b"ABCD", b"critical and unknown")),
        PNG_SIGNATURE + ihdr(64, 48, 7) + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
        PNG_SIGNATURE + ihdr(64, 48) + chunk(b"IEND", b""),
        PNG_SIGNATURE + ihdr(64, 48, 8, 3) + chunk(b"IDAT", zlib.compress(bytes(65 * 48))) + chunk(b"IEND", b""),
        PNG_SIGNATURE + ihdr(64, 48) + chunk(b"IDAT", b"not zlib at all") + chunk(b"IEND", b""),
        png_of_rows([b"\7" * 64] * 49, 64, 8, 0).replace(ihdr(64, 49, 8, 0), ihdr(64, 48, 8, 0)),  # one row too many
    ],
)
def test_broken_png_structures_are_corrupt(data: bytes) -> None:
    assert refusal(data).reason == "corrupt"


def test_a_png_with_twenty_of_fortyeight_rows_is_truncated() -> None:
    data = png_of_rows([b"\7" * 64] * 20, 64, 8, 0).replace(ihdr(64, 20, 8, 0), ihdr(64, 48, 8, 0))
    assert refusal(data).reason == "truncated"


def test_a_jpeg_with_an_end_marker_and_almost_no_data_is_truncated() -> None:
    data = GOOD["jpeg"]
    scan = data.index(b"\xff\xda")
    assert refusal(data[: scan + 20] + b"\xff\xd9").reason == "truncated"


@pytest.mark.parametrize(("marker", "named"), [(0xC3, "lossless"), (0xC9, "arithmetic")])
def test_jpeg_processes_that_browsers_do_not_show_are_named(marker: int, named: str) -> None:
    error = refusal(GOOD["jpeg"].replace(b"\xff\xc0", bytes([0xFF, marker]), 1))
    assert error.reason == "unsupported_format"
    assert named in str(error)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + b"\xff" * 2_000_000,
        b"\xff\xd8\xff\xda\0\2" + b"\xff\0" * 2_000_000,
        b"\xff\xd8" + b"\xff\xfe\0\2" * 500_000,
        PNG_SIGNATURE + ihdr(64, 48) + chunk(b"tEXt", b"") * 500_000,
        b"RIFF" + struct.pack("<I", 4 + 800_000) + b"WEBP" + (b"JUNK" + bytes(4)) * 100_000,
    ],
)
def test_files_made_to_keep_a_parser_busy_are_refused_quickly(data: bytes) -> None:
    started = time.perf_counter()
    refusal(data)
    assert time.perf_counter() - started < 4


def test_probe_tells_size_and_kind_without_decoding() -> None:
    for kind, data in GOOD.items():
        header = probe(data)
        assert header.upright_size == (64, 48)
        assert header.media_type.endswith(kind.split()[-1])


def test_limits_that_pillow_would_not_keep_are_refused() -> None:
    with pytest.raises(ValueError, match="max_pixels"):
        Limits(max_pixels=10**9)
