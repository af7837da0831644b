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

SURE = 0.6
"""Confidence above which the model's word decides by itself."""

_DOUBTFUL = 0.4  # confidence above which its word still counts when nothing else decides
_CLOSE = 0.06  # share of the picture above which a face makes a photo of a face
_SMALL = 0.02  # share of the picture that a face covers at most, when a camera sees a person
_FIT = 0.3  # quality from which a face can be compared
_UNSTATED = 0.5  # confidence of a model that gives none


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is known of a picture before its kind is decided."""

    kind: str  # as the vqa model says, canonical English; empty when it cannot tell
    text: str  # the same for people
    confidence: float | None  # 0..1, of that answer; None when the model gives no such figure
    people: int  # people or faces that were seen
    face_ratio: float  # share of the picture that its largest face covers, 0..1; 0 without a face
    face_quality: float  # of that face, 0..1

    @property
    def sureness(self) -> float:
        """How sure the model is, 0..1; 0 without an answer."""
        return 0.0 if not self.kind else _UNSTATED if self.confidence is None else self.confidence


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
        kind=_kind_of(kind.value or kind.text) if kind else "",
        text=kind.text if kind else "",
        confidence=kind.confidence if kind and kind.HasField("confidence") else None,
        people=max(counted, faces),
        face_ratio=ratio,
        face_quality=quality,
    ), refusals


def _kind_of(value: str) -> str:
    """The kind that an answer names, whatever words it comes in."""
    lowered = value.lower()
    if any(word in lowered for word in ("cctv", "surveillance", "security camera", "감시")):
        return CCTV
    return FACE if any(word in lowered for word in ("face", "portrait", "selfie", "얼굴", "증명사진")) else REFERENCE


def classify(number: int, seen: Measured, language: Language) -> ImageFinding:
    """Decide what a picture is, by the first rule that holds.

    1. The model says CCTV, surer than 0.6: a CCTV frame.
    2. The model says face photo, surer than 0.6, and a face is found: a face photo.
    3. A face covers more than 6 % of the picture, and the model does not say CCTV: a face photo.
    4. The model says CCTV, surer than 0.4: a doubtful CCTV frame.
    5. The model cannot tell (no answer, or 0.4 at most), and someone is seen whose face is small (2 % at most, unfit for comparison):
       a doubtful CCTV frame.
    6. Anything else is a reference.

    These are the rules that investigators' scripts had (1, 2, 3 and 6, all thresholds strict), with two changes. There, a large face made
    a face photo even of a picture that the model held for CCTV: someone who walks close by a camera became their own reference photo, so
    rule 3 asks the model too. And a frame of which the model was not sure was lost among the references, which open no case; rules 4 and
    5 keep it, with its low confidence stated, and the plan uses doubtful frames only where there is no sure one.

    Args:
        number: of the picture, from 1.
        seen: what is known of it.
        language: of the reason, `ko` or `en`.
    """
    said = say("kind.said", language, text=seen.text) if seen.text else say("kind.no_answer", language)
    sized = say("kind.face_size", language, ratio=seen.face_ratio, quality=seen.face_quality)
    sure = seen.sureness
    is_small = seen.people > 0 and seen.face_ratio <= _SMALL and seen.face_quality < _FIT
    if seen.kind == CCTV and sure > SURE:
        kind, confidence, reasons = CCTV, sure, [said]
    elif seen.kind == FACE and sure > SURE and seen.face_ratio > 0:
        kind, confidence, reasons = FACE, sure, [said, sized]
    elif seen.face_ratio > _CLOSE and seen.kind != CCTV:
        kind, confidence, reasons = FACE, min(1.0, 5 * seen.face_ratio), [said, sized]
    elif seen.kind == CCTV and sure > _DOUBTFUL:
        kind, confidence, reasons = CCTV, sure, [said, say("kind.doubtful", language)]
    elif sure <= _DOUBTFUL and is_small:
        kind, confidence, reasons = CCTV, _DOUBTFUL, [say("kind.small", language, ratio=seen.face_ratio)]
    else:
        kind, confidence, reasons = REFERENCE, max(sure, _DOUBTFUL), [said] if seen.text else [say("kind.no_cue", language)]
    return _finding(number, seen, kind, confidence, "; ".join(reasons))


def state_face(number: int, seen: Measured, language: Language) -> ImageFinding:
    """A picture that a record names as the person's photo: a face photo, whatever it looks like.

    Args:
        number: of the picture, from 1.
        seen: what is known of it.
        language: of the reason, `ko` or `en`.
    """
    reasons = [say("kind.stated", language)]
    reasons.append(say("kind.face_size" if seen.face_ratio else "kind.no_face", language, ratio=seen.face_ratio, quality=seen.face_quality))
    return _finding(number, seen, FACE, 1.0, "; ".join(reasons))


def _finding(number: int, seen: Measured, kind: str, confidence: float, reason: str) -> ImageFinding:
    return ImageFinding(
        number=number,
        kind=kind,
        confidence=confidence,
        face_ratio=seen.face_ratio,
        face_quality=seen.face_quality,
        reason=reason,
        said=seen.kind,
        said_confidence=seen.confidence,
    )
