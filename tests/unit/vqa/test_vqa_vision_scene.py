from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data
from vqa_figures import BLACK, RED, busy_wall, draw_figure, small_coffee


def landscape(sky: tuple[int, int, int] = (120, 175, 230)) -> np.ndarray:
    image = busy_wall((640, 480), seed=1) // 3 + np.array([60, 60, 60], np.uint8)
    image[:200] = np.array(sky) + np.linspace(-10, 10, 200)[:, None, None]
    return np.clip(image, 0, 255).astype(np.uint8)


def meadow() -> np.ndarray:
    random = np.random.default_rng(2)
    texture = cv2.GaussianBlur(random.normal(0, 60, (480, 640, 1)), (0, 0), 1.5)[..., None]
    return np.clip(np.array([70, 120, 45]) + texture * 3, 0, 255).astype(np.uint8)


def street_at_night(lamps: int) -> np.ndarray:
    image = busy_wall((640, 480), seed=3) // 12 + np.uint8(4)
    for index in range(lamps):
        cv2.circle(image, (80 + 120 * index, 100), 9, (255, 250, 220), -1)
    return image


def test_a_blue_sky_means_outdoors_by_day(ask):
    answers = ask(landscape(), "location_type", "time_of_day")
    assert (answers["location_type"].value, answers["time_of_day"].value) == ("outdoors", "day")
    assert (answers["time_of_day"].confidence or 0) > 0.7


def test_plants_mean_outdoors(ask):
    assert ask(meadow(), "location_type")["location_type"].value == "outdoors"


@pytest.mark.parametrize("wall", [(120, 175, 230), (60, 150, 70)], ids=["blue", "green"])
def test_a_painted_wall_is_neither_sky_nor_meadow(ask, wall):
    answers = ask(draw_figure(RED, BLACK, background=wall), "location_type", "time_of_day")
    assert not answers["location_type"].known
    assert not answers["time_of_day"].known


def test_without_sky_and_plants_the_place_is_unknown(ask):
    answer = ask(small_coffee(), "location_type", language="ko")["location_type"]
    assert (answer.known, answer.text) == (False, "알 수 없음")
    assert "실내라고 할 수는 없습니다" in answer.method


def test_darkness_means_night_and_lamps_make_it_surer(ask):
    dark, lit = (ask(street_at_night(lamps), "time_of_day")["time_of_day"] for lamps in (0, 5))
    assert dark.value == lit.value == "night"
    assert (lit.confidence or 0) > (dark.confidence or 0)


def test_a_portrait_before_a_blue_backdrop_tells_no_time(ask):
    answers = ask(cv2.resize(data.astronaut()[:200, 120:330], (420, 400)), "time_of_day", "location_type")
    assert not answers["time_of_day"].known
    assert not answers["location_type"].known


@pytest.mark.parametrize(("gain", "expected"), [(1.6, "bright"), (1.0, "moderate"), (0.5, "dim"), (0.2, "dark")])
def test_lighting_follows_the_light(ask, gain, expected):
    image = np.clip(small_coffee() * gain * 1.1, 0, 255).astype(np.uint8)
    assert ask(image, "lighting")["lighting"].value.split(", ")[0] == expected


def test_light_from_one_side_is_uneven(ask):
    wall = busy_wall((640, 480), seed=4) // 4 + np.uint8(140)
    lit = (wall * np.linspace(0.1, 1.0, 640)[None, :, None]).astype(np.uint8)
    assert ask(wall, "lighting")["lighting"].value.endswith("even")
    assert "uneven" not in ask(wall, "lighting")["lighting"].value
    assert "uneven" in ask(lit, "lighting")["lighting"].value


def test_dark_trousers_before_a_plain_wall_are_no_shadow(ask):
    assert ask(draw_figure(BLACK, BLACK), "lighting")["lighting"].value == "bright, even"
