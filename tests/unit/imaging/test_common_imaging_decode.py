"""What `decode` makes of good files of every kind."""

from __future__ import annotations

import asyncio
import io
import time

import numpy as np
import pytest
from image_files import PNG_SIGNATURE, chunk, exif, ihdr, png_of_rows, png_with, saved, scene
from PIL import Image, ImageCms

from services.common.imaging import decode, decode_async

LEVELS = np.arange(256).reshape(16, 16)


def big_endian_rows(values: np.ndarray) -> list[bytes]:
    return [row.astype(">u2").tobytes() for row in values]


@pytest.mark.parametrize(
    ("pillow_format", "options", "media_type", "tolerance"),
    [
        ("PNG", {}, "image/png", 0),
        ("WEBP", {"lossless": True}, "image/webp", 0),
        ("WEBP", {"quality": 95}, "image/webp", 9),
        ("JPEG", {"quality": 98, "subsampling": 0}, "image/jpeg", 4),
        ("JPEG", {"quality": 98, "subsampling": 0, "progressive": True}, "image/jpeg", 4),
    ],
)
def test_color_survives_in_every_format(pillow_format: str, options: dict[str, object], media_type: str, tolerance: int) -> None:
    pixels = np.stack([LEVELS, LEVELS.T, 255 - LEVELS], axis=-1).astype(np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    data = saved(pixels, pillow_format, **options)
    picture = decode(data)
    assert picture.media_type == media_type
    assert picture.encoded_size == len(data)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.writeable
    assert picture.pixels.flags.c_contiguous
    assert picture.alpha is None
    assert not picture.was_grey
    assert np.abs(picture.pixels.astype(int) - pixels).mean() <= tolerance


@pytest.mark.parametrize("pillow_format", ["PNG", "JPEG"])
def test_gray_becomes_equal_channels_and_is_remembered(pillow_format: str) -> None:
    picture = decode(saved(LEVELS.astype(np.uint8), pillow_format))
    assert picture.was_grey
    assert np.array_equal(picture.pixels[..., 0], picture.pixels[..., 2])
    assert np.abs(picture.pixels[..., 0].astype(int) - LEVELS).max() <= (0 if pillow_format == "PNG" else 8)


def test_sixteen_bit_gray_is_scaled_not_clipped() -> None:
    picture = decode(png_of_rows(big_endian_rows(LEVELS * 257), 16, 16, 0))
    assert np.array_equal(picture.pixels[..., 1], LEVELS)
    assert picture.was_grey


@pytest.mark.parametrize(("color_type", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_sixteen_bit_channels_are_scaled(color_type: int, channels: int) -> None:
    values = np.stack([LEVELS * 257] * channels, axis=-1)
    picture = decode(png_of_rows(big_endian_rows(values), 16, 16, color_type))
    assert np.abs(picture.pixels[..., 0].astype(int) - LEVELS).max() <= 1
    assert (picture.alpha is not None) == (channels in (2, 4))
    if picture.alpha is not None:
        assert np.abs(picture.alpha.astype(int) - LEVELS).max() <= 1


def test_one_bit_is_black_and_white() -> None:
    picture = decode(png_of_rows([b"\xaa\x55"] * 16, 16, 1, 0))
    assert picture.pixels[0, :4, 0].tolist() == [255, 0, 255, 0]
    assert picture.was_grey


@pytest.mark.parametrize("pillow_format", ["PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_kept_straight(pillow_format: str, mode: str) -> None:
    alpha = np.tile(np.arange(16, dtype=np.uint8) * 17, (16, 1))
    image = Image.fromarray(np.full((16, 16, 3), 200, np.uint8))
    image.putalpha(Image.fromarray(alpha))
    target = io.BytesIO()
    options = {"lossless": True, "exact": True} if pillow_format == "WEBP" else {}
    image.convert(mode).save(target, pillow_format, **options)
    picture = decode(target.getvalue())
    assert np.array_equal(picture.alpha, alpha)
    assert (picture.pixels == 200).all()


def test_an_alpha_channel_without_any_transparency_is_none() -> None:
    assert decode(saved(scene(), "PNG", mode="RGBA")).alpha is None


@pytest.mark.parametrize(
    ("bit_depth", "color_type", "row", "before_pixels", "transparent_columns"),
    [
        (8, 0, bytes(range(16)), chunk(b"tRNS", b"\0\5"), [5]),
        (4, 0, bytes.fromhex("0123456789abcdef"), chunk(b"tRNS", b"\0\5"), [5]),
        (1, 0, b"\xff\xfe", chunk(b"tRNS", b"\0\0"), [15]),
        (16, 0, np.arange(16, dtype=">u2").tobytes(), chunk(b"tRNS", b"\0\5"), [5]),
        (8, 2, bytes(n for n in range(16) for _ in "RGB"), chunk(b"tRNS", b"\0\5\0\5\0\5"), [5]),
        (8, 3, bytes(range(16)), chunk(b"PLTE", bytes(range(48))) + chunk(b"tRNS", b"\xff\xff\0"), [2]),
        (8, 3, bytes(range(16)), chunk(b"PLTE", bytes(range(48))) + chunk(b"tRNS", b"\x80\xff\x40"), [0, 2]),
    ],
)
def test_transparent_colors_become_alpha(
    bit_depth: int, color_type: int, row: bytes, before_pixels: bytes, transparent_columns: list[int]
) -> None:
    picture = decode(png_of_rows([row] * 16, 16, bit_depth, color_type, before_pixels))
    assert picture.alpha is not None
    assert np.flatnonzero(picture.alpha[0] < 255).tolist() == transparent_columns


def test_palettes_become_color() -> None:
    picture = decode(png_of_rows([bytes(range(16))] * 16, 16, 8, 3, chunk(b"PLTE", bytes(range(48)))))
    assert picture.pixels[0, 5].tolist() == [15, 16, 17]
    assert not picture.was_grey


def test_interlaced_png_decodes_like_any_other() -> None:
    # Adam7 by hand: seven passes over the picture, each with its own rows.
    pixels = scene(17, 19)
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = [row.tobytes() for left, top, right, down in passes for row in pixels[top::down, left::right]]
    body = png_of_rows(rows, 19, 8, 2)[33:]
    data = PNG_SIGNATURE + ihdr(19, 17, 8, 2, interlace=1) + body
    assert np.array_equal(decode(data).pixels, pixels)


CORNERS_BY_ORIENTATION = {  # which stored corner (tl, tr, bl, br) ends up at top left, top right
    1: ("tl", "tr"),
    2: ("tr", "tl"),
    3: ("br", "bl"),
    4: ("bl", "br"),
    5: ("tl", "bl"),
    6: ("bl", "tl"),
    7: ("br", "tr"),
    8: ("tr", "br"),
}


@pytest.mark.parametrize("pillow_format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(pillow_format: str, orientation: int) -> None:
    colors = {"tl": (255, 0, 0), "tr": (0, 255, 0), "bl": (0, 0, 255), "br": (255, 255, 255)}
    stored = np.zeros((32, 64, 3), np.uint8)
    stored[:16, :32], stored[:16, 32:], stored[16:, :32], stored[16:, 32:] = colors.values()
    picture = decode(saved(stored, pillow_format, exif=exif(orientation), quality=95))
    assert (picture.width, picture.height) == ((32, 64) if orientation >= 5 else (64, 32))
    top_left, top_right = CORNERS_BY_ORIENTATION[orientation]
    assert np.allclose(picture.pixels[4, 4], colors[top_left], atol=12)
    assert np.allclose(picture.pixels[4, -5], colors[top_right], atol=12)


def test_orientation_turns_alpha_too() -> None:
    alpha = np.full((32, 64), 255, np.uint8)
    alpha[:16, :32] = 0
    image = Image.fromarray(np.dstack([np.full((32, 64, 3), 9, np.uint8), alpha]))
    target = io.BytesIO()
    image.save(target, "PNG", exif=exif(6))
    turned = decode(target.getvalue()).alpha
    assert turned is not None
    assert turned.shape == (64, 32)
    assert turned[0, -1] == 0
    assert turned[0, 0] == 255


def broken_exif_blocks() -> list[bytes]:
    return [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 40, b"Exif\0\0" + exif(6)[6:20]]


@pytest.mark.parametrize("block", broken_exif_blocks())
def test_broken_exif_leaves_the_picture_as_stored(block: bytes) -> None:
    data = saved(scene(), "JPEG")
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    assert decode(data[:2] + segment + data[2:]).pixels.shape == scene().shape


def cmyk_jpeg(color: tuple[int, int, int, int]) -> bytes:
    target = io.BytesIO()
    Image.new("CMYK", (32, 32), color).save(target, "JPEG", quality=100)
    return target.getvalue()


@pytest.mark.parametrize(
    ("cmyk", "rgb"),
    [((0, 0, 0, 0), (255, 255, 255)), ((0, 255, 255, 0), (255, 0, 0)), ((255, 255, 0, 0), (0, 0, 255)), ((0, 0, 0, 255), (0, 0, 0))],
)
def test_cmyk_jpeg_has_the_right_colors(cmyk: tuple[int, int, int, int], rgb: tuple[int, int, int]) -> None:
    picture = decode(cmyk_jpeg(cmyk))
    assert np.allclose(picture.pixels[16, 16], rgb, atol=3)


def linear_profile() -> bytes:
    """The sRGB profile under another name and with a gamma of 1, so that ignoring it shows."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    text = bytes(profile).find("sRGB".encode("utf-16-be"))
    while text >= 0:
        profile[text : text + 8] = "Test".encode("utf-16-be")
        text = bytes(profile).find("sRGB".encode("utf-16-be"))
    curve = bytes(profile).find(b"para")
    while curve >= 0:
        profile[curve + 8 : curve + 10] = b"\0\0"  # function type 0: y = x^g, g follows as s15Fixed16
        profile[curve + 12 : curve + 16] = (0x00010000).to_bytes(4, "big")
        curve = bytes(profile).find(b"para", curve + 4)
    return bytes(profile)


@pytest.mark.parametrize("pillow_format", ["PNG", "JPEG", "WEBP"])
def test_an_embedded_profile_is_converted_to_srgb(pillow_format: str) -> None:
    gray = np.full((32, 32, 3), 55, np.uint8)  # 55 of 255 of linear light is 128 in sRGB
    picture = decode(saved(gray, pillow_format, icc_profile=linear_profile(), quality=95))
    assert np.allclose(picture.pixels[16, 16], 128, atol=3)


def test_srgb_and_broken_profiles_change_nothing() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"no profile at all", srgb[:200]):
        assert np.array_equal(decode(saved(scene(), "PNG", icc_profile=profile)).pixels, scene())


def test_jpeg_quantization_is_that_of_luma_in_file_order() -> None:
    data = saved(scene(), "JPEG", quality=75)
    table = data.index(b"\xff\xdb")
    assert decode(data).quantization == tuple(data[table + 5 : table + 69])
    assert decode(saved(scene(), "PNG")).quantization is None


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", "4:1:1"])
def test_every_chroma_subsampling_decodes(subsampling: str) -> None:
    assert decode(saved(scene(50, 70), "JPEG", subsampling=subsampling)).pixels.shape == (50, 70, 3)


def test_restart_markers_are_part_of_the_pixels() -> None:
    data = saved(scene(64, 64), "JPEG", restart_marker_blocks=2)
    assert b"\xff\xd0" in data
    assert decode(data).pixels.shape == (64, 64, 3)


def test_a_second_picture_inside_a_jpeg_is_ignored() -> None:
    target = io.BytesIO()
    Image.fromarray(scene()).save(target, "MPO", save_all=True, append_images=[Image.new("RGB", (32, 32))])
    assert decode(target.getvalue()).pixels.shape == scene().shape


def test_metadata_chunks_do_not_matter() -> None:
    noisy = png_with(chunk(b"tEXt", b"Title\0secret") + chunk(b"gAMA", b"\0\0\xb1\x8f") + chunk(b"eXIf", b"II") + chunk(b"iTXt", b"\0\1\2"))
    assert np.array_equal(decode(noisy).pixels, scene())


async def test_the_event_loop_stays_free_while_pictures_are_decoded() -> None:
    large = saved(np.tile(scene(500, 500), (6, 6, 1)), "JPEG", quality=95)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    watcher = asyncio.create_task(watch())
    started = time.perf_counter()
    pictures = await asyncio.gather(*(decode_async(large) for _ in range(4)))
    took = time.perf_counter() - started
    watcher.cancel()
    assert all(picture.pixels.shape == (3000, 3000, 3) for picture in pictures)
    assert longest < max(0.2, took / 2)


async def test_a_caller_who_leaves_takes_his_waiting_work_with_him() -> None:
    large = saved(np.tile(scene(500, 500), (6, 6, 1)), "PNG", compress_level=1)
    waiting = [asyncio.create_task(decode_async(large)) for _ in range(40)]
    await asyncio.sleep(0.05)
    started = time.perf_counter()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await decode_async(saved(scene(), "PNG"))
    assert time.perf_counter() - started < 10
