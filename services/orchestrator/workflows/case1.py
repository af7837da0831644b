"""Case 1: CCTV frames → attributes → montage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request
from dasibom.orchestrator.v1.result_pb2 import Attribute, Case1Result, FrameFindings, JobResult
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from services.common.questions import BY_KEY, Category
from services.orchestrator.workflows.attributes import CONTEXT_TOPICS, PERSON_TOPICS, QUALITY_TOPICS, facts, feature_list, merge
from services.orchestrator.workflows.casework import Casework, origin
from services.orchestrator.workflows.context import Context, InputImage, Making, ModelRefused
from services.orchestrator.workflows.faces import find_faces, keep_faces
from services.orchestrator.workflows.findings import describe
from services.orchestrator.workflows.montages import draw, refine_faces
from services.orchestrator.workflows.prompts import drawable
from services.orchestrator.workflows.variants import variants

DEFAULT_VARIANTS = 3
_ENHANCE_SCALE = 2
_KIND = "image_kind"  # tells what a picture is, not how good
_ESSENTIAL = ("gender", "age", "face_shape")  # without these a montage shows somebody, not this person


async def run(context: Context, request: SubmitCase1Request) -> JobResult:
    """Run the case."""
    optional = {"enhance": not request.HasField("enhance") or request.enhance, "refine": not request.HasField("refine") or request.refine}
    steps = ["collect", "describe", "faces", "enhance", "montage", "refine", "report"]
    case = Casework(context, "case1", [step for step in steps if optional.get(step, True)])
    result = Case1Result()

    await case.begin("collect")
    frames = [await context.open(source) for source in request.frames]
    for number, frame in enumerate(frames, start=1):
        saved = await case.keep_original(frame, number, case.say("title.original", number=number))
        result.frames.append(FrameFindings(number=number, original=saved.name, width=frame.width, height=frame.height))
    for picture in request.left_out:
        await case.warn("left_out", picture=picture)

    await case.begin("describe")
    for findings, frame in zip(result.frames, frames, strict=True):
        topics = (*PERSON_TOPICS, *CONTEXT_TOPICS, *QUALITY_TOPICS)
        findings.attributes.extend(await describe(case, frame, topics, frame=findings.number, own=request.questions))
        findings.summary = _frame_summary(case, findings.attributes)
    # How good a frame is says nothing of another one.
    result.attributes.extend(merge([[item for item in findings.attributes if not _is_quality(item)] for findings in result.frames]))

    await case.begin("faces")
    await keep_faces(case, await find_faces(case, frames))

    if optional["enhance"]:
        await case.begin("enhance")
        for findings, frame in zip(result.frames, frames, strict=True):
            findings.enhanced = await _enhance(case, frame, findings.number)

    await case.begin("montage")
    if request.notes.strip():
        case.report.given = [(case.say("given.notes"), request.notes.strip())]
    known = drawable(facts(result.attributes))
    labels = [item.label for item in result.attributes if item.topic in known]
    await _tell_defaults(case, known, labels, has_notes=bool(request.notes.strip()))
    doubtful = [item.topic for item in result.attributes if item.known and item.topic not in known]
    ways = variants(known, request.variants or DEFAULT_VARIANTS, doubtful=doubtful, notes=request.notes)
    montages = await draw(case, known, ways, request.notes, frames)
    result.prompt = montages[0].making.parameters["prompt"]
    if optional["refine"]:
        await case.begin("refine")
        await refine_faces(case, montages)
    result.montages.extend(drawn.montage for drawn in montages)

    await case.begin("report")
    summary = [
        case.say("summary.frames", count=len(frames)),
        feature_list(result.attributes, context.language),
        case.say("summary.montages", count=len(result.montages)),
    ]
    if len(montages) > 1:
        summary.append(case.say("summary.variants"))
    if refined := sum(bool(montage.refined_face) for montage in result.montages):
        summary.append(case.say("summary.refined_faces", count=refined))
    answer = JobResult(case1=result, summary=" ".join(summary))
    answer.case1.report = await case.finish(answer)
    return answer


def _is_quality(attribute: Attribute) -> bool:
    return attribute.category == Category.IMAGE.value


def _frame_summary(case: Casework, attributes: Sequence[Attribute]) -> str:
    """How good a frame is, and the surest features seen in it."""
    told = [f"{item.label} {item.text}" for item in attributes if _is_quality(item) and item.known and item.topic != _KIND]
    quality = case.say("frame.quality", quality=", ".join(told)) if told else case.say("frame.no_quality")
    return f"{quality} {feature_list(attributes, case.language)}"


async def _enhance(case: Casework, frame: InputImage, number: int) -> str:
    """Make an enhanced copy for the eye, which the analysis never reads; gives its artifact name, empty when there is none."""
    try:
        request = UpscaleRequest(image=frame.image, scale=_ENHANCE_SCALE, model=case.context.model("superres"))
        enhanced = await case.context.ask(request)
    except ModelRefused as refused:
        await case.warn("no_enhancement", refused=refused, number=number)
        return ""
    saved = await case.keep_synthetic(
        f"enhanced_{number:02}",
        enhanced.image,
        kind="enhanced",
        title=case.say("title.enhanced", number=number),
        making=Making(origins=origin(frame), models=[enhanced.model], parameters={"scale": str(_ENHANCE_SCALE)}),
    )
    return saved.name


async def _tell_defaults(case: Casework, known: Mapping[str, str], labels: Sequence[str], *, has_notes: bool) -> None:
    """Warn when what makes a face recognizable is not seen but drawn from defaults."""
    missing = [BY_KEY[topic].label(case.language) for topic in _ESSENTIAL if topic not in known]
    if not known:
        await case.warn("drawn_by_notes" if has_notes else "drawn_by_default")
    elif missing:
        key = "drawn_by_few_and_notes" if has_notes else "drawn_by_few"
        await case.warn(key, told=", ".join(labels), missing=", ".join(missing))
