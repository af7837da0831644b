from __future__ import annotations

import numpy as np
import pytest
from vqa_figures import small_astronaut

from services.common.colors import rgb_to_lab
from services.common.picture import Box
from services.vqa.backends.vision.faces import FaceHit
from services.vqa.backends.vision.own_colors import chest_colors
from services.vqa.backends.vision.people import Evidence, Person

WALL, COAT, COUNTER = (120, 120, 116), (38, 84, 176), (150, 120, 70)
FACE = FaceHit(box=Box(x=280, y=60, width=40, height=40), confidence=0.6, profile=False)
PERSON = Person(box=Box(x=248, y=50, width=104, height=360), confidence=0.6, evidence=Evidence.FACE, face=FACE)


def lab_of(*areas: tuple[tuple[int, int, int], slice, slice], width: int = 600) -> np.ndarray:
    """A wall with areas of a color: rows, columns."""
    image = np.full((400, width, 3), WALL, np.uint8)
    for color, rows, columns in areas:
        image[rows, columns] = color
    return rgb_to_lab(image).reshape(image.shape)


def colors_of(pixels: np.ndarray) -> list[str]:
    """Which of the colors drawn are there."""
    drawn = {"wall": WALL, "coat": COAT, "counter": COUNTER}
    table = rgb_to_lab(np.array(list(drawn.values()), np.uint8))
    nearest = np.linalg.norm(pixels[:, None] - table, axis=2)
    return sorted({list(drawn)[index] for index in nearest.argmin(axis=1)[nearest.min(axis=1) < 8]})


def test_a_counter_and_the_wall_beside_the_body_are_left_out():
    chest = chest_colors(lab_of((COAT, slice(105, 400), slice(255, 345)), (COUNTER, slice(150, 400), slice(0, 600))), PERSON)
    assert chest.differs
    assert colors_of(chest.pixels) == ["coat"]
    assert chest.box.y + chest.box.height <= 165
    assert chest.certainty(0.6) > 0.6


def test_a_coat_in_the_color_of_the_wall_is_kept_and_believed_less():
    chest = chest_colors(lab_of((COAT, slice(100, 140), slice(292, 308))), PERSON)
    assert chest.differs is False
    assert "wall" in colors_of(chest.pixels)
    assert chest.certainty(0.6) < 0.6


def test_a_face_that_fills_the_picture_leaves_nothing_to_compare_with():
    narrow = Person(
        box=Box(x=8, y=50, width=104, height=360),
        confidence=0.6,
        evidence=Evidence.FACE,
        face=FaceHit(box=Box(x=40, y=60, width=40, height=40), confidence=0.6, profile=False),
    )
    chest = chest_colors(lab_of((COAT, slice(105, 400), slice(0, 120)), width=120), narrow)
    assert chest.differs is None
    assert colors_of(chest.pixels) == ["coat"]
    assert chest.certainty(0.6) == 0.6


def test_a_body_below_the_picture_has_no_chest():
    assert len(chest_colors(lab_of()[:105], PERSON).pixels) == 0


@pytest.mark.parametrize("counter", [(168, 150, 124), (60, 60, 64), (235, 235, 230)], ids=["wood", "steel", "white"])
def test_the_suit_above_a_counter_is_named_and_not_the_counter(ask, counter):
    astronaut = small_astronaut()
    scene = np.full((330, 620, 3), (96, 104, 112), np.uint8)
    scene[40:206, 170:426] = np.where(_outside(astronaut)[:166, :, None], scene[40:206, 170:426], astronaut[:166])
    scene[206:] = counter
    answer = ask(scene, "upper_color")["upper_color"]
    assert answer.value == "orange"
    assert "not beside it" in answer.method


def _outside(astronaut: np.ndarray) -> np.ndarray:
    """What of the portrait is neither her head nor her suit, by columns."""
    rows, columns = np.mgrid[0:256, 0:256]
    return np.abs(columns - 100 - 10 * (rows < 90)) > np.where(rows < 90, 40, 78)
