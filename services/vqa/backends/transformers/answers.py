"""From what a model wrote to an `Answer`."""

from __future__ import annotations

from services.common.questions import Topic
from services.vqa.backend import Answer, Language
from services.vqa.backends.transformers import words

_UNKNOWN = {"ko": "알 수 없음", "en": "unknown"}
_MODEL_CANNOT_TELL = {"ko": "모델이 이 사진으로는 답할 수 없다고 했습니다.", "en": "The model said that it cannot tell from this picture."}
_NO_ANSWER = {"ko": "모델이 아무 답도 쓰지 않았습니다.", "en": "The model wrote no answer."}
_IN_ENGLISH = {"ko": "모델이 영어로 답했고, 번역하지 않았습니다.", "en": ""}
_CUT = {"ko": "답이 길이 제한에서 잘렸습니다.", "en": "The answer was cut at the limit of its length."}


def answer_of(text: str, *, confidence: float, finished: bool, topic: Topic | None, language: Language) -> Answer:
    """Read a model's English answer.

    Args:
        text: what it wrote, without the prompt.
        confidence: how probable it was to the model, 0..1.
        finished: False when it was cut.
        topic: the catalogue's topic that was asked; None for a question of the caller's own.
        language: of the answer's text. What the tables of words have no Korean for stays as the model wrote it.
    """
    written = " ".join(text.split())
    plain = words.plain(written)
    if words.cannot_tell(plain):
        method = (_MODEL_CANNOT_TELL if plain else _NO_ANSWER)[language]
        return Answer(text=_UNKNOWN[language], value="", known=False, confidence=None, method=method)
    value = words.canonical(plain, topic)
    translated = words.korean(value, topic) if language == "ko" else ""
    # Whoever asks in words of their own may be answered in another language than English; ASCII tells well enough.
    in_english = "" if translated or not written.isascii() else _IN_ENGLISH[language]
    method = " ".join(filter(None, (in_english, "" if finished else _CUT[language])))
    return Answer(text=translated or written, value=value, known=True, confidence=confidence, method=method)
