"""What the vqa model says of the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dasibom.orchestrator.v1.result_pb2 import Attribute
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest, Question
from services.orchestrator.workflows.attributes import attribute_of, questions_for
from services.orchestrator.workflows.context import Context, InputImage

_MOST_QUESTIONS = 100  # in one request


async def describe(
    context: Context, image: InputImage, topics: Iterable[str], *, frame: int = 0, own: Sequence[Question] = ()
) -> list[Attribute]:
    """Everything that the model says of one untouched picture.

    Args:
        context: the world.
        image: the picture.
        topics: keys of the question catalogue.
        frame: the picture's number, from 1; 0 when it is not one of several frames.
        own: the submitter's own questions.
    """
    questions = questions_for(topics, context.language, own)
    found: list[Attribute] = []
    for start in range(0, len(questions), _MOST_QUESTIONS):
        request = AnswerRequest(
            images=[image.image],
            questions=questions[start : start + _MOST_QUESTIONS],
            model=context.model("vqa"),
            language=context.language,
        )
        result = await context.ask(request)
        found.extend(attribute_of(answer, context.language, frame) for answer in result.answers)
    return found
