"""What texts of the former scripts say, as attributes of today. In Korean, as those scripts spoke."""

from __future__ import annotations

from collections.abc import Sequence

from dasibom.orchestrator.v1.result_pb2 import Attribute
from services.common.questions import BY_KEY, Category
from services.orchestrator.workflows.vocabulary import says_unknown

from .answers import answered
from .sections import numbered

_UNKNOWN = "알 수 없음"
_METHOD = "legacy"

NUMBERED_TOPICS = "clothing upper_color lower_type shoes accessories hair_style gender age build features".split()
"""Of the ten numbered answers of `bedrock_case1.py`, in their order."""

_FACE_TOPICS = (
    # Of `bedrock_enhanced_case2.py`; the last one, the overall impression, has no topic of its own.
    "face_shape skin_tone eyes eyebrows nose mouth jaw marks age features".split(),
    # Of `bedrock_case2.py`; estimated ethnicity, the seventh, is kept under the label of other features.
    "face_shape skin_tone eyes nose mouth features features marks".split(),
)


def from_answers(text: str) -> list[Attribute]:
    """One attribute a question; unknown where it was not answered."""
    return [_attribute(found.topic, found.answer, label=found.question) for found in answered(text)]


def from_numbers(text: str, topics: Sequence[str]) -> list[Attribute]:
    """One attribute an item of a numbered list; empty where the text is no list of so many."""
    items = numbered(text, len(topics))
    return [_attribute(topic, item) for topic, item in zip(topics, items or (), strict=bool(items))]


def from_face(text: str) -> list[Attribute]:
    """The description of a face: by topic where it is a numbered list, else as it stands."""
    lists = (from_numbers(text, topics) for topics in _FACE_TOPICS)
    return next((found for found in lists if found), None) or from_words(text, "얼굴 특징 분석", Category.PERSON)


def from_words(text: str, label: str, category: Category) -> list[Attribute]:
    """Free words under a label; nothing where there are none."""
    text = text.strip()
    if not text or says_nothing(text):
        return []
    return [Attribute(label=label, category=category.value, text=text, known=True, method=_METHOD)]


def says_nothing(text: str) -> bool:
    """Whether a section holds only the former words for a part that failed."""
    return len(text) < 100 and ("분석 실패" in text or "데이터 없음" in text or "제공되지 않았거나" in text or "중 오류 발생" in text)


def _attribute(topic: str, answer: str, *, label: str = "") -> Attribute:
    known = bool(answer) and not says_unknown(answer)
    entry = BY_KEY.get(topic)
    return Attribute(
        topic=topic,
        label=entry.label_ko if entry else label,
        category=(entry.category if entry else Category.PERSON).value,
        text=answer if known else _UNKNOWN,
        value=answer if known and answer.isascii() else "",
        known=known,
        method=_METHOD,
    )
