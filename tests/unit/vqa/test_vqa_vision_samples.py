"""What the backend says of the pictures that the demo shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.common import imaging
from services.common.picture import Picture

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def sample(name: str) -> Picture:
    return imaging.decode((SAMPLES / name).read_bytes())


@pytest.mark.parametrize("name", ["cctv_frame.jpg", "cctv_frame_2.jpg"])
def test_a_person_behind_a_counter_in_a_dim_camera_frame_is_described(ask, name):
    answers = ask(
        sample(name), "upper_color", "lower_color", "hair_color", "people_count", "image_kind", "sharpness", "noise", "compression"
    )
    assert answers["upper_color"].value == "orange"
    assert answers["upper_color"].confidence >= 0.3
    assert not answers["lower_color"].known
    assert answers["hair_color"].value == "brown"
    assert answers["people_count"].value == "1"
    assert (answers["image_kind"].value, answers["compression"].value) == ("cctv", "strong")
    assert "text that a camera wrote" in answers["image_kind"].method
    assert answers["sharpness"].value in {"slightly soft", "blurred"}
    assert answers["noise"].value in {"some", "high"}
    (box,) = answers["upper_color"].boxes
    assert box.y + box.height < 318  # the counter begins at row 305


def test_the_portrait_of_the_same_person_is_sharp_clean_and_in_the_same_colors(ask):
    answers = ask(sample("face.jpg"), "upper_color", "hair_color", "image_kind", "sharpness", "noise")
    assert [answer.value for answer in answers.values()] == ["orange", "brown", "face", "sharp", "low"]
