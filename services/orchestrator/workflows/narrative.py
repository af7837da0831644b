"""A few sentences by a language model over the findings: marked as its words, checked against the findings, used for nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.result_pb2 import Attribute, Case3Result, Comparison, Narrative
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest
from services.common.colors import BY_KEY
from services.orchestrator.workflows.casework import Casework
from services.orchestrator.workflows.context import InputImage, Language, ModelRefused
from services.orchestrator.workflows.texts import say
from services.orchestrator.workflows.vocabulary import colors

_PROMPT_TOPIC = "prompt"  # under which a free prompt is answered
_MOST_FINDINGS = 3_000  # characters; with the rules, well below the 4,000 that the service takes
_MOST_TOKENS = 500
_SHORTEST = 20  # characters; a model that only names things gives less
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_HANGUL = re.compile(r"[가-힣]")


async def narrate(case: Casework, image: InputImage, result: Case3Result) -> Narrative | None:
    """Have the vqa model sum the findings up; None when it cannot, or when its words say more than the findings.

    Args:
        case: the case at work; gets a warning when a summary was refused or dropped, none when the model has no language.
        image: the frame that it may look at.
        result: the findings.
    """
    told = findings(result, case.language)
    asked = f"{case.say('narrative.prompt')}\n{told}"
    request = AnswerRequest(
        images=[image.image], prompt=asked, model=case.context.model("vqa"), language=case.language, max_new_tokens=_MOST_TOKENS
    )
    try:
        answered = await case.context.ask(request)
    except ModelRefused as refused:
        if refused.reason != "NOT_SUPPORTED_BY_MODEL":
            await case.warn("no_narrative", refused=refused)
        return None
    answer = next((answer for answer in answered.answers if answer.topic == _PROMPT_TOPIC), None)
    text = " ".join(answer.text.split()) if answer is not None and answer.known else ""
    if len(text) < _SHORTEST or (case.language == "ko") != bool(_HANGUL.search(text)):
        return None
    if added := inventions(text, told, case.language):
        await case.warn("narrative_dropped", added=", ".join(added))
        return None
    case.note_model(answered.model)
    return Narrative(text=text, model=answered.model)


def findings(result: Case3Result, language: Language) -> str:
    """What the model may write about, a line each: the comparisons, then what was seen, of which the least sure gives way for room.

    Free words of the report are not among them: they may hold names, and the model may run elsewhere.
    """
    seen = sorted((item for item in result.attributes if item.known and item.category != "image"), key=_sureness, reverse=True)
    lines = [*(_compared(item, language) for item in result.comparisons if item.topic and item.known), *map(_seen, seen)]
    if result.HasField("similarity"):
        lines.insert(0, say("narrative.likeness", language, similarity=result.similarity))
    told = ""
    for line in lines:
        longer = f"{told}- {' '.join(line.split())}\n"
        if len(longer) > _MOST_FINDINGS:
            break
        told = longer
    return told


def inventions(text: str, told: str, language: Language) -> list[str]:
    """Numbers and colors of a text that the findings do not have: what a rule can catch of a model's inventions.

    Args:
        text: the model's words.
        told: the findings that it was given.
        language: of the colors' names in the answer.
    """
    numbers = set(_NUMBER.findall(told))
    known = set(colors(told))
    named = [BY_KEY[color] for color in colors(text) if color not in known]
    return list(
        dict.fromkeys(
            [
                *(number for number in _NUMBER.findall(text) if number not in numbers),
                *(color.key if language == "en" else color.korean for color in named),
            ]
        )
    )


def _seen(item: Attribute) -> str:
    differing = _differing(item.disagreements)
    return f"{item.label}: {item.text}{f' ({item.confidence:.0%})' if item.HasField('confidence') else ''}{differing}"


def _differing(disagreements: Iterable[result_pb2.Disagreement]) -> str:
    said = ", ".join(f"{other.frame}: {other.text}" for other in disagreements)
    return f" [≠ {said}]" if said else ""


def _compared(item: Comparison, language: Language) -> str:
    verdict = result_pb2.Agreement.Name(item.agreement).removeprefix("AGREEMENT_").lower()
    return say(f"narrative.{verdict}", language, label=item.label, known=item.known, seen=item.seen)


def _sureness(item: Attribute) -> float:
    return item.confidence if item.HasField("confidence") else 0.5
