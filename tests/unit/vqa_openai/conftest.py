"""The server, and a backend that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from services.common.backend import Cancelled, ModelSpec
from services.common.picture import Picture
from services.vqa.backend import AnswerTask, Question
from services.vqa.backends.openai.backend import OpenAIBackend
from tests.default_models import make
from tests.outside.chat_server import ChatServer

KEY = "sk-test-0123456789abcdef"
SPEC = ModelSpec(name="openai", backend="openai", revision="", licence="as the server's", commercial_use=True, memory_bytes=0)


class Watcher:
    """A monitor that keeps what it was told, and leaves when asked to."""

    def __init__(self, leave_after: int | None = None) -> None:
        self.steps: list[tuple[str, int, int]] = []
        self._leave_after = leave_after  # reports

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.steps.append((stage, step, total))
        if self._leave_after is not None and len(self.steps) > self._leave_after:
            raise Cancelled("the caller has left")


def picture(color: tuple[int, int, int] = (200, 20, 20), width: int = 64, height: int = 48) -> Picture:
    """A picture of one color."""
    return Picture(pixels=np.full((height, width, 3), color, np.uint8))


def task(*questions: str, **options: Any) -> AnswerTask:
    """Questions about a red picture, in Korean."""
    options = {"picture": picture(), "language": "ko", "monitor": Watcher(), **options}
    return AnswerTask(questions=tuple(Question(topic="", text=text) for text in questions), **options)


@pytest.fixture
def server() -> Iterator[ChatServer]:
    """A server of the chat protocol."""
    with ChatServer() as running:
        yield running


def backend_of(server: ChatServer, spec: ModelSpec = SPEC, **settings: Any) -> OpenAIBackend:
    """A backend that may ask the server; not loaded."""
    settings = {"openai_base_url": server.base_url, "openai_model": "eyes-1", "allow_external": True, "openai_max_retries": 0, **settings}
    backend = make("vqa", spec, **settings)
    assert isinstance(backend, OpenAIBackend)
    return backend
