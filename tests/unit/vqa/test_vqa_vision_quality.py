from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from matplotlib import cbook
from PIL import Image
from skimage import data
from vqa_figures import BLACK, RED, busy_wall, draw_figure, small_coffee, stand

from services.common.picture import Picture
from services.vqa.backends.vision.quality import blockiness, blur_width, jpeg_quality, laplacian_variance, noise_level, tiles

GRADES = {
    "sharpness": ["sharp", "slightly soft", "blurred", "very blurred"],
    "noise": ["low", "some", "high", "very high"],
    "compression": ["none", "light", "visible", "strong"],
}

PICTURES = {"astronaut": data.astronaut, "coffee": data.coffee, "figure": lambda: draw_figure(RED, BLACK)}


@pytest.fixture(params=PICTURES)
def image(request) -> np.ndarray:
    return np.asarray(PICTURES[request.param]())


def blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma)) if sigma else image


def noisy(image: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sigma, image.shape[:2])[..., None]
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))


def test_the_measured_blur_grows_with_the_blur(image):
    measured = [tiles(blurred(image, sigma)) for sigma in (0, 1, 2, 3, 4, 6)]
    widths = [blur_width(tile) or 0.0 for tile in measured]
    assert widths == sorted(widths)
    assert all(later > earlier + 0.2 for earlier, later in pairwise(widths))
    sharpness = [laplacian_variance(tile) for tile in measured]
    assert sharpness == sorted(sharpness, reverse=True)


@pytest.mark.parametrize("sigma", [1.5, 2.5, 4.0])
def test_the_blur_of_a_lone_edge_is_measured_in_pixels(sigma):
    step = np.zeros((256, 256, 3), np.uint8)
    step[:, 128:] = 200
    assert blur_width(tiles(blurred(step, sigma))) == pytest.approx(sigma, rel=0.12)


def test_noise_does_not_pass_for_sharpness(image):
    soft = blurred(image, 3)
    assert blur_width(tiles(noisy(soft, 4))) == pytest.approx(blur_width(tiles(soft)), abs=0.8)


@pytest.mark.parametrize("sigma", [5.0, 10.0, 20.0])
def test_noise_is_measured_in_grey_levels(image, sigma):
    assert noise_level(tiles(noisy(image, sigma))) == pytest.approx(sigma, rel=0.25)


def test_a_clean_drawing_has_no_noise():
    assert noise_level(tiles(draw_figure(RED, BLACK))) == pytest.approx(0.0, abs=0.05)


def test_blocks_grow_with_compression_even_when_cropped_off_their_grid(image):
    for crop in (0, 3):
        steps = [blockiness(tiles(jpeg(image, quality)[crop:, crop:])) or 0.0 for quality in (60, 40, 20, 10, 5)]
        assert steps == sorted(steps)
        assert steps[0] > (blockiness(tiles(image)) or 0.0)


@pytest.mark.parametrize("quality", [1, 5, 10, 30, 50, 75, 90, 98])
def test_the_quality_setting_is_read_off_the_quantization_table(tmp_path, quality):
    path = tmp_path / "picture.jpg"
    Image.fromarray(data.astronaut()).save(path, quality=quality)
    with Image.open(path) as saved:
        assert jpeg_quality(saved.quantization[0]) == pytest.approx(quality, abs=1)


def test_words_follow_the_measurements(ask):
    astronaut = data.astronaut()[:300, 80:380]
    answers = {
        "sharpness": [blurred(astronaut, 0), blurred(astronaut, 1.5), blurred(astronaut, 3), blurred(astronaut, 6)],
        "noise": [noisy(astronaut, 0), noisy(astronaut, 4), noisy(astronaut, 9), noisy(astronaut, 20)],
        "compression": [astronaut, jpeg(astronaut, 75), jpeg(astronaut, 40), jpeg(astronaut, 8)],
    }
    for topic, images in answers.items():
        assert [ask(image, topic)[topic].value for image in images] == GRADES[topic]


def test_the_table_of_the_file_outweighs_what_is_seen(ask, tmp_path):
    path = tmp_path / "picture.jpg"
    Image.fromarray(data.astronaut()).save(path, quality=20)
    with Image.open(path) as saved:
        table, pixels = tuple(saved.quantization[0]), np.asarray(saved)
    with_table = ask(Picture(pixels=pixels, quantization=table), "compression")["compression"]
    without = ask(pixels, "compression")["compression"]
    assert with_table.value == "strong"
    assert "quality 20" in with_table.method
    assert (with_table.confidence or 0) > (without.confidence or 0)


def test_resolution_is_counted(ask):
    answer = ask(small_coffee(), "resolution", language="ko")["resolution"]
    assert (answer.value, answer.text, answer.confidence) == ("300x200", "300×200화소", 1.0)


def test_a_portrait_is_a_face_photo(ask):
    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as portrait:
        answer = ask(np.asarray(portrait.convert("RGB")), "image_kind")["image_kind"]
    assert answer.value == "face"


def test_a_noisy_grey_frame_with_a_small_person_is_a_cctv_frame(ask):
    scene = busy_wall((640, 480))
    stand(scene, draw_figure(RED, BLACK, background=(1, 2, 3), size=(120, 240), outline=False), (1, 2, 3), 250, 150)
    frame = jpeg(noisy(cv2.cvtColor(cv2.cvtColor(scene, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), 12), 30)
    answer = ask(frame, "image_kind")["image_kind"]
    assert answer.value == "cctv"
    assert "grey (infrared)" in answer.method


def test_a_sharp_color_photo_is_an_everyday_photo(ask):
    assert ask(small_coffee(), "image_kind")["image_kind"].value == "everyday"


def test_noise_that_jpeg_has_smeared_is_still_seen():
    clean = jpeg(draw_figure(RED, BLACK), 35)
    grainy = jpeg(noisy(draw_figure(RED, BLACK), 8), 35)
    assert noise_level(tiles(clean)) == pytest.approx(0.0, abs=0.05)
    assert 2.5 < (noise_level(tiles(grainy)) or 0.0) < 8


def test_drawn_bars_do_not_hide_the_noise_between_them():
    frame = noisy(np.full((480, 640, 3), 120, np.uint8), 8)
    frame[:100] = frame[-100:] = 40
    assert noise_level(tiles(frame)) == pytest.approx(8.0, rel=0.15)
