"""What the composite backend understands of Korean and English descriptions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.colors import BY_KEY
from services.diffusion.backends.composite.appearance import Appearance, Build, Fringe, Gender, HairStyle, Mark, Texture
from services.diffusion.backends.composite.attributes import understand
from services.diffusion.backends.composite.description import describe
from services.diffusion.backends.composite.palette import HAIR

CASES = [
    (
        "30대 여성, 단발머리, 빨간 패딩, 검은 바지, 동그란 안경",
        {
            "gender": Gender.FEMALE,
            "age": 35,
            "hair_style": HairStyle.BOB,
            "upper_type": "padded jacket",
            "upper_color": "red",
            "lower_type": "trousers",
            "lower_color": "black",
            "glasses": "round glasses",
        },
    ),
    (
        "elderly man, short grey hair, navy suit",
        {
            "gender": Gender.MALE,
            "age": 74,
            "hair_style": HairStyle.SHORT,
            "hair_color": "gray",
            "upper_type": "suit",
            "upper_color": "navy",
        },
    ),
    (
        "짧은 갈색 머리 소년, 노란 반팔 티셔츠, 청바지, 흰 운동화, 검은 백팩",
        {
            "gender": Gender.MALE,
            "age": 12,
            "hair_style": HairStyle.SHORT,
            "hair_color": "brown",
            "upper_type": "t-shirt",
            "upper_color": "yellow",
            "lower_type": "jeans",
            "shoes": "sneakers",
            "shoes_color": "white",
            "bag": "backpack",
            "bag_color": "black",
        },
    ),
    (
        "a stocky man in his early 60s with a mustache and a blue cap, 178 cm",
        {
            "gender": Gender.MALE,
            "age": 62,
            "build": Build.STOCKY,
            "height_cm": 178,
            "facial_hair": "mustache",
            "headwear": "cap",
            "headwear_color": "blue",
        },
    ),
    ("상의는 빨간색이고 하의는 검은색", {"upper_color": "red", "lower_color": "black"}),
    (
        "롱패딩 흰색 검은 바지",
        {"upper_type": "long padded jacket", "upper_color": "white", "lower_type": "trousers", "lower_color": "black"},
    ),
    ("맨발", {"shoes": "none"}),
    ("상의 빨간색 하의 검은색", {"upper_color": "red", "lower_color": "black"}),
    ("red top and black bottom", {"upper_color": "red", "lower_color": "black"}),
    (
        "female with long straight black hair",
        {"gender": Gender.FEMALE, "hair_style": HairStyle.LONG, "hair_texture": Texture.STRAIGHT, "hair_color": "black"},
    ),
    (
        "할머니, 파마머리, 보라색 카디건",
        {"gender": Gender.FEMALE, "age": 74, "hair_texture": Texture.CURLY, "upper_type": "cardigan", "upper_color": "purple"},
    ),
    ("앞머리 있는 긴 생머리", {"fringe": Fringe.BANGS, "hair_style": HairStyle.LONG, "hair_texture": Texture.STRAIGHT}),
    ("검은 뿔테 안경", {"glasses": "square glasses"}),
    ("왼쪽 눈 밑에 점, 이마에 흉터", {"marks": (Mark(kind="mole", place="eye", side="left"), Mark(kind="scar", place="forehead"))}),
    ("scar on the right cheek", {"marks": (Mark(kind="scar", place="cheek", side="right"),)}),
    ("모자 달린 회색 후드티", {"upper_type": "hoodie", "upper_color": "gray"}),
    ("쌍꺼풀 없음", {"eyes": ("single eyelids",)}),
    (
        "검은 목 폴라, 베이지 코트, 빨간 목도리",
        {
            "upper_type": "coat",
            "upper_color": "beige",
            "inner_type": "turtleneck",
            "inner_color": "black",
            "scarf": "scarf",
            "scarf_color": "red",
        },
    ),
    ("폴라티", {"upper_type": "turtleneck"}),
    ("빨간 체크 셔츠, 파란 넥타이", {"upper_type": "shirt", "upper_color": "red", "pattern": "checked", "tie": "tie", "tie_color": "blue"}),
    ("체크 치마, 흰 블라우스", {"lower_type": "skirt", "upper_type": "blouse", "upper_color": "white"}),
    ("white stripes on a black shirt", {"upper_type": "shirt", "upper_color": "black", "pattern": "striped"}),
    ("줄무늬 티셔츠, 넥타이 없음", {"upper_type": "t-shirt", "pattern": "striped", "tie": "none"}),
    ("한복 분홍색 올림머리", {"upper_type": "hanbok", "upper_color": "pink", "hair_style": HairStyle.BUN}),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_description_is_understood_and_nothing_is_added(text: str, expected: dict[str, object]) -> None:
    assert understand(text) == Appearance(**expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("안경 없음", {"glasses"}),
        ("안경을 쓰지 않은", {"glasses"}),
        ("안경 안 씀", {"glasses"}),
        ("no glasses", {"glasses"}),
        ("without hat", {"headwear"}),
        ("not wearing a mask", {"mask"}),
        ("no hat or glasses", {"headwear", "glasses"}),
        ("no hat and glasses", {"headwear", "glasses"}),
        ("모자와 안경 없음", {"headwear", "glasses"}),
        ("수염은 없음", {"facial_hair"}),
        ("clean-shaven", {"facial_hair"}),
        ("가방 없이", {"bag"}),
        ("glasses: none", {"glasses"}),
    ],
)
def test_a_negation_states_absence_in_korean_and_english(text: str, absent: set[str]) -> None:
    assert understand(text) == Appearance(**dict.fromkeys(absent, "none"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "notebook in hand",
        "a standing person covered in a hundred tangled wires",
        "1960s style",
        "긴장한 표정",
        "three-quarter view of a that scene",
        "앞머리 없는",
        "안경점 앞",
    ],
)
def test_words_inside_other_words_mean_nothing(text: str) -> None:
    assert understand(text) == Appearance()


def test_no_glasses_before_a_red_coat_denies_the_glasses_alone() -> None:
    person = understand("no glasses, red coat and black trousers")
    assert (person.glasses, person.upper_type, person.upper_color, person.lower_color) == ("none", "coat", "red", "black")


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("female", Gender.FEMALE),
        ("woman", Gender.FEMALE),
        ("남성", Gender.MALE),
        ("소녀", Gender.FEMALE),
        ("a man in a women's coat", Gender.MALE),
        ("남색 코트", None),
    ],
)
def test_sex_is_not_read_out_of_longer_words(text: str, gender: Gender | None) -> None:
    assert understand(text).gender is gender


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("25세", 25),
        ("72세 노인", 72),
        ("20대 초반", 22),
        ("20대 중반", 25),
        ("30대", 35),
        ("in his late 60s", 68),
        ("60s", 65),
        ("mid-thirties", 35),
        ("25 years old", 25),
        ("a 9-year-old", 9),
        ("스물다섯 살", 25),
        ("10-12세", 11),
        ("middle-aged", 48),
        ("1960s", None),
        ("버스 3대", None),
    ],
)
def test_ages_are_read_from_numbers_and_words(text: str, age: int | None) -> None:
    assert understand(text).age == age


@pytest.mark.parametrize(
    ("text", "height"), [("175cm", 175), ("키 165", 165), ("1.75 m", 175), ("1m 62", 162), ("5'9", 175), ("175세", None)]
)
def test_heights_are_read_in_centimetres_metres_and_feet(text: str, height: int | None) -> None:
    assert understand(text).height_cm == height


def test_attributes_win_over_the_prompt_and_specific_ones_over_general_ones() -> None:
    person = understand(
        "red coat, glasses, long hair",
        attributes={
            "upper_color": "파란색",
            "glasses": "없음",
            "clothing": "green shirt",
            "hair": "short brown",
            "gender": "여",
            "age": "25",
        },
    )
    assert (person.upper_color, person.upper_type, person.glasses) == ("blue", "shirt", "none")
    assert (person.hair_style, person.hair_color, person.gender, person.age) == (HairStyle.SHORT, "brown", Gender.FEMALE, 25)


def test_the_negative_prompt_takes_away_what_nobody_stated() -> None:
    person = understand("man with glasses", negative_prompt="glasses, hat, beard")
    assert (person.glasses, person.headwear, person.facial_hair) == ("glasses", "none", "none")


def test_the_description_lists_the_stated_values_alone() -> None:
    assert (
        describe(understand("30대 여성, 단발머리, 빨간 패딩, 안경 없음"))
        == "female, about 35 years old, hair in a bob, no glasses, red padded jacket"
    )
    assert describe(Appearance()) == ""


@pytest.mark.parametrize("text", ["안경, 단발머리", "a person in a red coat", "short brown hair, skirt", "30대, 콧수염"])
def test_a_sex_that_nobody_stated_is_not_in_the_description(text: str) -> None:
    person = understand(text)
    assert person.gender is None
    assert not {"male", "female", "man", "woman"} & set(describe(person).replace(",", "").split())


FRAGMENTS = (
    "red 빨간 coat 코트 hair 머리 바지 pants hat no 없음 and with , the tall standing covered 안경 흰 green 남자 woman near 역 25".split()
)
COLOR_FIELDS = ["upper_color", "lower_color", "shoes_color", "bag_color", "headwear_color", "mask_color", "hair_color", "scarf_color"]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=9).map(" ".join) | st.text(max_size=40))
def test_no_color_is_made_up(text: str) -> None:
    person = understand(text)
    allowed = {"auburn": ("red", "빨간"), "black": BY_KEY["black"].words}
    for field in COLOR_FIELDS:
        color = getattr(person, field)
        if color is not None:
            words = allowed.get(color) or (BY_KEY[color].words if color in BY_KEY else (color,))
            assert any(word in text.lower() for word in words)


@given(st.text(alphabet="qxzjvkw 0123456789.,", max_size=60))
def test_text_without_known_words_states_no_thing(text: str) -> None:
    person = understand(text)
    assert person == Appearance(age=person.age, height_cm=person.height_cm)


@given(
    st.text(max_size=120),
    st.dictionaries(st.sampled_from(["hair_color", "age", "glasses", "upper_type", "clothing", "height"]), st.text(max_size=30)),
)
def test_any_text_is_read_without_error(text: str, attributes: dict[str, str]) -> None:
    person = understand(text, text, attributes)
    assert person.hair_color is None or person.hair_color in HAIR or person.hair_color in BY_KEY
