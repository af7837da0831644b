from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data
from vqa_figures import BLACK, RED, Rgb, busy_wall, draw_figure, small_coffee, stand

from services.common.colors import BY_KEY, COLORS

NOT_DRAWN: Rgb = (1, 2, 3)


@pytest.mark.parametrize("index", range(len(COLORS)), ids=lambda index: COLORS[index].key)
def test_every_named_color_is_read_off_the_clothes_it_was_drawn_with(ask, index):
    upper, lower = COLORS[index], COLORS[(index + 7) % len(COLORS)]
    background = ((255, 255, 255), (200, 214, 226), (150, 140, 128))[index % 3]
    answers = ask(draw_figure(upper.rgb, lower.rgb, background=background, size=(270, 360)), "upper_color", "lower_color")
    assert (answers["upper_color"].value, answers["lower_color"].value) == (upper.key, lower.key)


@pytest.mark.parametrize(("size", "fill"), [((240, 320), 0.95), ((768, 1024), 0.85), ((1200, 1600), 0.95)], ids=str)
def test_a_figure_is_read_at_any_size_that_it_fills_the_picture_with(ask, size, fill):
    answers = ask(draw_figure(RED, BLACK, size=size, fill=fill), "clothing", "people_count", "company")
    assert answers["clothing"].value == "red top, black bottom"
    assert answers["people_count"].value == "1"
    assert answers["company"].value == "alone"


def test_clothes_in_the_color_of_the_paper_are_read_without_any_outline_around_them(ask):
    answers = ask(draw_figure((242, 242, 240), BLACK, background=(244, 244, 244), outline=False), "upper_color", "lower_color")
    assert (answers["upper_color"].value, answers["lower_color"].value) == ("white", "black")


def test_a_jpeg_of_a_figure_reads_like_the_drawing(ask):
    encoded = cv2.imencode(".jpg", draw_figure(BY_KEY["navy"].rgb, BY_KEY["beige"].rgb)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    answer = ask(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1].copy(), "clothing")["clothing"]
    assert answer.value == "navy top, beige bottom"


def test_clothes_are_read_before_a_busy_background(ask):
    scene = busy_wall((640, 480))
    stand(
        scene,
        draw_figure(BY_KEY["yellow"].rgb, BY_KEY["navy"].rgb, background=NOT_DRAWN, size=(220, 400), outline=False),
        NOT_DRAWN,
        220,
        40,
    )
    answers = ask(scene, "clothing", "people_count")
    assert answers["clothing"].value == "yellow top, navy bottom"
    assert answers["people_count"].value == "1"


def test_the_answer_reads_as_korean_by_default_and_english_on_request(ask):
    figure = draw_figure(RED, BLACK)
    korean, english = ask(figure, "clothing", "upper_color", language="ko"), ask(figure, "clothing", "upper_color", language="en")
    assert korean["clothing"].text == "빨간색 상의, 검은색 하의"
    assert english["clothing"].text == "red top, black bottom"
    assert korean["upper_color"].text == "빨간색"
    assert korean["clothing"].value == english["clothing"].value == "red top, black bottom"
    assert "CIELAB 거리" in korean["upper_color"].method
    assert "distance in CIELAB" in english["upper_color"].method


def test_the_boxes_of_the_clothes_lie_on_the_clothes(ask):
    figure = draw_figure(RED, BLACK, size=(480, 640))
    for topic, rgb in (("upper_color", RED), ("lower_color", BLACK)):
        (box,) = ask(figure, topic)[topic].boxes
        inside = figure[int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width)]
        assert (inside == rgb).all(axis=2).mean() > 0.9


@pytest.mark.parametrize("key", ["black", "brown", "yellow", "red", "gray", "white"])
def test_hair_is_named_by_its_color(ask, key):
    assert ask(draw_figure(BLACK, BLACK, hair=BY_KEY[key].rgb, background=(200, 214, 226)), "hair_color")["hair_color"].value == key


def test_a_bald_head_has_no_hair_color(ask):
    answer = ask(draw_figure(RED, BLACK, hair=(224, 180, 150)), "hair_color")["hair_color"]
    assert not answer.known
    assert "skin" in answer.method


def test_the_astronauts_suit_is_orange_and_her_trousers_are_out_of_the_picture(ask):
    answers = ask(data.astronaut(), "upper_color", "lower_color", "clothing", "hair_color")
    assert answers["upper_color"].value == "orange"
    assert not answers["lower_color"].known
    assert answers["clothing"].value == "orange top"
    assert "could not be measured" in answers["clothing"].method
    assert answers["hair_color"].value in {"beige", "brown"}


def test_a_grey_picture_tells_dark_from_light_and_no_color(ask):
    figure = draw_figure(BY_KEY["yellow"].rgb, BY_KEY["navy"].rgb, background=(128, 128, 128))
    grey = cv2.cvtColor(cv2.cvtColor(figure, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    answers = ask(grey, "clothing", "upper_color", "hair_color", language="ko")
    assert answers["clothing"].value == "light top, dark bottom"
    assert answers["upper_color"].text == "밝은 색"
    assert answers["hair_color"].value == "dark"
    assert "흑백" in answers["upper_color"].method


def test_colors_are_believed_less_the_darker_the_picture(ask):
    figure = draw_figure(BY_KEY["red"].rgb, BY_KEY["blue"].rgb)
    trust = [ask((figure * light).astype(np.uint8), "upper_color")["upper_color"].confidence or 0.0 for light in (1.0, 0.3, 0.15)]
    assert trust == sorted(trust, reverse=True)
    assert trust[0] > trust[-1] + 0.3


def test_without_a_person_there_are_no_clothes(ask):
    answers = ask(small_coffee(), "clothing", "upper_color", "lower_color", "hair_color")
    assert not any(answer.known for answer in answers.values())
    assert all("No person" in answer.method for answer in answers.values())
