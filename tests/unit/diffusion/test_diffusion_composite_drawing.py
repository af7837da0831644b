"""What the composite backend draws."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.backend import Cancelled, Unsupported
from services.common.colors import COLORS, rgb_to_lab
from services.common.picture import Picture
from services.diffusion.backend import GeneratedImage, GenerateTask, Subject
from services.diffusion.backends.composite.appearance import Appearance, Build, Fringe, Gender, HairStyle, Texture
from services.diffusion.backends.composite.figure import settle_figure
from services.diffusion.backends.composite.picture import compose
from services.diffusion.backends.composite.render import render
from services.diffusion.backends.composite.wardrobe import BOTTOMS, TOPS
from services.diffusion.models import MODELS, create

SVG = "{http://www.w3.org/2000/svg}"


class Recorder:
    """A monitor that remembers what was reported, and whose caller may leave."""

    def __init__(self, leave_after: int | None = None) -> None:
        self.reports: list[tuple[str, int, int]] = []
        self._leave_after = leave_after

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.reports.append((stage, step, total))
        if stage == "draw" and self._leave_after is not None and step >= self._leave_after:
            raise Cancelled


def generate(
    prompt: str = "", *, monitor: Recorder | None = None, width: int = 192, height: int = 256, **options: object
) -> list[GeneratedImage]:
    backend = create(MODELS[0])
    backend.load()
    task = GenerateTask(prompt=prompt, width=width, height=height, monitor=monitor or Recorder(), **options)  # type: ignore[arg-type]
    return backend.generate([task])[0]


def groups(svg: str) -> dict[str, str]:
    """The title of every named group of a document."""
    root = ElementTree.fromstring(svg)
    return {group.attrib["id"]: group.findtext(f"{SVG}title", "") for group in root.iter(f"{SVG}g") if "id" in group.attrib}


def test_the_same_task_gives_the_same_pixels_and_drawing() -> None:
    first, second = (generate("woman, red coat", seed=7, subject=Subject.FULL_BODY)[0] for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert first.source_svg == second.source_svg


def test_image_i_is_what_seed_plus_i_gives_alone() -> None:
    pair = generate("man", seed=40, num_images=2)
    alone = generate("man", seed=41)[0]
    assert [image.seed for image in pair] == [40, 41]
    assert np.array_equal(pair[1].pixels, alone.pixels)


@pytest.mark.parametrize("subject", list(Subject))
def test_variants_are_distinct(subject: Subject) -> None:
    images = generate("40대 남성", subject=subject, num_images=3)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(images[one].pixels.astype(int) - images[other].pixels).mean() > 0.5


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**63 - 1),
    st.sampled_from(HairStyle),
    st.sampled_from(Texture),
    st.sampled_from(Fringe),
    st.sampled_from(["brown", "blond", "pink"]),
)
def test_stated_hair_never_varies(seed: int, style: HairStyle, texture: Texture, fringe: Fringe, color: str) -> None:
    person = Appearance(hair_style=style, hair_texture=texture, fringe=fringe, hair_color=color)
    cut = settle_figure(person, seed).cut
    assert (cut.style, cut.texture, cut.fringe, cut.color) == (style, texture, fringe, color)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**63 - 1), st.sampled_from(Gender), st.integers(2, 95))
def test_stated_face_and_clothes_never_vary(seed: int, gender: Gender, age: int) -> None:
    person = Appearance(gender=gender, age=age, face_shape="round", nose=("wide",), mouth=("thin",), upper_type="coat", upper_color="red")
    one, other = settle_figure(person, seed), settle_figure(person, seed ^ 0xABCDEF)
    assert one.person == other.person == person
    for trait in ("age", "femininity", "wear", "skin", "cheek_width", "jaw_width", "face_length", "nose_width", "lip_fullness"):
        assert getattr(one.face.traits, trait) == getattr(other.face.traits, trait)


@pytest.mark.parametrize("color", COLORS, ids=lambda color: color.key)
def test_drawn_cloth_is_the_named_color(color: object) -> None:
    key, rgb = color.key, color.rgb  # type: ignore[attr-defined]
    person = Appearance(upper_type="sweater", upper_color=key, lower_type="trousers", lower_color=key)
    pixels = render(compose(person, Subject.FULL_BODY, 3, 384, 512))
    chest, thighs = (
        pixels[140:215, 160:224].reshape(-1, 3),
        np.concatenate([pixels[310:400, 166:186], pixels[310:400, 198:218]]).reshape(-1, 3),
    )
    for region in (chest, thighs):
        mean = region.mean(axis=0).astype(np.uint8)
        lab, wanted = rgb_to_lab(mean[None])[0], rgb_to_lab(np.array([rgb], np.uint8))[0]
        assert np.linalg.norm(lab - wanted) < 7


def test_white_clothes_stand_out_from_the_backdrop() -> None:
    pixels = render(compose(Appearance(upper_type="shirt", upper_color="white"), Subject.FULL_BODY, 1, 384, 512)).astype(np.uint8)
    chest, backdrop = (rgb_to_lab(area.reshape(-1, 3)).mean(axis=0) for area in (pixels[150:200, 200:215], pixels[150:200, 10:40]))
    assert np.linalg.norm(chest - backdrop) > 8


@pytest.mark.parametrize("subject", list(Subject))
@pytest.mark.parametrize(
    "prompt",
    [
        "30대 여성, 긴 곱슬머리, 동그란 안경, 빨간 코트, 검은 치마, 부츠, 핸드백",
        "70세 남성, 대머리, 콧수염, 중절모, 남색 정장, 구두, 175cm",
        "8세 아이, 노란 우비, 배낭, 마스크",
    ],
)
def test_the_drawing_is_well_formed_small_and_in_titled_groups(prompt: str, subject: Subject) -> None:
    image = generate(prompt, subject=subject, width=768, height=1024)[0]
    named = groups(image.source_svg)
    expected = {"backdrop", "person", "face", "eyes", "eyebrows", "nose", "mouth", "neck", "upper"}
    expected |= {"lower", "shoes", "hands", "ground"} if subject is Subject.FULL_BODY else set()
    assert expected <= named.keys()
    assert all(named.values())
    identifiers = re.findall(r'\bid="([^"]+)"', image.source_svg)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r"url\(#([^)]+)\)", image.source_svg)) <= set(identifiers)
    assert len(image.source_svg) < 430_000
    assert image.pixels.shape == (1024, 768, 3)


@pytest.mark.parametrize(
    ("prompt", "group"),
    [
        ("round glasses", "glasses"),
        ("beard", "facial-hair"),
        ("마스크", "mask"),
        ("baseball cap", "headwear"),
        ("mole", "marks"),
        ("backpack", "bag"),
    ],
)
def test_what_is_stated_is_drawn_and_what_is_denied_is_not(prompt: str, group: str) -> None:
    assert group in groups(generate(prompt)[0].source_svg)
    assert group not in groups(generate("man", negative_prompt=prompt)[0].source_svg)


def test_a_bald_head_has_no_hair() -> None:
    assert "hair" not in groups(generate("대머리 남성")[0].source_svg)


def test_a_height_scale_is_drawn_when_a_height_is_stated() -> None:
    assert groups(generate("키 172cm", subject=Subject.FULL_BODY)[0].source_svg)["height-scale"] == "Height scale, 172 cm"
    assert "height-scale" not in groups(generate("tall man", subject=Subject.FULL_BODY)[0].source_svg)


@pytest.mark.parametrize(("age", "heads"), [(3, (4.6, 5.5)), (8, (5.7, 6.5)), (30, (6.9, 7.7))])
def test_children_have_fewer_heads_to_their_height(age: int, heads: tuple[float, float]) -> None:
    figure = settle_figure(Appearance(age=age), 5)
    height = figure.body.sole - figure.face.crown
    assert heads[0] < height / (figure.face.chin - figure.face.crown) < heads[1]


def test_build_and_sex_change_the_figure() -> None:
    thin, stocky = (settle_figure(Appearance(build=build), 1).body for build in (Build.THIN, Build.STOCKY))
    man, woman = (settle_figure(Appearance(gender=gender), 1).body for gender in (Gender.MALE, Gender.FEMALE))
    assert stocky.waist_half > 1.3 * thin.waist_half
    assert man.shoulder_half / man.hip_half > woman.shoulder_half / woman.hip_half


def test_the_figure_fills_the_height_and_stands_in_the_middle() -> None:
    pixels = render(compose(Appearance(gender=Gender.MALE, upper_color="red", lower_color="black"), Subject.FULL_BODY, 2, 384, 512)).astype(
        int
    )
    person = np.abs(pixels - pixels[4, 4]).sum(axis=2) > 90
    rows, columns = np.flatnonzero(person.any(axis=1)), np.flatnonzero(person.any(axis=0))
    assert 0.85 < (rows[-1] - rows[0]) / 512 < 0.95
    assert abs((columns[0] + columns[-1]) / 2 - 192) < 8


@pytest.fixture(scope="module")
def plain() -> dict[Subject, str]:
    return {
        subject: compose(Appearance(upper_type="t-shirt", upper_color="green", hair_style=HairStyle.CREW), subject, 1, 96, 128)
        for subject in Subject
    }


@pytest.mark.parametrize("kind", sorted(TOPS.keys() - {"t-shirt"}))
def test_every_top_is_drawn_in_both_subjects(kind: str, plain: dict[Subject, str]) -> None:
    for subject in Subject:
        drawing = compose(Appearance(upper_type=kind, upper_color="green", hair_style=HairStyle.CREW), subject, 1, 96, 128)
        assert kind in groups(drawing)["upper"]
        assert drawing != plain[subject]


SHOES = ["sneakers", "dress shoes", "boots", "sandals", "slippers", "heels", "none"]


@pytest.mark.parametrize(("kind", "shoes"), list(zip(BOTTOMS, itertools.cycle(SHOES), strict=False)))
def test_every_bottom_and_all_shoes_are_drawn(kind: str, shoes: str) -> None:
    named = groups(compose(Appearance(lower_type=kind, shoes=shoes, hair_style=HairStyle.BALD), Subject.FULL_BODY, 1, 96, 128))
    assert kind in named["lower"]
    assert named["shoes"]


@pytest.mark.parametrize(("style", "texture"), list(zip(HairStyle, itertools.cycle(Texture), strict=False)))
def test_every_hair_style_leaves_the_eyes_free(style: HairStyle, texture: Texture) -> None:
    person = Appearance(hair_style=style, hair_texture=texture, hair_color="black", gender=Gender.FEMALE)
    seen = render(compose(person, Subject.PORTRAIT, 4, 384, 512)).astype(int)
    bald = render(compose(replace(person, hair_style=HairStyle.BALD), Subject.PORTRAIT, 4, 384, 512)).astype(int)
    # From below the brows to the mouth, the middle of the face is the same with and without hair.
    assert np.abs(seen[196:270, 150:234] - bald[196:270, 150:234]).mean() < 8


@pytest.mark.parametrize(("width", "height"), [(64, 64), (64, 640), (640, 64), (300, 500)])
@pytest.mark.parametrize("subject", list(Subject))
def test_any_size_is_filled(width: int, height: int, subject: Subject) -> None:
    image = generate("남성", width=width, height=height, subject=subject)[0]
    assert image.pixels.shape == (height, width, 3)
    assert image.pixels.std() > 4


def test_a_size_out_of_range_is_refused_with_the_range() -> None:
    with pytest.raises(Unsupported, match="64 to 2048 pixels"):
        generate("man", width=4096)


def test_progress_is_reported_and_leaving_stops_before_the_next_picture() -> None:
    watcher = Recorder()
    generate("man", monitor=watcher, num_images=2)
    assert watcher.reports == [("draw", 0, 2), ("render", 0, 2), ("draw", 1, 2), ("render", 1, 2), ("draw", 2, 2)]
    leaver = Recorder(leave_after=1)
    with pytest.raises(Cancelled):
        generate("man", monitor=leaver, num_images=5)
    assert leaver.reports[-1] == ("draw", 1, 5)


def test_image_to_image_is_refused_and_names_who_can() -> None:
    picture = Picture(pixels=np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(Unsupported, match="sdxl or flux"):
        generate("as an oil painting", init_image=picture)


def test_the_vision_backend_sees_the_colors_that_were_asked_for() -> None:
    from services.vqa.backend import AnswerTask, Question
    from services.vqa.models import MODELS as VQA_MODELS
    from services.vqa.models import create as create_vqa

    image = generate("여성, 빨간 재킷, 검은 바지", subject=Subject.FULL_BODY, width=768, height=1024)[0]
    topics = ("people_count", "upper_color", "lower_color")
    vision = create_vqa(next(spec for spec in VQA_MODELS if spec.backend == "vision"))
    vision.load()
    questions = tuple(Question(topic=topic, text="?") for topic in topics)
    task = AnswerTask(picture=Picture(pixels=image.pixels), questions=questions, language="en", monitor=Recorder())
    assert [answer.value for answer in vision.answer([task])[0]] == ["1", "red", "black"]
