"""Encoding, thumbnails, the AI label and comparison strips."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from image_files import exif, saved, scene
from PIL import Image
from skimage.data import astronaut

from services.common.imaging import MEDIA_TYPES, compose_row, decode, encode, encode_async, flatten, label, thumbnail
from services.common.picture import Picture


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_what_is_encoded_decodes_to_the_same_picture(media_type: str) -> None:
    decoded = decode(encode(astronaut(), media_type))
    assert decoded.media_type == media_type
    assert np.abs(decoded.pixels.astype(int) - astronaut()).mean() < (1e-9 if media_type == "image/png" else 2.5)


@pytest.mark.parametrize("media_type", ["image/png", "image/webp"])
def test_transparency_is_encoded(media_type: str) -> None:
    alpha = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    decoded = decode(encode(scene(), media_type, alpha=alpha, quality=100))
    assert np.array_equal(decoded.alpha, alpha)
    assert np.array_equal(decoded.pixels, scene())


def test_gray_is_encoded_as_gray() -> None:
    assert decode(encode(scene()[..., 0])).was_grey


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("pillow_format", ["PNG", "JPEG", "WEBP"])
def test_no_metadata_survives(pillow_format: str, media_type: str) -> None:
    original = saved(scene(), pillow_format, exif=exif(6))
    assert b"SECRET-CAMERA" in original
    encoded = encode(decode(original).pixels, media_type)
    assert b"SECRET-CAMERA" not in encoded
    assert b"Exif" not in encoded
    assert b"eXIf" not in encoded


@pytest.mark.parametrize(
    ("pixels", "options", "wrong"),
    [
        (scene().astype(float), {}, "uint8"),
        (scene()[..., :2], {}, "H×W×3"),
        (scene()[:0], {}, "H×W×3"),
        (scene(), {"media_type": "image/gif"}, "image/gif"),
        (scene(), {"media_type": "image/jpeg", "alpha": scene()[..., 0]}, "transparency"),
        (scene(), {"alpha": scene(16, 16)[..., 0]}, "alpha"),
        (scene(), {"quality": 101}, "quality"),
    ],
)
def test_what_cannot_be_encoded_is_named(pixels: np.ndarray, options: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        encode(pixels, **options)


async def test_encoding_off_the_loop_gives_the_same_bytes() -> None:
    assert await encode_async(scene()) == encode(scene())


def test_a_thumbnail_keeps_proportions_and_never_enlarges() -> None:
    assert thumbnail(scene(300, 600), 128).shape == (64, 128, 3)
    assert thumbnail(scene(600, 300), 128).shape == (128, 64, 3)
    assert thumbnail(scene(20, 30), 128).shape == (20, 30, 3)
    assert thumbnail(scene(16, 5000), 100).shape == (1, 100, 3)
    with pytest.raises(ValueError, match="max_side"):
        thumbnail(scene(), 0)


def test_transparency_is_laid_on_white() -> None:
    alpha = np.array([[0, 255], [128, 255]], np.uint8)
    flat = flatten(Picture(pixels=np.zeros((2, 2, 3), np.uint8), alpha=alpha))
    assert flat[..., 0].tolist() == [[255, 0], [127, 0]]


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("shape", [(512, 512), (1080, 1920), (2000, 300), (64, 64)])
def test_the_label_is_legible_on_any_shade_and_only_in_its_corner(shade: int, shape: tuple[int, int]) -> None:
    pixels = np.full((*shape, 3), shade, np.uint8)
    labelled = label(pixels)
    assert (pixels == shade).all()
    assert labelled.shape == pixels.shape
    rows, columns = np.nonzero((labelled != shade).any(axis=-1)) if shade != 0 else np.nonzero(labelled.any(axis=-1))
    corner = labelled[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert corner.max() > 240
    assert corner.min() < 100
    assert rows.min() >= shape[0] // 2
    assert rows.max() - rows.min() >= 8
    assert rows.max() - rows.min() <= max(30, min(shape) // 8)


def test_the_label_is_in_korean_not_in_missing_glyph_boxes() -> None:
    gray = np.full((400, 400, 3), 90, np.uint8)
    assert not np.array_equal(label(gray, "AI 생성"), label(gray, "AI 합성"))


@pytest.mark.parametrize("shape", [(16, 16), (16, 2000), (2000, 16)])
def test_even_the_smallest_picture_takes_a_label(shape: tuple[int, int]) -> None:
    gray = np.full((*shape, 3), 90, np.uint8)
    assert not np.array_equal(label(gray), gray)


def test_lettering_does_not_import_matplotlib() -> None:
    code = (
        "import sys, numpy; from services.common.imaging import label; label(numpy.zeros((99, 99, 3), 'uint8'));"
        "sys.exit(int('matplotlib' in sys.modules or 'koreanize_matplotlib' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_row_shows_each_picture_in_its_own_proportions() -> None:
    wide, tall = np.zeros((100, 200, 3), np.uint8), np.zeros((200, 100, 3), np.uint8)
    row = compose_row([wide, Picture(pixels=tall)], 120)
    assert row.shape == (120, 240 + 8 + 60, 3)
    assert (row[:, 240:248] == 255).all()
    assert (row[:, :240] == 0).all()
    assert (row[:, 248:] == 0).all()


def test_captions_stand_below_their_pictures_and_stay_within_them() -> None:
    black = np.zeros((100, 100, 3), np.uint8)
    row = compose_row([black, black, black], 100, ["원본", "아주 긴 설명이라서 사진보다 넓은 글", ""])
    captions = row[100:]
    assert captions.shape[0] > 12
    inked = np.flatnonzero((captions < 128).any(axis=(0, 2)))
    assert ((inked < 100) | ((inked >= 108) & (inked < 208))).all()
    assert (inked < 100).any()
    assert (inked >= 108).any()


def test_rows_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        compose_row([], 100)
    with pytest.raises(ValueError, match="captions"):
        compose_row([scene()], 100, ["원본", "결과"])
    with pytest.raises(ValueError, match="too large"):
        compose_row([scene(16, 60_000)], 2000)


def test_encoded_files_are_ordinary_files_to_other_readers(tmp_path) -> None:
    for media_type in MEDIA_TYPES:
        file = tmp_path / media_type.replace("/", ".")
        file.write_bytes(encode(scene(), media_type))
        with Image.open(file) as image:
            assert image.size == (64, 48)
            assert not image.getexif()
