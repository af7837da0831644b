"""The one catalogue of question topics: what is asked of a picture, how it reads in Korean and English, where a report lists it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Category(Enum):
    """A section of a report; the value is its key in data."""

    PERSON = "person"  # who: sex, age, build, hair, face
    CLOTHING = "clothing"  # what is worn and carried
    BEHAVIOR = "behavior"  # how the person moves, and with whom
    TIME = "time"  # when: light, weather, season
    PLACE = "place"  # where
    ENVIRONMENT = "environment"  # what else is around
    IMAGE = "image"  # how good the picture is


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One thing that may be asked."""

    key: str
    category: Category
    label_ko: str  # as a report's row label
    label_en: str
    question_ko: str
    question_en: str

    def question(self, language: str) -> str:
        """The question in `ko` or `en`."""
        return self.question_en if language == "en" else self.question_ko

    def label(self, language: str) -> str:
        """The label in `ko` or `en`."""
        return self.label_en if language == "en" else self.label_ko


def _topic(category: Category, key: str, label_ko: str, label_en: str, question_ko: str, question_en: str) -> Topic:
    return Topic(key=key, category=category, label_ko=label_ko, label_en=label_en, question_ko=question_ko, question_en=question_en)


_P, _C, _B, _T, _L, _E, _I = Category

TOPICS: tuple[Topic, ...] = (
    _topic(_P, "people_count", "사람 수", "People", "몇 명이 보입니까?", "How many people are visible?"),
    _topic(_P, "face_count", "얼굴 수", "Faces", "얼굴이 몇 개 보입니까?", "How many faces are visible?"),
    _topic(_P, "gender", "성별", "Sex", "이 사람은 남성입니까, 여성입니까?", "Is this person male or female?"),
    _topic(_P, "age", "추정 나이", "Apparent age", "몇 살쯤으로 보입니까?", "How old does this person look?"),
    _topic(_P, "build", "체격", "Build", "체격이 어떻습니까?", "What build does this person have?"),
    _topic(_P, "height", "키", "Height", "키가 커 보입니까, 작아 보입니까?", "Does this person look tall or short?"),
    _topic(_P, "hair_color", "머리 색", "Hair color", "머리카락은 무슨 색입니까?", "What color is the hair?"),
    _topic(_P, "hair_style", "머리 모양", "Hair style", "머리 모양과 길이가 어떻습니까?", "What are the style and the length of the hair?"),
    _topic(_P, "face_shape", "얼굴형", "Face shape", "얼굴형이 어떻습니까?", "What shape is the face?"),
    _topic(_P, "skin_tone", "피부 톤", "Skin tone", "피부 톤이 어떻습니까?", "What is the skin tone?"),
    _topic(_P, "eyes", "눈", "Eyes", "눈의 모양과 크기가 어떻습니까?", "What are the shape and the size of the eyes?"),
    _topic(_P, "eyebrows", "눈썹", "Eyebrows", "눈썹의 모양과 굵기가 어떻습니까?", "What are the shape and the thickness of the eyebrows?"),
    _topic(_P, "nose", "코", "Nose", "코의 모양과 크기가 어떻습니까?", "What are the shape and the size of the nose?"),
    _topic(_P, "mouth", "입", "Mouth", "입술의 모양이 어떻습니까?", "What shape are the lips?"),
    _topic(_P, "jaw", "턱선", "Jaw", "턱선과 광대뼈가 어떻습니까?", "What are the jaw line and the cheekbones like?"),
    _topic(_P, "facial_hair", "수염", "Facial hair", "수염이 있습니까?", "Is there facial hair?"),
    _topic(_P, "glasses", "안경", "Glasses", "안경을 썼습니까?", "Does this person wear glasses?"),
    _topic(
        _P,
        "marks",
        "점·흉터·문신",
        "Marks",
        "점, 흉터, 문신 등 눈에 띄는 표시가 있습니까?",
        "Are there moles, scars, tattoos or other marks?",
    ),
    _topic(_P, "features", "그 밖의 특징", "Other features", "그 밖에 눈에 띄는 특징이 있습니까?", "Are there other notable features?"),
    _topic(_C, "clothing", "옷차림", "Clothing", "어떤 옷을 입고 있습니까?", "What is this person wearing?"),
    _topic(_C, "upper_color", "상의 색", "Top color", "상의는 무슨 색입니까?", "What color is the top?"),
    _topic(_C, "upper_type", "상의 종류", "Top", "상의는 어떤 옷입니까?", "What garment is the top?"),
    _topic(_C, "lower_color", "하의 색", "Bottom color", "하의는 무슨 색입니까?", "What color is the bottom?"),
    _topic(_C, "lower_type", "하의 종류", "Bottom", "하의는 어떤 옷입니까?", "What garment is the bottom?"),
    _topic(_C, "shoes", "신발", "Shoes", "어떤 신발을 신었습니까? 무슨 색입니까?", "What shoes does this person wear, and of what color?"),
    _topic(_C, "bag", "가방", "Bag", "가방을 들거나 메고 있습니까?", "Does this person carry a bag?"),
    _topic(_C, "headwear", "모자", "Headwear", "모자나 머리에 쓴 것이 있습니까?", "Is there a hat or another head covering?"),
    _topic(
        _C, "accessories", "장신구", "Accessories", "시계, 목걸이 등 장신구가 있습니까?", "Is there jewelry, a watch or another accessory?"
    ),
    _topic(
        _C,
        "logo",
        "상표·무늬",
        "Logos and patterns",
        "옷이나 소지품에 상표, 글자, 무늬가 있습니까?",
        "Is there a brand, a logo, lettering or a pattern on the clothes or belongings?",
    ),
    _topic(
        _C,
        "devices",
        "전자기기",
        "Devices",
        "휴대전화, 이어폰 등 전자기기가 보입니까?",
        "Is a phone, earphones or another device visible on this person?",
    ),
    _topic(_C, "fit", "옷의 품", "Fit", "옷이 몸에 맞습니까, 헐렁합니까?", "How do the clothes fit, tight or loose?"),
    _topic(_B, "carrying", "소지품", "Carried", "손에 무엇을 들고 있습니까?", "What is this person carrying in their hands?"),
    _topic(
        _B, "activity", "행동", "Activity", "걷고 있습니까, 서 있습니까, 앉아 있습니까?", "Is this person walking, standing or sitting?"
    ),
    _topic(_B, "pace", "보행 속도", "Pace", "걸음이 빠릅니까, 느립니까?", "How fast is this person walking?"),
    _topic(_B, "posture", "자세", "Posture", "자세가 곧습니까, 구부정합니까?", "Is the posture straight, slouched or hunched?"),
    _topic(
        _B,
        "direction",
        "이동 방향",
        "Direction",
        "어느 방향을 보거나 움직이고 있습니까?",
        "In which direction is this person facing or moving?",
    ),
    _topic(_B, "company", "동행 여부", "Company", "혼자입니까, 누구와 함께 있습니까?", "Is this person alone or with someone?"),
    _topic(_B, "gait", "걸음걸이", "Gait", "걸음걸이에 특징이 있습니까?", "Is there anything distinctive in the way of walking?"),
    _topic(
        _B,
        "mobility_aid",
        "보행 보조기",
        "Mobility aid",
        "지팡이, 휠체어 등 보조기를 씁니까?",
        "Is a cane, a wheelchair or another mobility aid used?",
    ),
    _topic(_B, "expression", "표정", "Expression", "표정이 어떻습니까?", "What is the facial expression?"),
    _topic(
        _B,
        "body_language",
        "몸짓",
        "Body language",
        "손짓이나 몸짓에서 무엇이 보입니까? 지치거나 아프거나 길을 잃은 듯합니까?",
        "What do gestures and body language show: tired, in pain, lost?",
    ),
    _topic(
        _B,
        "interaction",
        "주변과의 상호작용",
        "Interaction",
        "누구와, 또는 무엇을 상대로 어떤 행동을 합니까?",
        "With whom or what does this person interact, and how?",
    ),
    _topic(_T, "time_of_day", "촬영 시간대", "Time of day", "촬영된 시간대는 언제로 보입니까?", "What time of day does this appear to be?"),
    _topic(_T, "weather", "날씨", "Weather", "날씨가 어떻습니까?", "What is the weather like?"),
    _topic(_T, "season", "계절", "Season", "어느 계절로 보입니까?", "Which season does it appear to be?"),
    _topic(
        _L,
        "location_type",
        "장소 유형",
        "Kind of place",
        "어떤 장소입니까? 실내입니까, 실외입니까?",
        "What kind of place is this, indoors or outdoors?",
    ),
    _topic(
        _L, "background", "배경 건물", "Background", "뒤에 어떤 건물이나 장소가 보입니까?", "What building or area is in the background?"
    ),
    _topic(
        _L,
        "signs",
        "표지판·글자",
        "Signs and text",
        "표지판이나 글자가 보입니까? 무엇이라고 쓰여 있습니까?",
        "Are any signs or text visible, and what do they say?",
    ),
    _topic(
        _L,
        "landmarks",
        "위치 단서",
        "Landmarks",
        "위치를 알 수 있는 간판, 상호, 시설이 보입니까?",
        "Is there a shop, a facility or another landmark that tells the place?",
    ),
    _topic(_E, "other_people", "주변 인물", "Other people", "주변에 다른 사람이 있습니까?", "Are other people visible?"),
    _topic(_E, "vehicles", "주변 차량", "Vehicles", "차량이 보입니까? 어떤 종류입니까?", "Are any vehicles visible, and of what kind?"),
    _topic(_E, "lighting", "조명 상태", "Lighting", "조명이 어떻습니까?", "What is the lighting like?"),
    _topic(_E, "cameras", "다른 카메라", "Other cameras", "다른 CCTV 카메라가 보입니까?", "Are other cameras visible?"),
    _topic(
        _E,
        "dropped_items",
        "떨어진 물건",
        "Dropped items",
        "바닥에 떨어뜨리거나 두고 간 물건이 있습니까?",
        "Is anything dropped or left behind?",
    ),
    _topic(
        _E,
        "incident",
        "특이 상황",
        "Unusual situation",
        "쓰러짐, 다툼, 도움 요청 등 눈에 띄는 상황이 있습니까?",
        "Is anything unusual going on, such as a fall, a quarrel or a call for help?",
    ),
    _topic(
        _I,
        "image_kind",
        "사진 종류",
        "Kind of picture",
        "CCTV 화면입니까, 얼굴 사진입니까, 일상 사진입니까?",
        "Is it a CCTV frame, a face photo or an everyday photo?",
    ),
    _topic(_I, "resolution", "해상도", "Resolution", "해상도가 얼마입니까?", "What is the resolution?"),
    _topic(_I, "sharpness", "선명도", "Sharpness", "얼마나 선명합니까?", "How sharp is the picture?"),
    _topic(_I, "noise", "잡음", "Noise", "잡음이 얼마나 있습니까?", "How much noise is there?"),
    _topic(_I, "compression", "압축 손상", "Compression", "압축으로 얼마나 손상되었습니까?", "How much has compression damaged it?"),
)

BY_KEY = {topic.key: topic for topic in TOPICS}
