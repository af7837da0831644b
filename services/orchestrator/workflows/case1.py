"""Case 1: CCTV frames → attributes → montage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_PORTRAIT, GenerateRequest
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase1Request
from dasibom.orchestrator.v1.result_pb2 import Case1Result, FrameFindings, JobResult, Montage
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from services.common.questions import BY_KEY
from services.orchestrator.workflows.attributes import CONTEXT_TOPICS, PERSON_TOPICS, QUALITY_TOPICS, facts, feature_list, merge
from services.orchestrator.workflows.casework import Casework, origin
from services.orchestrator.workflows.context import Context, InputImage, Making, ModelRefused
from services.orchestrator.workflows.faces import find_faces, keep_faces
from services.orchestrator.workflows.findings import describe
from services.orchestrator.workflows.prompts import NEGATIVE, drawable, montage_prompt

DEFAULT_VARIANTS = 3
_ENHANCE_SCALE = 2
_ESSENTIAL = ("gender", "age", "face_shape")  # without these a montage shows somebody, not this person


async def run(context: Context, request: SubmitCase1Request) -> JobResult:
    """Run the case."""
    enhance = request.enhance if request.HasField("enhance") else True
    case = Casework(context, "case1", ["collect", "describe", "faces", *(["enhance"] if enhance else []), "montage", "report"])
    result = Case1Result()

    await case.begin("collect")
    frames = [await context.open(source) for source in request.frames]
    for number, frame in enumerate(frames, start=1):
        saved = await case.keep_original(frame, number, case.say("title.original", number=number))
        result.frames.append(FrameFindings(number=number, original=saved.name, width=frame.width, height=frame.height))

    await case.begin("describe")
    for findings, frame in zip(result.frames, frames, strict=True):
        topics = (*PERSON_TOPICS, *CONTEXT_TOPICS, *QUALITY_TOPICS)
        findings.attributes.extend(await describe(case, frame, topics, frame=findings.number, own=request.questions))
    result.attributes.extend(merge([findings.attributes for findings in result.frames]))

    await case.begin("faces")
    await keep_faces(case, await find_faces(case, frames))

    if enhance:
        await case.begin("enhance")
        for findings, frame in zip(result.frames, frames, strict=True):
            findings.enhanced = await _enhance(case, frame, findings.number)

    await case.begin("montage")
    if request.notes.strip():
        case.report.given = [(case.say("given.notes"), request.notes.strip())]
    known = drawable(facts(result.attributes))
    await _tell_defaults(case, known, has_notes=bool(request.notes.strip()))
    result.prompt, shortened = montage_prompt(known, request.notes)
    if shortened:
        await case.warn("prompt_cut")
    result.montages.extend(await _draw(case, result.prompt, known, request.variants or DEFAULT_VARIANTS, frames))

    await case.begin("report")
    summary = [
        case.say("summary.frames", count=len(frames)),
        feature_list(result.attributes, context.language),
        case.say("summary.montages", count=len(result.montages)),
    ]
    answer = JobResult(case1=result, summary=" ".join(summary))
    answer.case1.report = await case.finish(answer)
    return answer


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


async def _tell_defaults(case: Casework, known: Mapping[str, str], *, has_notes: bool) -> None:
    """Warn when what makes a face recognizable is not seen but drawn from defaults."""
    missing = [BY_KEY[topic].label(case.language) for topic in _ESSENTIAL if topic not in known]
    if not known:
        await case.warn("drawn_by_notes" if has_notes else "drawn_by_default")
    elif missing:
        told = ", ".join(BY_KEY[topic].label(case.language) for topic in known)
        await case.warn("drawn_by_few_and_notes" if has_notes else "drawn_by_few", told=told, missing=", ".join(missing))


async def _draw(case: Casework, prompt: str, known: Mapping[str, str], variants: int, frames: Sequence[InputImage]) -> list[Montage]:
    made = await case.context.ask(
        GenerateRequest(
            prompt=prompt,
            negative_prompt=NEGATIVE,
            subject=SUBJECT_PORTRAIT,
            attributes=known,
            num_images=variants,
            seed=case.context.seed,
            model=case.context.model("diffusion"),
        )
    )
    montages = []
    for number, image in enumerate(made.images, start=1):
        stem = f"montage_{number:02}"
        making = Making(origins=origin(*frames), models=[made.model], parameters={"prompt": prompt}, seed=image.seed)
        saved = await case.keep_synthetic(stem, image.image, kind="montage", title=case.say("title.montage", number=number), making=making)
        drawing = await case.keep_drawing(f"{stem}.svg", image.source_svg, title=case.say("title.drawing", number=number), making=making)
        montages.append(Montage(image=saved.name, drawing=drawing, seed=image.seed, description=image.description))
    return montages
