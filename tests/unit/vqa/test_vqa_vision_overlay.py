from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data
from vqa_figures import BLACK, RED, busy_wall, draw_figure, small_coffee

from services.vqa.backends.vision.overlay import find_overlay, free_rows

DATE = "2031-05-06 07:08:09"


def written(image: np.ndarray, text: str, x: int, baseline: int, scale: float = 0.5, stroke: int = 1) -> np.ndarray:
    result = image.copy()
    for color, thickness in ((0, 3 * stroke), (240, stroke)):
        cv2.putText(result, text, (x, baseline), cv2.FONT_HERSHEY_SIMPLEX, scale, (color,) * 3, thickness, cv2.LINE_AA)
    return result


@pytest.mark.parametrize(
    ("size", "x", "baseline", "scale", "stroke"),
    [((640, 360), 450, 20, 0.5, 1), ((640, 480), 10, 470, 0.5, 1), ((1920, 1080), 40, 60, 1.4, 3), ((3840, 2160), 2400, 2110, 2.8, 6)],
    ids=str,
)
def test_a_date_along_a_border_is_found_where_it_was_written(size, x, baseline, scale, stroke):
    (box,) = find_overlay(written(cv2.resize(data.coffee(), size), DATE, x, baseline, scale, stroke))
    (width, height), _ = cv2.getTextSize(DATE, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
    assert (box.x, box.y) == pytest.approx((x, baseline - height), abs=0.6 * height)
    assert (box.width, box.height) == pytest.approx((width, height), rel=0.3)


@pytest.mark.parametrize(
    "image",
    [data.astronaut(), data.coffee(), data.cat(), busy_wall((640, 480)), draw_figure(RED, BLACK), np.zeros((5, 5, 3), np.uint8)],
    ids=["astronaut", "coffee", "cat", "gravel", "figure", "tiny"],
)
def test_pictures_without_writing_have_no_overlay(image):
    assert find_overlay(image) == []


def test_noise_hides_no_letters_and_makes_none():
    wall = np.full((480, 640, 3), 70, np.uint8)
    noise = np.random.default_rng(0).normal(0, 12, wall.shape)
    assert find_overlay(np.clip(wall + noise, 0, 255).astype(np.uint8)) == []
    assert len(find_overlay(np.clip(written(wall, DATE, 20, 30) + noise, 0, 255).astype(np.uint8))) == 1


def test_writing_in_the_middle_of_a_picture_is_part_of_what_was_seen():
    assert find_overlay(written(cv2.resize(data.coffee(), (640, 480)), DATE, 100, 240)) == []


def test_rows_are_measured_between_upper_and_lower_overlays():
    image = written(written(np.full((480, 640, 3), 70, np.uint8), DATE, 20, 30), DATE, 20, 465)
    rows = free_rows(480, find_overlay(image))
    assert rows.start % 8 == 0
    assert (image[rows] == 70).all()
    assert len(image[rows]) > 380


def test_the_letters_of_a_camera_decide_neither_sharpness_nor_noise(ask):
    soft = cv2.GaussianBlur(cv2.resize(small_coffee(), (640, 480)), (0, 0), 3)
    plain, dated = (ask(image, "sharpness", "noise") for image in (soft, written(soft, DATE, 20, 30)))
    assert plain["sharpness"].value == dated["sharpness"].value == "blurred"
    assert plain["noise"].value == dated["noise"].value == "low"
