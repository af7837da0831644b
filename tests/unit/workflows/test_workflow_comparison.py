from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.result_pb2 import Attribute, Comparison
from services.common.colors import COLORS
from services.common.questions import BY_KEY, TOPICS
from services.orchestrator.workflows import quantities
from services.orchestrator.workflows.comparison import agree, compare
from services.orchestrator.workflows.context import Language
from services.orchestrator.workflows.garments import parts
from services.orchestrator.workflows.known_keys import topic_of
from services.orchestrator.workflows.statements import statements
from services.orchestrator.workflows.vocabulary import CONCEPTS, colors, concepts, presence

YES, NO, OPEN = True, False, None


def seen(topic: str, value: str, text: str = "") -> Attribute:
    made = Attribute(topic=topic, label=BY_KEY[topic].label_ko, value=value, text=text or value, known=True, confidence=0.8)
    made.category = BY_KEY[topic].category.value
    return made


@pytest.mark.parametrize(
    ("topic", "known", "value", "verdict"),
    [
        ("upper_color", "빨간색", "red", YES),
        ("upper_color", "빨간 티셔츠", "red", YES),
        ("upper_color", "Red", "red", YES),
        ("upper_color", "파란색", "red", NO),
        ("upper_color", "파란색", "navy", YES),  # the broad word for the shade
        ("upper_color", "하늘색", "navy", NO),
        ("upper_color", "회색 또는 검은색", "black", YES),
        ("upper_color", "어두운 색", "black", YES),
        ("upper_color", "어두운 색", "yellow", NO),
        ("upper_color", "어두운 색", "green", OPEN),
        ("upper_color", "어두운 색이 아님", "black", OPEN),
        ("clothing", "어두운 옷", "black top, navy bottom", YES),
        ("clothing", "어두운 옷", "white top, black bottom", OPEN),
        ("clothing", "dark clothes", "white top", NO),
        ("upper_color", "검은색이 아님", "black", OPEN),
        ("hair_color", "검정 머리", "black", YES),
        ("clothing", "파란색 셔츠, 검은색 바지", "blue top, black bottom", YES),
        ("clothing", "파란색 셔츠, 검은색 바지", "blue top", YES),
        ("clothing", "파란색 셔츠, 검은색 바지", "red top, black bottom", NO),
        ("clothing", "blue shirt and black trousers", "blue top, black bottom", YES),
        ("clothing", "상의는 빨간색, 하의는 남색", "red top, navy bottom", YES),
        ("clothing", "흰색 운동화", "blue top", OPEN),
        ("clothing", "교복", "blue top", OPEN),
        ("time_of_day", "저녁", "night", YES),
        ("time_of_day", "밤 11시", "night", YES),
        ("time_of_day", "오전", "night", NO),
        ("time_of_day", "저녁", "day", OPEN),  # light in summer, dark in winter
        ("time_of_day", "evening", "night", YES),
        ("time_of_day", "19:30", "night", YES),
        ("time_of_day", "오후 8시", "night", YES),
        ("time_of_day", "오후 3시 20분", "night", NO),
        ("time_of_day", "10 pm", "day", NO),
        ("time_of_day", "저녁 7시", "night", YES),
        ("time_of_day", "7시", "night", OPEN),
        ("direction", "왼쪽으로", "left", YES),
        ("mobility_aid", "휠체어", "wheelchair", YES),
        ("mobility_aid", "지팡이", "wheelchair", NO),
        ("facial_hair", "면도함", "none", YES),
        ("location_type", "실내", "indoors", YES),
        ("location_type", "길거리", "outdoors", YES),
        ("location_type", "실내", "outdoors", NO),
        ("location_type", "역 안내소", "outdoors", OPEN),
        ("company", "혼자", "alone", YES),
        ("company", "동행 없음", "alone", YES),
        ("company", "친구와 함께", "alone", NO),
        ("company", "alone", "with others", NO),
        ("gender", "여성", "female", YES),
        ("gender", "female", "male", NO),
        ("gender", "여자아이", "female", YES),
        ("posture", "구부정한 자세", "hunched", YES),
        ("posture", "곧은 자세", "hunched", NO),
        ("posture", "구부정하지 않음", "hunched", OPEN),
        ("pace", "빠른 걸음", "fast", YES),
        ("weather", "맑음", "rain", NO),
        ("build", "마른 체형", "slim", YES),
        ("glasses", "없음", "none", YES),
        ("glasses", "안경을 쓰지 않음", "round glasses", NO),
        ("glasses", "착용", "round glasses", YES),
        ("glasses", "yes", "none", NO),
        ("bag", "검은색 배낭", "black backpack", YES),
        ("bag", "빨간색 배낭", "black backpack", NO),
        ("bag", "배낭", "handbag", NO),
        ("vehicles", "없음", "2 cars", NO),
        ("other_people", "없음", "0", YES),
        ("marks", "볼에 점, 문신 없음", "scar", OPEN),
        ("age", "30대 후반", "30s", YES),
        ("age", "37", "35", YES),
        ("age", "25세", "40s", NO),
        ("age", "중년", "45", YES),
        ("age", "early sixties", "65", YES),
        ("age", "20~30대", "22", YES),
        ("age", "20~30대", "45", NO),
        ("height", "175cm", "172 cm", YES),
        ("height", "1.75m", "160 cm", NO),
        ("height", "175cm", "tall", OPEN),
        ("height", "큰 편", "tall", YES),
        ("people_count", "1명", "1", YES),
        ("people_count", "한두 명", "3", OPEN),
        ("people_count", "2명", "3", NO),
        ("signs", "서울역", "서울역 2번 출구", YES),
        ("signs", "부산역", "서울역 2번 출구", OPEN),
        ("upper_type", "점퍼", "jacket", YES),
        ("upper_type", "코트", "t-shirt", NO),
    ],
)
def test_known_and_seen_are_compared_by_meaning(topic: str, known: str, value: str, verdict: bool | None) -> None:
    assert agree(topic, known, seen(topic, value)) is verdict


@pytest.mark.parametrize(
    ("key", "value", "topic"),
    [
        ("time_of_day", "", "time_of_day"),
        ("Time of day", "", "time_of_day"),
        ("촬영 시간대", "", "time_of_day"),
        ("context: What time of day does this appear to be taken?", "", "time_of_day"),
        ("context: What kind of location is this? Indoor or outdoor?", "", "location_type"),
        ("details: How is this person walking? Fast, slow, or normal pace?", "", "pace"),
        ("details: What is their posture like? Straight, slouched, or hunched?", "", "posture"),
        ("context: Are there any other people visible?", "", "other_people"),
        ("context: Are there any signs or text visible?", "", "signs"),
        ("details: Are there any mobility aids?", "", "mobility_aid"),
        ("details: What does their body language suggest?", "", "body_language"),
        ("additional_info", "", "features"),
        ("목격 장소", "", "location_type"),
        ("상의", "빨간색", "upper_color"),
        ("상의", "후드티", "upper_type"),
        ("머리", "단발", "hair_style"),
        ("옷차림", "", "clothing"),
        ("동행", "", "company"),
        ("기존_신고_정보", "30대 여성", ""),
        ("report", "", ""),
        ("", "", ""),
    ],
)
def test_a_key_means_the_topic_that_it_names(key: str, value: str, topic: str) -> None:
    assert topic_of(key, value) == topic


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.key)
def test_every_name_and_question_of_a_topic_means_it(topic: object) -> None:
    entry = BY_KEY[topic.key]  # type: ignore[attr-defined]
    for name in (entry.key, entry.label_ko, entry.label_en, entry.question_ko, entry.question_en, f"context: {entry.question_en}"):
        assert topic_of(name, "") == entry.key


def verdicts(comparisons: list[Comparison]) -> list[tuple[str, str, str, str]]:
    return [(item.topic, item.known, item.seen, result_pb2.Agreement.Name(item.agreement)) for item in comparisons]


def test_each_side_is_shown_with_its_own_words_and_the_confidence_of_what_was_seen() -> None:
    found = [seen("upper_color", "red", "빨간색"), seen("company", "alone", "혼자"), seen("resolution", "640x360")]
    made = compare({"upper_color": "파란색", "weather": "맑음", "신고": "30대"}, found, "ko")
    assert verdicts(made) == [
        ("upper_color", "파란색", "빨간색", "AGREEMENT_CONTRADICTING"),
        ("weather", "맑음", "", "AGREEMENT_UNKNOWN"),
        ("", "30대", "", "AGREEMENT_UNKNOWN"),
        ("age", "30대", "", "AGREEMENT_UNKNOWN"),
        ("company", "", "혼자", "AGREEMENT_NEW"),
    ]
    assert made[0].confidence == pytest.approx(0.8)
    assert not made[1].HasField("confidence")
    assert [item.label for item in made] == ["상의 색", "날씨", "신고", "추정 나이 (신고)", "동행 여부"]


def test_what_is_known_to_be_unknown_counts_as_news_when_it_is_seen() -> None:
    assert verdicts(compare({"upper_color": "불상"}, [seen("upper_color", "red")], "en")) == [
        ("upper_color", "불상", "red", "AGREEMENT_NEW")
    ]


WORDS = [
    "30대 후반 여성, 어두운 옷, 검은 배낭",
    "오전 10시, 저녁 7시 무렵 혼자",
    "a man in his 60s, grey hair, alone at night",
    "키 175cm. 안경 없음",
]
free_words = st.lists(st.sampled_from(WORDS) | st.text(max_size=12), max_size=3).map(" ".join)
known_info = st.dictionaries(
    st.sampled_from([*BY_KEY, "신고", "상의", "기존_신고_정보", "context: What time of day does this appear to be taken?"])
    | st.text(min_size=1, max_size=8),
    free_words,
    max_size=8,
)
found_info = st.lists(
    st.builds(
        seen,
        st.sampled_from(sorted(BY_KEY)),
        st.sampled_from(["black", "night", "female", "30s", "none"]) | st.text(min_size=1, max_size=12),
    ),
    max_size=12,
    unique_by=lambda item: item.topic,
)


@given(known_info, found_info, st.sampled_from(["ko", "en"]))
def test_every_known_key_appears_once_and_word_for_word(known: dict[str, str], found: list[Attribute], language: Language) -> None:
    made = compare(known, found, language)
    own = [item for item in made if item.known and not item.source]
    assert [item.known for item in own] == [known[key].strip() for key in sorted(known) if known[key].strip()]
    assert len([item for item in made if not item.source and item.agreement != result_pb2.AGREEMENT_NEW]) <= len(known)


@given(known_info, found_info)
def test_what_is_read_out_of_free_words_stands_in_them(known: dict[str, str], found: list[Attribute]) -> None:
    topics = {topic_of(key, value) for key, value in known.items()}
    for item in compare(known, found, "ko"):
        if item.source:
            assert item.known in known[item.source]
            assert item.source.replace("_", " ") in item.label
            assert item.topic not in topics  # what a key of its own says is not said again


@given(known_info, found_info)
def test_nothing_seen_is_lost_or_invented(known: dict[str, str], found: list[Attribute]) -> None:
    made = compare(known, found, "ko")
    texts = {item.topic: item for item in found}
    for item in made:
        assert item.agreement != result_pb2.AGREEMENT_UNSPECIFIED
        assert item.seen in ("", texts[item.topic].text if item.topic in texts else "")
        assert item.HasField("confidence") == bool(item.seen)
        if item.agreement in (result_pb2.AGREEMENT_CONFIRMED, result_pb2.AGREEMENT_CONTRADICTING):
            assert item.known
            assert item.seen
    shown = {item.topic for item in made if item.seen}
    told_elsewhere = {
        "clothing": {"upper_color", "lower_color"},
        "people_count": {"other_people", "company"},
        "face_count": {"people_count", "other_people", "company"},
    }
    for topic, attribute in texts.items():
        stands = topic in shown or attribute.category == "image"
        assert stands or told_elsewhere.get(topic, set()) & (texts.keys() | {row.topic for row in made})


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        (
            "30대 후반 여성, 주황색 옷차림으로 저녁 7시 무렵 역사 안내소 부근에서 마지막으로 보였다는 신고",
            {"age": "30대 후반", "gender": "여성", "clothing": "주황색 옷차림", "time_of_day": "저녁 7시"},
        ),
        ("20대 남성, 어두운 옷 착용, 저녁", {"age": "20대", "gender": "남성", "clothing": "어두운 옷", "time_of_day": "저녁"}),
        (
            "20~30대 남자로 키 175cm, 마른 체형, 검은 긴 머리. 파란색 셔츠에 검은 바지, 흰 운동화, 안경 착용, 배낭을 메고 있었음",
            {
                "age": "20~30대",
                "gender": "남자",
                "height": "키 175cm",
                "build": "마른 체형",
                "hair_color": "검은 긴 머리",
                "hair_style": "긴 머리",
                "upper_color": "파란색 셔츠",
                "lower_color": "검은 바지",
                "shoes": "흰 운동화",
                "glasses": "안경 착용",
                "bag": "배낭을 메고",
            },
        ),
        (
            "elderly woman in her late 70s, grey hair, dark clothes, walking stick, last seen alone at night",
            {
                "gender": "woman",
                "age": "late 70s",
                "hair_color": "grey hair",
                "clothing": "dark clothes",
                "mobility_aid": "walking stick",
                "company": "alone",
                "time_of_day": "night",
            },
        ),
        (
            "82세 할머니, 혼자 사는 분. 지팡이 사용. 오전 10시에 나가 밤에도 돌아오지 않음",
            {"age": "82세", "gender": "할머니", "mobility_aid": "지팡이"},
        ),
        ("남자친구와 헤어진 뒤 여자대학 앞에서 목격", {}),
        ("모자, 안경 없음", {}),
        ("안경 안 씀", {"glasses": "안경 안 씀"}),
        ("청주시에서 20대의 차량이 지나감, 밤색 지붕", {}),
        ("아들(7세)과 어머니(38세)", {}),
    ],
)
def test_free_words_state_topics_where_a_rule_can_tell(words: str, stated: dict[str, str]) -> None:
    assert {item.topic: item.text for item in statements("기존_신고_정보", words)} == stated


def test_clothes_that_a_key_is_about_are_not_counted_again_from_free_words() -> None:
    made = compare({"upper_color": "주황색", "신고": "주황색 옷차림의 여성"}, [seen("upper_color", "orange", "주황색")], "ko")
    assert [(item.topic, item.source) for item in made] == [("upper_color", ""), ("", ""), ("gender", "신고")]


@pytest.mark.parametrize("key", ["신고자", "보호자 이름", "guardian", "담당 경찰"])
def test_words_about_someone_else_state_nothing_of_the_missing_person(key: str) -> None:
    assert statements(key, "45세 여성") == []


def test_a_report_in_one_sentence_is_shown_whole_and_compared_topic_by_topic() -> None:
    report = "20대 남성, 어두운 옷, 저녁 7시 무렵"
    known = {"context: What time of day does this appear to be taken?": "저녁", "기존_신고_정보": report}
    found = [seen("gender", "female", "여성"), seen("clothing", "black top", "상의: 검은색"), seen("time_of_day", "night", "밤")]
    made = compare(known, found, "ko")
    assert [(item.label, item.known, item.seen, result_pb2.Agreement.Name(item.agreement)) for item in made] == [
        ("촬영 시간대", "저녁", "밤", "AGREEMENT_CONFIRMED"),
        ("기존_신고_정보", report, "", "AGREEMENT_UNKNOWN"),
        ("추정 나이 (기존 신고 정보)", "20대", "", "AGREEMENT_UNKNOWN"),
        ("성별 (기존 신고 정보)", "남성", "여성", "AGREEMENT_CONTRADICTING"),
        ("옷차림 (기존 신고 정보)", "어두운 옷", "상의: 검은색", "AGREEMENT_CONFIRMED"),
    ]


@given(st.sampled_from(sorted(BY_KEY)), st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_agreement_does_not_depend_on_which_side_is_which(topic: str, one: str, other: str) -> None:
    assert agree(topic, one, seen(topic, other)) is agree(topic, other, seen(topic, one))


@pytest.mark.parametrize("color", COLORS, ids=lambda color: color.key)
def test_a_color_is_the_same_in_korean_and_english(color: object) -> None:
    for word in color.words:  # type: ignore[attr-defined]
        assert colors(word) == [color.key]  # type: ignore[attr-defined]
        assert agree("upper_color", word, seen("upper_color", color.key)) is True  # type: ignore[attr-defined]


@pytest.mark.parametrize("topic", sorted(CONCEPTS))
def test_every_word_of_a_vocabulary_is_found_and_means_its_concept(topic: str) -> None:
    for concept, listed in CONCEPTS[topic].items():
        for word in listed.split():
            assert concept in concepts(topic, word.replace("+", " ")), word


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("30대 후반", (36, 39)),
        ("20대 중반", (23, 27)),
        ("early sixties", (60, 63)),
        ("in her late 30s", (36, 39)),
        ("25", (25, 25)),
        ("만 7세", (7, 7)),
        ("30~40세", (30, 40)),
        ("about 25 to 30 years", (25, 30)),
        ("노인", (60, 110)),
        ("초등학생", (4, 12)),
        ("모름", None),
    ],
)
def test_ages_are_read_as_ranges(text: str, years: tuple[float, float] | None) -> None:
    assert quantities.age(text) == years


@pytest.mark.parametrize(
    ("text", "centimetres"), [("175cm", (175, 175)), ("1.75 m", (175, 175)), ("170~175", (170, 175)), ("큼", None), ("5", None)]
)
def test_heights_are_read_in_centimetres(text: str, centimetres: tuple[float, float] | None) -> None:
    assert quantities.height(text) == centimetres


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("없음", False),
        ("안경 안 씀", False),
        ("no hat", False),
        ("0", False),
        ("있음", True),
        ("파란 모자", True),
        ("모자, 안경 없음", None),
        ("", None),
    ],
)
def test_presence_is_read_clause_by_clause(text: str, there: bool | None) -> None:
    assert presence(text) is there


def test_colors_belong_to_the_garment_beside_them() -> None:
    assert parts("파란색 셔츠에 검은색 바지, 흰 운동화") == {"upper": {"blue"}, "lower": {"black"}, "shoes": {"white"}}
    assert parts("청바지") == {"lower": {"blue"}}
    assert parts("교복") == {}
