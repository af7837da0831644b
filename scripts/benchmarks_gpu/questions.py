"""What every vision-language model is asked: the catalogue's questions on one picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks_gpu.case import Work
from benchmarks_gpu.pictures import drawn
from benchmarks_gpu.place import Place
from services.common.backend import Monitor
from services.common.questions import TOPICS
from services.vqa.backend import AnswerTask, Question

TOKENS = 16  # of each answer, at most


def ask(side: int, questions: int) -> Callable[[Any, int, Monitor], None]:
    """Has a backend answer so many questions on each of some pictures.

    Args:
        side: of a picture, pixels.
        questions: on each.
    """
    asked = tuple(Question(topic="", text=topic.question_en) for topic in TOPICS[:questions])

    def run(backend: Any, items: int, monitor: Monitor) -> None:
        pictures = [drawn(side, side, number) for number in range(items)]
        backend.answer(
            [AnswerTask(picture=picture, questions=asked, language="en", monitor=monitor, max_new_tokens=TOKENS) for picture in pictures]
        )

    return run


def one_by_one(folder: Path, place: Place, *, side: int, questions: int, prompt: str) -> Work:
    """The library's plain call: a question at a time, each with its picture.

    Args:
        folder: of the checkpoint.
        place: where it runs.
        side: of a picture, pixels.
        questions: on each picture.
        prompt: with `{question}` in it.
    """
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=place.dtype, device_map={"": place.device}).eval()
    processor = AutoProcessor.from_pretrained(folder)
    texts = [prompt.format(question=topic.question_en) for topic in TOPICS[:questions]]

    def work(items: int) -> None:
        for number in range(items):
            picture = drawn(side, side, number).pixels
            for text in texts:
                inputs = processor(images=[picture], text=[text], return_tensors="pt").to(place.device, dtype=place.dtype)
                with torch.inference_mode():
                    model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False).cpu()

    return work
