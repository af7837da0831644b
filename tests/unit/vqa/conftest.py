from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from services.common.picture import Picture
from services.common.questions import TOPICS
from services.vqa.backend import Answer, AnswerTask, Language, Question, VqaBackend
from tests.default_models import make

Ask = Callable[..., dict[str, Answer]]


class Listener:
    """Records what is reported."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.stages.append(stage)


@pytest.fixture(scope="session")
def vision() -> VqaBackend:
    backend = make("vqa")
    backend.load()
    return backend


@pytest.fixture(scope="session")
def ask(vision: VqaBackend) -> Ask:
    """Ask the topics named, or all, about pixels or a picture."""

    def asked(image: np.ndarray | Picture, *topics: str, language: Language = "en") -> dict[str, Answer]:
        picture = image if isinstance(image, Picture) else Picture(pixels=image)
        keys = topics or tuple(topic.key for topic in TOPICS)
        questions = tuple(Question(topic=key, text="") for key in keys)
        answers = vision.answer([AnswerTask(picture=picture, questions=questions, language=language, monitor=Listener())])[0]
        return dict(zip(keys, answers, strict=True))

    return asked
