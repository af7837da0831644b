"""What `composite` draws is what `vision` reads: the two services mean the same by a color's name."""

from __future__ import annotations

import numpy as np
import pytest

from services.common.picture import Picture
from services.diffusion.backend import DiffusionBackend, GenerateTask, Subject
from services.vqa.backend import Answer, AnswerTask, Question, VqaBackend
from tests.default_models import make

SIZE = (384, 512)  # width and height, pixels

OUTFITS = {
    "red jacket, black trousers": {"upper_color": "red", "upper_type": "jacket", "lower_color": "black", "lower_type": "trousers"},
    "white shirt, navy jeans": {"upper_color": "white", "upper_type": "shirt", "lower_color": "navy", "lower_type": "jeans"},
    "yellow padded jacket, gray skirt": {
        "upper_color": "yellow",
        "upper_type": "padded jacket",
        "lower_color": "gray",
        "lower_type": "skirt",
    },
    "dark green coat, blue jeans": {
        "upper_color": "dark green",
        "upper_type": "coat",
        "lower_color": "blue",
        "lower_type": "jeans",
    },
    "navy coat, dark gray trousers": {"upper_color": "navy", "upper_type": "coat", "lower_color": "dark gray", "lower_type": "trousers"},
    "sky blue t-shirt, brown shorts": {"upper_color": "sky blue", "upper_type": "t-shirt", "lower_color": "brown", "lower_type": "shorts"},
    "purple hoodie, blue jeans": {"upper_color": "purple", "upper_type": "hoodie", "lower_color": "blue", "lower_type": "jeans"},
    "pink sweater, burgundy skirt": {"upper_color": "pink", "upper_type": "sweater", "lower_color": "burgundy", "lower_type": "skirt"},
}


class Silence:
    """Listens to no progress."""

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        """Take the report."""


@pytest.fixture(scope="module")
def composite() -> DiffusionBackend:
    backend = make("diffusion")
    backend.load()
    return backend


@pytest.fixture(scope="module")
def vision() -> VqaBackend:
    backend = make("vqa")
    backend.load()
    return backend


def draw(composite: DiffusionBackend, subject: Subject, attributes: dict[str, str], prompt: str = "") -> np.ndarray:
    width, height = SIZE
    task = GenerateTask(prompt=prompt, subject=subject, attributes=attributes, width=width, height=height, monitor=Silence())
    return composite.generate([task])[0][0].pixels


def read(vision: VqaBackend, pixels: np.ndarray, *topics: str) -> dict[str, Answer]:
    questions = tuple(Question(topic=topic, text="") for topic in topics)
    task = AnswerTask(picture=Picture(pixels=pixels), questions=questions, language="en", monitor=Silence())
    return dict(zip(topics, vision.answer([task])[0], strict=True))


@pytest.mark.parametrize("outfit", OUTFITS)
def test_the_colors_of_a_drawn_figures_clothes_are_read_back(composite, vision, outfit):
    drawn = OUTFITS[outfit]
    answers = read(vision, draw(composite, Subject.FULL_BODY, drawn), "upper_color", "lower_color", "people_count")
    assert (answers["upper_color"].value, answers["lower_color"].value) == (drawn["upper_color"], drawn["lower_color"])
    assert answers["people_count"].value == "1"
    assert min(answers["upper_color"].confidence or 0.0, answers["lower_color"].confidence or 0.0) > 0.5


@pytest.mark.parametrize("outfit", OUTFITS)
def test_the_top_of_a_drawn_portrait_is_read_back_and_no_bottom_is_made_up(composite, vision, outfit):
    drawn = OUTFITS[outfit]
    answers = read(vision, draw(composite, Subject.PORTRAIT, drawn), "upper_color", "lower_color", "face_count", "image_kind")
    assert answers["upper_color"].value == drawn["upper_color"]
    assert not answers["lower_color"].known
    assert (answers["face_count"].value, answers["image_kind"].value) == ("1", "face")


@pytest.mark.parametrize("subject", Subject, ids=lambda subject: subject.value)
@pytest.mark.parametrize("color", ["black", "brown", "gray"])
def test_the_color_of_drawn_hair_is_read_back(composite, vision, subject, color):
    drawn = {"hair_color": color, "upper_color": "blue", "upper_type": "shirt"}
    assert read(vision, draw(composite, subject, drawn), "hair_color")["hair_color"].value == color


def test_what_was_said_in_korean_is_drawn_and_read_back_in_korean(composite, vision):
    pixels = draw(composite, Subject.FULL_BODY, {}, prompt="빨간색 재킷에 검은색 바지를 입은 사람")
    task = AnswerTask(picture=Picture(pixels=pixels), questions=(Question(topic="clothing", text=""),), language="ko", monitor=Silence())
    assert vision.answer([task])[0][0].text == "빨간색 상의, 검은색 하의"


def test_drawn_clothes_of_another_color_are_not_read_as_the_same(composite, vision):
    one, other = OUTFITS["red jacket, black trousers"], OUTFITS["red jacket, black trousers"] | {"upper_color": "green"}
    answers = [read(vision, draw(composite, Subject.FULL_BODY, drawn), "clothing")["clothing"].value for drawn in (one, other)]
    assert answers == ["red top, black bottom", "green top, black bottom"]
