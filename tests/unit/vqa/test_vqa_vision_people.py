from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data
from vqa_figures import BLACK, PAPER, RED, Rgb, busy_wall, draw_figure, small_astronaut, small_coffee, stand

NOT_DRAWN: Rgb = (1, 2, 3)


def test_the_astronauts_face_is_found_where_it_is(ask):
    answers = ask(small_astronaut(), "face_count", "people_count", "company", "other_people", "resolution")
    assert answers["face_count"].value == answers["people_count"].value == "1"
    assert (answers["company"].value, answers["other_people"].value) == ("alone", "0")
    (box,) = answers["face_count"].boxes
    assert box.x < 112 < box.x + box.width
    assert box.y < 57 < box.y + box.height
    assert 35 < box.width < 65
    assert "face" in answers["resolution"].text


def test_a_face_on_a_badge_is_nobody(ask):
    astronaut = data.astronaut()
    astronaut[350:400, 200:250] = cv2.resize(astronaut[60:190, 160:290], (50, 50), interpolation=cv2.INTER_AREA)
    assert ask(astronaut, "face_count")["face_count"].value == "1"


def test_faces_side_by_side_are_people_together(ask):
    astronaut = small_astronaut()
    answers = ask(np.hstack([astronaut, astronaut[:, ::-1]]), "face_count", "people_count", "company", "other_people")
    assert answers["face_count"].value == "2"
    assert answers["company"].value == "with others"
    assert answers["other_people"].value == "1"


@pytest.mark.parametrize("plain", [True, False])
def test_standing_people_are_counted_before_any_background(ask, plain):
    scene = np.full((480, 720, 3), PAPER, np.uint8) if plain else busy_wall((720, 480))
    for left, upper in ((60, RED), (420, (38, 84, 176))):
        stand(scene, draw_figure(upper, BLACK, background=NOT_DRAWN, size=(220, 420), outline=False), NOT_DRAWN, left, 30)
    answers = ask(scene, "people_count", "company", "other_people")
    assert answers["people_count"].value == "2"
    assert len(answers["people_count"].boxes) == 2
    assert answers["company"].text == "seen with others"


@pytest.mark.parametrize("shape", ["bottle", "pole", "ball", "house"])
def test_a_thing_before_a_plain_background_is_no_person(ask, shape):
    image = np.full((640, 480, 3), PAPER, np.uint8)
    if shape == "bottle":
        cv2.rectangle(image, (215, 40), (265, 200), (30, 90, 50), -1)
        cv2.rectangle(image, (160, 200), (320, 600), (30, 90, 50), -1)
    elif shape == "pole":
        cv2.rectangle(image, (225, 30), (255, 610), (90, 90, 90), -1)
    elif shape == "ball":
        cv2.circle(image, (240, 320), 220, (232, 118, 32), -1)
    else:
        cv2.rectangle(image, (60, 250), (420, 600), (170, 120, 90), -1)
        cv2.fillPoly(image, [np.array([(40, 250), (440, 250), (240, 60)], np.int32)], (120, 40, 30))
    answers = ask(image, "people_count", "company", "upper_color")
    assert answers["people_count"].value == "0"
    assert not answers["company"].known
    assert not answers["upper_color"].known


def test_nobody_found_is_a_doubtful_zero(ask):
    answer = ask(small_coffee(), "people_count")["people_count"]
    assert (answer.value, answer.boxes) == ("0", ())
    assert answer.confidence is not None
    assert answer.confidence <= 0.3


def test_a_person_facing_the_light_from_behind_is_backlit(ask):
    astronaut = small_astronaut().astype(np.float32)
    away = np.hypot(*(np.mgrid[0:256, 0:256] - np.array([57, 112])[:, None, None])) / 55
    glow = np.clip(away - 0.6, 0, 1)[..., None]
    behind = (astronaut * 0.35 * (1 - glow) + 245 * glow).astype(np.uint8)
    assert "backlit" in ask(behind, "lighting")["lighting"].value
    assert "backlit" not in ask(small_astronaut(), "lighting")["lighting"].value
