"""A prompt says what was asked for, and nothing that a caller writes is a parameter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.diffusion.backend import Subject
from services.diffusion.backends.midjourney.prompt import imagine_prompt, plain
from tests.unit.diffusion_midjourney.conftest import PHOTO, task


def test_a_task_becomes_words_and_parameters() -> None:
    asked = task("30대 여성", negative_prompt="text, watermark", width=768, height=1024, subject=Subject.FULL_BODY)
    prompt = imagine_prompt(asked, 7, "--v 7")
    assert prompt == "full-body picture of one standing person, head to toe, 30대 여성 --ar 3:4 --seed 7 --no text, watermark --v 7"


def test_attributes_are_said_unless_the_prompt_has_them() -> None:
    prompt = imagine_prompt(task("black hair", attributes={"hair_color": "black", "glasses": "round", "odd_topic": "x"}), 0)
    assert "black hair, glasses: round, odd topic: x --ar" in prompt
    assert "hair color" not in prompt
    assert imagine_prompt(task("", attributes={"hair_color": "검은색"}), 0).startswith(
        "head-and-shoulders portrait of one person, from the front, hair color: 검은색 --ar"
    )


@pytest.mark.parametrize(("strength", "weight"), [(0.0, "2"), (0.6, "0.8"), (1.0, "0")])
def test_the_more_may_change_the_less_the_picture_weighs(strength: float, weight: str) -> None:
    assert f" --iw {weight} " in imagine_prompt(task(init_image=PHOTO, strength=strength), 0) + " "
    assert "--iw" not in imagine_prompt(task(), 0)


SNEAKY = [
    "cat --v 3",
    "cat —v 3",
    "cat ––v 3",
    "cat -\u200b-v 3",
    "cat －－v 3",
    "cat −−v 3",
    "cat -\u00ad-v 3",
    "cat\n--v 3",
    "cat {red, blue} bird",
    "cat｛red, blue｝",
    "cat::5 dog::-1",
    "https://host/face.png cat",
    "cat HTTP://host/face.png",
    "-http://x -v",
    "<@123> cat <https://host/x>",
]


def is_plain(text: str) -> bool:
    return not re.search(r"--|—|–|::|[{}<>\n]|\w+://", text)


@pytest.mark.parametrize("text", SNEAKY)
def test_what_would_be_more_than_words_is_made_words(text: str) -> None:
    assert is_plain(plain(text))
    asked = task(text, negative_prompt=text, attributes={"features": text, text: "x"})
    parameters = re.findall(r"--(\w+)", imagine_prompt(asked, 1))
    assert parameters == ["ar", "seed", "no"]


@given(st.lists(st.sampled_from([*"-—–−－﹣\u200b\u00ad:{}<>/a. \n\t", "http", "://", "가"])).map("".join))
def test_no_text_gets_through_as_more_than_words(text: str) -> None:
    assert is_plain(plain(text))
    assert plain(plain(text)) == plain(text)


def test_ordinary_words_stay_as_they_are() -> None:
    for text in ("약 160cm, 흰색 티셔츠 (반팔)", "a full-body photo: 30-40 years old, T-shirt/jeans", "tall; 100% cotton"):
        assert plain(text) == text


def test_long_text_is_cut_before_the_parameters() -> None:
    prompt = imagine_prompt(task("가" * 4000, negative_prompt="나" * 4000, attributes={"features": "다" * 2000}), 3)
    assert len(prompt) < 6000
    assert " --ar 3:4 --seed 3 --no 나" in prompt
