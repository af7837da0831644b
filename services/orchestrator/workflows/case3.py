"""Case 3: CCTV + face + known information → investigation report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dasibom.faceswap.v1.face_swap_service_pb2 import CompareRequest, DetectFacesRequest
from dasibom.orchestrator.v1 import result_pb2
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase3Request
from dasibom.orchestrator.v1.result_pb2 import Attribute, Case3Result, JobResult
from services.orchestrator.workflows.attributes import CONTEXT_TOPICS, FACE_TOPICS, PERSON_TOPICS, QUALITY_TOPICS, feature_list, merge
from services.orchestrator.workflows.casework import Casework
from services.orchestrator.workflows.clues import clues
from services.orchestrator.workflows.comparison import compare, is_read_out
from services.orchestrator.workflows.context import Context, InputImage, ModelRefused
from services.orchestrator.workflows.faces import FoundFace, alone, best, find_faces, keep_faces
from services.orchestrator.workflows.findings import describe
from services.orchestrator.workflows.likeness import Likeness
from services.orchestrator.workflows.narrative import narrate
from services.orchestrator.workflows.recommendations import Evidence, recommend


async def run(context: Context, request: SubmitCase3Request) -> JobResult:
    """Run the case."""
    with_face = request.HasField("face")
    with_narrative = request.narrate if request.HasField("narrate") else True
    optional = {"match": with_face, "narrate": with_narrative}
    steps = ["collect", "describe", "faces", "match", "compare", "narrate", "report"]
    case = Casework(context, "case3", [step for step in steps if optional.get(step, True)])
    result = Case3Result()

    await case.begin("collect")
    for picture in request.left_out:
        await case.warn("left_out", picture=picture)
    frames = [await context.open(source) for source in request.frames]
    for number, frame in enumerate(frames, start=1):
        await case.keep_original(frame, number, case.say("title.original", number=number))
    face = await context.open(request.face) if with_face else None
    if face is not None:
        await case.keep_original(face, len(frames) + 1, case.say("title.reference"))

    await case.begin("describe")
    topics = (*PERSON_TOPICS, *CONTEXT_TOPICS, *QUALITY_TOPICS)
    result.attributes.extend(merge([await describe(case, frame, topics, frame=number) for number, frame in enumerate(frames, start=1)]))
    if face is not None:
        result.face.extend(await _describe_reference(case, face))

    await case.begin("faces")
    told = len(case.warnings)
    faces = await find_faces(case, frames)
    searched = bool(faces) or len(case.warnings) == told
    await keep_faces(case, faces)

    likeness: Likeness | None = None
    if face is not None:
        await case.begin("match")
        likeness = await _match(case, face, faces, searched=searched)
        if likeness is not None:
            result.similarity = likeness.similarity
            result.similarity_note = likeness.note(context.language)

    await case.begin("compare")
    result.comparisons.extend(compare(request.known_info, result.attributes, context.language))
    result.clues.extend(clues(result.attributes, context.language))
    chosen = best(faces)
    evidence = Evidence(
        seen=result.attributes,
        comparisons=result.comparisons,
        frames=len(frames),
        face_quality=chosen.face.quality if chosen else None,
        likeness=likeness,
        searched=searched,
    )
    result.recommendations.extend(recommend(evidence, context.language))
    answer = JobResult(case3=result, summary=_summary(case, result, len(frames)))

    if with_narrative:
        await case.begin("narrate")
        # Last, so that nothing else can rest on a language model's words.
        narrative = await narrate(case, chosen.image if chosen else frames[0], result)
        if narrative is not None:
            answer.case3.narrative.CopyFrom(narrative)

    await case.begin("report")
    answer.case3.report = await case.finish(answer)
    return answer


async def _describe_reference(case: Casework, face: InputImage) -> list[Attribute]:
    try:
        return await describe(case, face, FACE_TOPICS)
    except ModelRefused as refused:  # the frames tell the case; the photo is for comparing
        await case.warn("no_description", refused=refused)
        return []


async def _match(case: Casework, reference: InputImage, faces: Sequence[FoundFace], *, searched: bool) -> Likeness | None:
    """Likeness of the best face in the frames and the reference; None when it cannot be measured."""
    chosen = best(faces)
    if chosen is None:
        if searched:  # else it is told already why there is no face
            await case.warn("no_match", reason=case.say("no_face_in_frames"))
        return None
    try:
        request = CompareRequest(image_a=reference.image, image_b=await alone(case, chosen), model=case.context.model("faceswap"))
        compared = await case.context.ask(request)
    except ModelRefused as refused:
        await case.warn("no_match", refused=refused)
        return None
    case.note_model(compared.model)
    return Likeness(
        similarity=compared.similarity, frame_quality=chosen.face.quality, reference_quality=await _quality_of_reference(case, reference)
    )


async def _quality_of_reference(case: Casework, reference: InputImage) -> float | None:
    """Of the face that was compared: the largest."""
    try:
        found = await case.context.ask(DetectFacesRequest(image=reference.image, model=case.context.model("faceswap")))
    except ModelRefused:  # the likeness stands without; its note says that this is unknown
        return None
    return found.faces[0].quality if found.faces else None


def _summary(case: Casework, result: Case3Result, frames: int) -> str:
    parts = [case.say("summary.frames", count=frames), feature_list(result.attributes, case.language)]
    if result.HasField("similarity"):
        parts.append(case.say("summary.similarity", similarity=result.similarity))
    counts = Counter(item.agreement for item in result.comparisons if not is_read_out(item, result.comparisons))
    parts.append(
        case.say(
            "summary.comparison",
            confirmed=counts[result_pb2.AGREEMENT_CONFIRMED],
            contradicting=counts[result_pb2.AGREEMENT_CONTRADICTING],
            new=counts[result_pb2.AGREEMENT_NEW],
            unknown=counts[result_pb2.AGREEMENT_UNKNOWN],
        )
    )
    return " ".join(parts)
