"""What picture models are asked for, built by rule from facts: nothing is dropped, nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dasibom.orchestrator.v1.input_pb2 import PersonInfo
from services.orchestrator.workflows.english import english

LONGEST = 4000
"""Characters that a prompt may have."""

NEGATIVE = "blurry, low quality, distorted, cartoon, several people, text, watermark"

# In the order in which a reader, and a text encoder, wants to hear of a person.
_PHRASES = {
    "gender": "{}",
    "age": "{}",
    "build": "{} build",
    "height": "{} height",
    "face_shape": "{} face",
    "skin_tone": "{} skin",
    "hair": "hair: {}",
    "hair_color": "{} hair",
    "hair_style": "hair style: {}",
    "hair_parting": "{}",
    "eyes": "eyes: {}",
    "eyebrows": "eyebrows: {}",
    "nose": "nose: {}",
    "mouth": "mouth: {}",
    "jaw": "jaw: {}",
    "facial_hair": "facial hair: {}",
    "glasses": "glasses: {}",
    "marks": "marks: {}",
    "features": "features: {}",
    "headwear": "headwear: {}",
    "clothing": "wearing {}",
    "upper_color": "{} top",
    "upper_type": "top: {}",
    "lower_color": "{} bottom",
    "lower_type": "bottom: {}",
    "logo": "logo: {}",
    "shoes": "shoes: {}",
    "bag": "bag: {}",
    "accessories": "accessories: {}",
    "carrying": "carrying: {}",
    "additional_info": "{}",
}

# What each free-text field of the form settles, so that the photo is not asked.
_FIELD_TOPICS = {"hair": ("hair_color", "hair_style")}
# Words that speak of a topic.
_WORD_TOPICS = {
    "glasses": r"안경|선글라스|glasses",
    "facial_hair": r"수염|beard|mustache|moustache|goatee|stubble|clean.?shaven",
    "marks": r"흉터|문신|반점|점이|점 |scar|tattoo|mole|birthmark",
    "skin_tone": r"피부|skin",
    "face_shape": r"얼굴형|face shape|(round|oval|square|long) face",
    "eyes": r"쌍꺼풀|눈매|눈이|eyes|eyelid",
    "eyebrows": r"눈썹|eyebrow",
    "nose": r"코가|콧|nose",
    "mouth": r"입술|입이|lips|mouth",
    "jaw": r"턱|광대|jaw|cheekbone",
    "hair_color": r"머리.{0,4}색|염색|hair colou?r|(black|brown|blond|gray|grey|white|red) hair",
    "hair_style": r"단발|장발|(짧은|긴)\s*(\w+\s+){0,2}머리|파마|대머리|bald|ponytail|"
    r"(short|long|medium|curly|straight|wavy)([ -]\w+){0,3} hair",
    "headwear": r"모자|비니|벙거지|두건|\bhat\b|\bcap\b|beanie|headscarf|bareheaded",
    "upper_type": r"셔츠|남방|블라우스|재킷|자켓|점퍼|잠바|코트|외투|겉옷|패딩|파카|니트|스웨터|[가카]디건|맨투맨|후드|조끼|원피스|바람막이"
    r"|정장|양복|교복|유니폼|한복|반팔|긴팔|shirt|blouse|jacket|jumper|\bcoat|parka|sweater|cardigan|hoodie|hooded|\bvest|\bdress\b|\bsuit\b"
    r"|uniform|sleeve|pullover",
}


def drawable(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts that a picture of the person can show; the rest tells of the scene."""
    return {topic: value for topic, value in facts.items() if topic in _PHRASES}


def describe(facts: Mapping[str, str]) -> str:
    """Facts about a person as one English phrase, in a fixed order; every drawable fact is in it, in `english`'s words."""
    phrases = [
        _age(facts[topic]) if topic == "age" else _phrase(phrase, english(facts[topic]))
        for topic, phrase in _PHRASES.items()
        if facts.get(topic) and not is_said_by_parts(topic, facts)
    ]
    return ", ".join(phrases)


def _phrase(phrase: str, text: str) -> str:
    """`{} build` of `slim` is `slim build`; of `average build, 68kg` it is just that."""
    noun = phrase.replace("{}", "").strip(" :")
    return text if noun and re.search(rf"\b{noun}\b", text) else phrase.format(text)


def _age(text: str) -> str:
    """`26세` → `age 26`."""
    return f"age {english(text).removesuffix(' years old')}"


def is_said_by_parts(topic: str, facts: Mapping[str, str]) -> bool:
    """Whether a composed `clothing` ("red top, black bottom") only repeats the facts about its parts."""
    if topic != "clothing":
        return False
    parts = {f"{facts[f'{part}_color']} {name}" for part, name in (("upper", "top"), ("lower", "bottom")) if facts.get(f"{part}_color")}
    return {piece.strip() for piece in facts["clothing"].split(",")} <= parts


def montage_prompt(facts: Mapping[str, str], notes: str) -> tuple[str, bool]:
    """The request for a montage, and whether it had to be shortened."""
    fixed = ["police composite portrait of a missing person", "frontal view, neutral expression, plain background"]
    return _fit([*fixed, describe(facts), english(notes.strip())])


def body_prompt(facts: Mapping[str, str], *, years_progressed: int = 0) -> tuple[str, bool]:
    """The request for a full-body picture, and whether it had to be shortened.

    Args:
        facts: about the person.
        years_progressed: years between the facts about the face and the picture; 0 for none.
    """
    fixed = ["full-body picture of a missing person, standing, frontal, head to toe, plain light background"]
    return _fit([*fixed, describe(facts), _progression(years_progressed)])


def aged_face_prompt(age: str, years_progressed: int) -> str:
    """The request for a face photo as it may look years later."""
    return ", ".join(["portrait of the same person", _age(age), _progression(years_progressed), "natural photograph"])


def _progression(years: int) -> str:
    return f"age-progressed by {years} years, naturally aged face and hair" if years else ""


def _fit(parts: Iterable[str]) -> tuple[str, bool]:
    """Join the parts; what is beyond the limit is cut off at the last gap between words."""
    prompt = ", ".join(filter(None, parts))
    if len(prompt) <= LONGEST:
        return prompt, False
    head, gap, _ = prompt[: LONGEST + 1].rpartition(" ")
    return (head if gap else prompt[:LONGEST]).rstrip(" ,"), True


def facts_of_person(info: PersonInfo) -> dict[str, str]:
    """What the form says, as facts; empty fields left out."""
    return {field.name: value for field in PersonInfo.DESCRIPTOR.fields if (value := getattr(info, field.name).strip())}


def topics_in(text: str) -> set[str]:
    """Topics that free words speak of, whatever they say of them."""
    return {topic for topic, words in _WORD_TOPICS.items() if re.search(words, text.lower())}


def join(told: Mapping[str, str], seen: Mapping[str, str]) -> dict[str, str]:
    """Facts from a form and from a photo; where both speak of one thing, the form wins."""
    settled = {topic for field, topics in _FIELD_TOPICS.items() if field in told for topic in topics}
    settled |= topics_in(" ".join(told.values()))
    return {**{topic: value for topic, value in seen.items() if topic not in settled}, **told}
