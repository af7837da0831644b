"""What the vqa model says of the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1.result_pb2 import Attribute
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest, Question
from services.orchestrator.workflows.attributes import attribute_of, questions_for
from services.orchestrator.workflows.casework import Casework
from services.orchestrator.workflows.context import Context, InputImage

_MOST_QUESTIONS = 100  # in one request


async def describe(
    case: Casework, image: InputImage, topics: Iterable[str], *, frame: int = 0, own: Sequence[Question] = ()
) -> list[Attribute]:
    """Everything that the model says of one untouched picture; the report will name the model.

    Args:
        case: the case that the picture belongs to.
        image: the picture.
        topics: keys of the question catalogue.
        frame: the picture's number, from 1; 0 when it is not one of several frames.
        own: the submitter's own questions.
    """
    found, models = await look(case.context, image, topics, frame=frame, own=own)
    for model in models:
        case.note_model(model)
    return found


async def look(
    context: Context, image: InputImage, topics: Iterable[str], *, frame: int = 0, own: Sequence[Question] = ()
) -> tuple[list[Attribute], list[ModelUse]]:
    """The same without a case: also gives the models that answered."""
    questions = questions_for(topics, context.language, own)
    found: list[Attribute] = []
    models: list[ModelUse] = []
    for start in range(0, len(questions), _MOST_QUESTIONS):
        request = AnswerRequest(
            images=[image.image],
            questions=questions[start : start + _MOST_QUESTIONS],
            model=context.model("vqa"),
            language=context.language,
        )
        result = await context.ask(request)
        found.extend(attribute_of(answer, context.language, frame) for answer in result.answers)
        models.append(result.model)
    return found, models
