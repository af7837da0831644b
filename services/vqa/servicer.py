"""`VqaService`: from a request to the backend's tasks, and from its answers to the response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc.aio

from dasibom.common.v1.progress_pb2 import Progress
from dasibom.vqa.v1 import vqa_service_pb2 as pb
from dasibom.vqa.v1 import vqa_service_pb2_grpc as pb_grpc
from services.common import questions as catalogue
from services.common.errors import InvalidRequest
from services.common.inference import Inference
from services.common.messages import box_of, pictures_of
from services.vqa.backend import Answer, AnswerTask, Language, Question, VqaBackend

Context = grpc.aio.ServicerContext[Any, Any]

PROMPT_TOPIC = "prompt"
_DEFAULT_NEW_TOKENS = 64


def answer(backend: VqaBackend, batches: Sequence[AnswerTasks]) -> list[list[list[Answer]]]:
    """The service's operation: every picture of every request in one call of the backend, so that they can share forward passes."""
    flat = iter(backend.answer([task for batch in batches for task in batch.tasks]))
    return [[next(flat) for _ in batch.tasks] for batch in batches]


class AnswerTasks:
    """The tasks of one request: one a picture, all with the request's monitor."""

    def __init__(self, tasks: Sequence[AnswerTask]) -> None:
        self.tasks = tuple(tasks)
        self.monitor = self.tasks[0].monitor


class VqaServicer(pb_grpc.VqaServiceServicer):
    """Answers questions about pictures."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def Answer(self, request: pb.AnswerRequest, context: Context) -> AsyncIterator[pb.AnswerResponse]:  # noqa: N802
        """See the proto."""
        language: Language = "en" if request.language == "en" else "ko"
        questions = _questions(request, language)
        pictures = await pictures_of(request.images, "images")
        tokens = request.max_new_tokens or _DEFAULT_NEW_TOKENS
        updates = self._inference.run(
            context,
            request.model,
            "answer",
            lambda monitor: AnswerTasks(
                [
                    AnswerTask(picture=picture, questions=questions, language=language, monitor=monitor, max_new_tokens=tokens)
                    for picture in pictures
                ]
            ),
            shape=(tokens,),
        )
        async for update in updates:
            if isinstance(update, Progress):
                yield pb.AnswerResponse(progress=update)
                continue
            answers = [
                _answer_of(question, answer, index)
                for index, picture_answers in enumerate(update.result)
                for question, answer in zip(questions, picture_answers, strict=True)
            ]
            yield pb.AnswerResponse(result=pb.AnswerResult(answers=answers, model=update.use))


def _questions(request: pb.AnswerRequest, language: Language) -> tuple[Question, ...]:
    questions = []
    for index, question in enumerate(request.questions):
        topic = catalogue.BY_KEY.get(question.topic)
        if topic is None and not question.text:
            field = f"questions[{index}].topic"
            message = f"there is no topic {question.topic!r}; use a key of the catalogue, or give the question's text"
            raise InvalidRequest(f"{field}: {message}", reason="UNKNOWN_TOPIC", field_violations=[(field, message)])
        questions.append(Question(topic=question.topic, text=question.text or (topic.question(language) if topic else "")))
    if request.prompt:
        questions.append(Question(topic=PROMPT_TOPIC, text=request.prompt))
    return tuple(questions)


def _answer_of(question: Question, answer: Answer, image_index: int) -> pb.Answer:
    return pb.Answer(
        topic=question.topic,
        question=question.text,
        image_index=image_index,
        text=answer.text,
        value=answer.value,
        known=answer.known,
        confidence=answer.confidence,
        method=answer.method,
        boxes=map(box_of, answer.boxes),
    )
