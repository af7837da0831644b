"""What each picture is: a CCTV frame, a face photo or another reference, by what the vqa model says and what is measured."""

from __future__ import annotations

from dataclasses import dataclass

from dasibom.faceswap.v1.face_swap_service_pb2 import DetectFacesRequest
from dasibom.orchestrator.v1.result_pb2 import Attribute, ImageFinding
from services.orchestrator.workflows.attributes import by_topic
from services.orchestrator.workflows.context import Context, InputImage, Language, ModelRefused
from services.orchestrator.workflows.findings import look
from services.orchestrator.workflows.texts import say

CCTV, FACE, REFERENCE = "cctv", "face", "reference"

_SAID = 0.4  # confidence from which the model's word on CCTV counts
_SURE = 0.6  # confidence from which the model's "everyday photo" is not questioned
_CLOSE = 0.04  # share of the picture that a face covers in a photo of a face
_FIT = 0.3  # quality from which a face can be compared
_SMALL = 0.02  # share of the picture that a face covers at most, when a camera sees a person
_UNSTATED = 0.5  # confidence of a model that gives none


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is known of a picture before its kind is decided."""

    kind: str  # as the vqa model says, canonical English; empty when it cannot tell
    text: str  # the same for people
    confidence: float  # 0..1, of that answer
    people: int  # people or faces that were seen
    face_ratio: float  # share of the picture that its largest face covers, 0..1; 0 without a face
    face_quality: float  # of that face, 0..1


async def measure(context: Context, image: InputImage) -> tuple[Measured, list[ModelRefused]]:
    """Ask and measure what tells a picture's kind; also gives the refusals of services that had to be done without."""
    refusals: list[ModelRefused] = []
    answers: dict[str, Attribute] = {}
    try:
        answers = by_topic((await look(context, image, ["image_kind", "people_count"]))[0])
    except ModelRefused as refused:
        refusals.append(refused)
    ratio = quality = 0.0
    faces = 0
    try:
        found = await context.ask(DetectFacesRequest(image=image.image, model=context.model("faceswap")))
        faces = len(found.faces)
        if faces:
            box = found.faces[0].box
            ratio = min(1.0, box.width * box.height / max(1, found.image_width * found.image_height))
            quality = found.faces[0].quality
    except ModelRefused as refused:
        refusals.append(refused)
    kind, people = answers.get("image_kind"), answers.get("people_count")
    counted = int(people.value) if people is not None and people.value.isdecimal() else 0
    return Measured(
        kind=_kind_of(kind.value) if kind else "",
        text=kind.text if kind else "",
        confidence=(kind.confidence if kind.HasField("confidence") else _UNSTATED) if kind else 0.0,
        people=max(counted, faces),
        face_ratio=ratio,
        face_quality=quality,
    ), refusals


def _kind_of(value: str) -> str:
    """The kind that an answer names, whatever words it comes in."""
    lowered = value.lower()
    if "cctv" in lowered or "surveillance" in lowered or "security camera" in lowered:
        return CCTV
    return FACE if "face" in lowered or "portrait" in lowered else REFERENCE


def classify(number: int, seen: Measured, language: Language) -> ImageFinding:
    """Decide what a picture is, by the first rule that holds.

    1. The model says CCTV: a CCTV frame, however large a face in it is.
    2. The model says face photo, and a face is found: a face photo.
    3. A face covers 4 % of the picture or more and is fit for comparison: a face photo.
    4. The model is unsure, and whoever is seen is small (a face of 2 % at most, unfit for comparison): treated as a CCTV frame.
    5. Anything else is a reference.

    Args:
        number: of the picture, from 1.
        seen: what is known of it.
        language: of the reason, `ko` or `en`.
    """
    said = say("kind.said", language, text=seen.text) if seen.text else say("kind.no_answer", language)
    sized = say("kind.face_size", language, ratio=seen.face_ratio, quality=seen.face_quality)
    has_face = seen.face_ratio > 0
    fit = seen.face_quality >= _FIT
    if seen.kind == CCTV and seen.confidence >= _SAID:
        kind, confidence, reasons = CCTV, seen.confidence, [said]
    elif seen.kind == FACE and has_face:
        kind, confidence, reasons = FACE, seen.confidence, [said, sized]
    elif seen.face_ratio >= _CLOSE and fit:
        kind, confidence, reasons = FACE, seen.face_quality, [sized]
    elif seen.people and seen.face_ratio <= _SMALL and not fit and seen.confidence < _SURE:
        kind, confidence, reasons = CCTV, _SAID, [say("kind.small", language, ratio=seen.face_ratio)]
    else:
        kind, confidence, reasons = REFERENCE, max(seen.confidence, _SAID), [said] if seen.text else [say("kind.no_cue", language)]
    return ImageFinding(
        number=number,
        kind=kind,
        confidence=confidence,
        face_ratio=seen.face_ratio,
        face_quality=seen.face_quality,
        reason="; ".join(reasons),
    )
