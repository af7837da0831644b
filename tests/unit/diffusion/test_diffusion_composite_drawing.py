"""What the composite backend draws."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.backend import Cancelled, Unsupported
from services.common.colors import COLORS, NamedColor, rgb_to_lab
from services.common.picture import Picture
from services.diffusion.backend import GeneratedImage, GenerateTask, Subject
from services.diffusion.backends.composite import figure, limbs, lower, upper
from services.diffusion.backends.composite.appearance import Appearance, Build, Fringe, Gender, HairStyle, Texture
from services.diffusion.backends.composite.attributes import understand
from services.diffusion.backends.composite.body import Body
from services.diffusion.backends.composite.cloth import Sheet
from services.diffusion.backends.composite.figure import settle_figure
from services.diffusion.backends.composite.picture import compose
from services.diffusion.backends.composite.render import render
from services.diffusion.backends.composite.svg import Definitions
from services.diffusion.backends.composite.wardrobe import BOTTOMS, TOPS
from tests.default_models import make

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
    backend = make("diffusion")
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


@pytest.mark.parametrize(("prompt", "share"), [("40대 남성", 1 / 9), ("30대 여성, 짧은 갈색 머리", 1 / 6), ("안경", 1 / 6)])
def test_three_portraits_are_told_apart_as_thumbnails(prompt: str, share: float) -> None:
    images = generate(prompt, num_images=3, width=96, height=128)
    heads = [image.pixels[12:84, 24:72].astype(int) for image in images]
    for one, other in itertools.combinations(heads, 2):
        # So many of the head's pixels differ by more than a shade.
        assert (np.abs(one - other).max(axis=2) > 24).mean() > share


def test_three_figures_are_distinct() -> None:
    images = generate("40대 남성", subject=Subject.FULL_BODY, num_images=3, width=96, height=128)
    for one, other in itertools.combinations(images, 2):
        assert np.abs(one.pixels.astype(int) - other.pixels).mean() > 0.5


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_an_unknown_sex_is_drawn_as_neither(seed: int) -> None:
    unknown, man, woman = (settle_figure(Appearance(gender=gender), seed) for gender in (None, Gender.MALE, Gender.FEMALE))
    assert woman.face.traits.jaw_width < unknown.face.traits.jaw_width < man.face.traits.jaw_width
    assert man.body.shoulder_half > unknown.body.shoulder_half > woman.body.shoulder_half
    assert unknown.cut.style is HairStyle.LAYERED
    assert unknown.person.gender is None


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_a_womans_short_hair_is_cut_to_the_ears_and_a_mans_above_them(seed: int) -> None:
    lobe = 60
    woman, man = (
        settle_figure(Appearance(gender=gender, hair_style=HairStyle.SHORT), seed).hair for gender in (Gender.FEMALE, Gender.MALE)
    )
    assert woman.over[0].outline[:, 1].max() > lobe - 10
    assert man.over[0].outline[:, 1].max() < 0


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


@pytest.mark.parametrize(
    ("top", "bottom"), list(itertools.zip_longest(COLORS[::2], COLORS[1::2], fillvalue=COLORS[0])), ids=lambda color: color.key
)
def test_drawn_cloth_is_the_named_color(top: NamedColor, bottom: NamedColor) -> None:
    person = Appearance(upper_type="sweater", upper_color=top.key, lower_type="trousers", lower_color=bottom.key, hair_style=HairStyle.BALD)
    pixels = render(compose(person, Subject.FULL_BODY, 3, 192, 256))
    thighs = np.concatenate([pixels[155:200, 83:93], pixels[155:200, 99:109]], axis=1)
    for region, color in ((pixels[70:107, 80:112], top), (thighs, bottom)):
        mean = region.reshape(-1, 3).mean(axis=0).astype(np.uint8)
        lab, wanted = rgb_to_lab(mean[None])[0], rgb_to_lab(np.array([color.rgb], np.uint8))[0]
        assert np.linalg.norm(lab - wanted) < 7


@pytest.mark.parametrize(("kind", "key"), [("checked", "red"), ("striped", "black"), ("checked", "white")])
def test_a_pattern_is_seen_and_leaves_the_cloth_its_color(kind: str, key: str) -> None:
    shirt = {pattern: Appearance(upper_type="shirt", upper_color=key, pattern=pattern) for pattern in (None, kind)}
    plain, patterned = (render(compose(shirt[p], Subject.FULL_BODY, 3, 192, 256))[70:107, 80:112] for p in (None, kind))
    assert np.abs(patterned.astype(int) - plain).mean() > 4
    typical = rgb_to_lab(np.median(patterned.reshape(-1, 3), axis=0).astype(np.uint8)[None])
    distances = np.linalg.norm(rgb_to_lab(np.array([color.rgb for color in COLORS], np.uint8)) - typical, axis=1)
    assert COLORS[int(distances.argmin())].key == key


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
    drawing = compose(understand(prompt), subject, 0, 768, 1024)
    named = groups(drawing)
    expected = {"backdrop", "person", "face", "eyes", "eyebrows", "nose", "mouth", "neck", "upper"}
    expected |= {"lower", "shoes", "hands", "ground"} if subject is Subject.FULL_BODY else set()
    assert expected <= named.keys()
    assert all(named.values())
    identifiers = re.findall(r'\bid="([^"]+)"', drawing)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r"url\(#([^)]+)\)", drawing)) <= set(identifiers)
    assert len(drawing) < 400_000


WORN = {
    "round glasses": "glasses",
    "beard": "facial-hair",
    "마스크": "mask",
    "baseball cap": "headwear",
    "backpack": "bag",
    "목도리": "scarf",
}


def test_what_is_stated_is_drawn() -> None:
    assert {*WORN.values(), "marks"} <= groups(compose(understand(", ".join([*WORN, "mole"])), Subject.PORTRAIT, 0, 192, 256)).keys()


def test_what_is_not_stated_or_is_denied_is_not_drawn() -> None:
    denied = understand("man", negative_prompt=", ".join(WORN))
    assert not {*WORN.values(), "marks"} & groups(compose(denied, Subject.PORTRAIT, 0, 192, 256)).keys()


def test_a_turtleneck_under_a_coat_and_a_colored_tie_are_drawn() -> None:
    bare = compose(understand("회색 코트"), Subject.PORTRAIT, 0, 96, 128)
    covered = compose(understand("회색 코트, 검은 목 폴라"), Subject.PORTRAIT, 0, 96, 128)
    throat = (slice(88, 93), slice(45, 52))
    assert render(covered)[throat].mean() < 70 < render(bare)[throat].mean()
    red, blue = (
        render(compose(understand(f"정장, {color} 넥타이"), Subject.PORTRAIT, 0, 96, 128))[116:124, 46:50].mean(axis=(0, 1))
        for color in ("빨간", "파란")
    )
    assert red[0] > red[2] + 60
    assert blue[2] > blue[0] + 60


def test_hair_swept_back_is_long_enough_to_be() -> None:
    cuts = [settle_figure(understand("올백 머리 남성"), seed).cut for seed in range(6)]
    assert {(cut.style, cut.fringe) for cut in cuts} == {(HairStyle.SHORT, Fringe.BACK)}


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
def body() -> Body:
    return settle_figure(Appearance(age=30), 1).body


def _sheet(detail: float) -> Sheet:
    return Sheet(definitions=Definitions(), detail=detail, bottom=20000, seed=1)


@pytest.mark.parametrize(("kind", "detail"), list(zip(sorted(TOPS.keys() - {figure.TOP}), itertools.cycle([1.0, 0.3]), strict=False)))
def test_every_top_is_drawn_as_no_other(kind: str, detail: float, body: Body) -> None:
    drawn, plain = (upper.draw(_sheet(detail), upper.Worn(TOPS[name], body, (0, 120, 60))) for name in (kind, figure.TOP))
    ElementTree.fromstring(f"<svg>{drawn}</svg>")
    assert drawn != plain


@pytest.mark.parametrize("kind", sorted(BOTTOMS.keys() - {figure.BOTTOM}))
def test_every_bottom_is_drawn_as_no_other(kind: str, body: Body) -> None:
    drawn, plain = (lower.draw(_sheet(0.3), body, BOTTOMS[name], (0, 0, 90)) for name in (kind, figure.BOTTOM))
    ElementTree.fromstring(f"<svg>{drawn}</svg>")
    assert drawn != plain


def test_all_shoes_are_drawn_differently(body: Body) -> None:
    kinds = ["sneakers", "dress shoes", "boots", "sandals", "slippers", "heels", "none"]
    drawn = {limbs.shoes(_sheet(0.3), body, kind, (0, 0, 0), (236, 202, 178)) for kind in kinds}
    assert len(drawn) == len(kinds)
    assert all(drawn)


def test_what_is_worn_is_named_in_the_drawing() -> None:
    named = groups(compose(understand("체크 셔츠, 긴 치마, 부츠"), Subject.FULL_BODY, 1, 96, 128))
    assert (named["upper"], named["lower"], named["shoes"]) == ("Top: plain checked shirt", "Bottom: plain long skirt", "Boots")


@pytest.fixture(scope="module")
def bald_woman() -> np.ndarray:
    return render(compose(Appearance(hair_style=HairStyle.BALD, gender=Gender.FEMALE), Subject.PORTRAIT, 4, 192, 256)).astype(int)


@pytest.mark.parametrize(("style", "texture"), list(zip(HairStyle, itertools.cycle(Texture), strict=False)))
def test_every_hair_style_leaves_the_eyes_free(style: HairStyle, texture: Texture, bald_woman: np.ndarray) -> None:
    person = Appearance(hair_style=style, hair_texture=texture, hair_color="black", gender=Gender.FEMALE)
    seen = render(compose(person, Subject.PORTRAIT, 4, 192, 256)).astype(int)
    # From below the brows to the mouth, the middle of the face is the same with and without hair.
    assert np.abs(seen[98:135, 75:117] - bald_woman[98:135, 75:117]).mean() < 8


@pytest.mark.parametrize(
    ("width", "height", "subject"), [(64, 64, Subject.PORTRAIT), (64, 640, Subject.FULL_BODY), (640, 64, Subject.PORTRAIT)]
)
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

    image = generate("여성, 빨간 재킷, 검은 바지", subject=Subject.FULL_BODY, width=768, height=1024)[0]
    topics = ("people_count", "upper_color", "lower_color")
    vision = make("vqa")
    vision.load()
    questions = tuple(Question(topic=topic, text="?") for topic in topics)
    task = AnswerTask(picture=Picture(pixels=image.pixels), questions=questions, language="en", monitor=Recorder())
    assert [answer.value for answer in vision.answer([task])[0]] == ["1", "red", "black"]
