"""Case 2: person information + face photo → full-body picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dasibom.common.v1.image_pb2 import Image
from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_FULL_BODY, GenerateRequest
from dasibom.faceswap.v1.face_swap_service_pb2 import SwapRequest, SwapResult
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase2Request
from dasibom.orchestrator.v1.result_pb2 import Attribute, Case2Result, JobResult
from services.orchestrator.workflows.attributes import FACE_TOPICS, facts
from services.orchestrator.workflows.casework import Casework, origin
from services.orchestrator.workflows.context import Context, InputImage, Making, ModelRefused
from services.orchestrator.workflows.findings import describe
from services.orchestrator.workflows.prompts import NEGATIVE, body_prompt, drawable, facts_of_person, join
from services.orchestrator.workflows.strips import Panel, keep_strip

_ESSENTIAL = ("gender", "age", "hair", "clothing")  # fields without which a figure says more than is known


async def run(context: Context, request: SubmitCase2Request) -> JobResult:
    """Run the case."""
    case = Casework(context, "case2", ["collect", "describe", "body", "swap", "report"])
    result = Case2Result()

    await case.begin("collect")
    face = await context.open(request.face)
    reference = await case.keep_original(face, 1, case.say("title.reference"))

    await case.begin("describe")
    result.face.extend(await _describe_face(case, face))

    await case.begin("body")
    told = facts_of_person(request.person_info)
    case.report.given = [(case.say(f"given.{field}"), text) for field, text in told.items()]
    known = join(told, drawable(facts(result.face)))
    result.prompt, shortened = body_prompt(known)
    if shortened:
        await case.warn("prompt_cut")
    if gaps := [case.say(f"given.{field}") for field in _ESSENTIAL if field not in told]:
        await case.warn("form_gaps", missing=", ".join(gaps))
    bodies = await _draw(case, result.prompt, known, request.variants or 1)
    result.bodies.extend(body.artifact.name for body in bodies)

    await case.begin("swap")
    composites = [composite for body in bodies if (composite := await _swap(case, face, body)) is not None]
    result.composites.extend(composite.artifact.name for composite in composites)
    chosen = _closest(composites)
    result.final = chosen.artifact.name if chosen else bodies[0].artifact.name
    if chosen and chosen.swap.HasField("similarity"):
        result.similarity = chosen.swap.similarity
    panels = [Panel(artifact=reference, image=face.image, caption=case.say("caption.reference"))]
    body = chosen.body if chosen else bodies[0]
    panels.append(Panel(artifact=body.artifact, image=body.image, caption=case.say("caption.body")))
    if chosen:
        panels.append(Panel(artifact=chosen.artifact, image=chosen.swap.image, caption=case.say("caption.composite")))
    result.comparison = await keep_strip(case, "comparison", panels, title=case.say("title.comparison"))

    await case.begin("report")
    answer = JobResult(case2=result, summary=_summary(case, result))
    answer.case2.report = await case.finish(answer)
    return answer


@dataclass(frozen=True, kw_only=True)
class _Body:
    """A generated body."""

    number: int  # from 1
    artifact: Artifact
    image: Image
    making: Making


@dataclass(frozen=True, kw_only=True)
class _Composite:
    """A body with the reference face."""

    body: _Body
    artifact: Artifact
    swap: SwapResult


async def _describe_face(case: Casework, face: InputImage) -> list[Attribute]:
    try:
        return await describe(case, face, FACE_TOPICS)
    except ModelRefused as refused:  # the form alone is enough to draw by
        await case.warn("no_description", refused=refused)
        return []


async def _draw(case: Casework, prompt: str, known: Mapping[str, str], variants: int) -> list[_Body]:
    made = await case.context.ask(
        GenerateRequest(
            prompt=prompt,
            negative_prompt=NEGATIVE,
            subject=SUBJECT_FULL_BODY,
            attributes=known,
            num_images=variants,
            seed=case.context.seed,
            model=case.context.model("diffusion"),
        )
    )
    bodies = []
    for number, image in enumerate(made.images, start=1):
        stem = f"body_{number:02}"
        making = Making(models=[made.model], parameters={"prompt": prompt}, seed=image.seed)
        artifact = await case.keep_synthetic(stem, image.image, kind="body", title=case.say("title.body", number=number), making=making)
        await case.keep_drawing(f"{stem}.svg", image.source_svg, title=case.say("title.body_drawing", number=number), making=making)
        bodies.append(_Body(number=number, artifact=artifact, image=image.image, making=making))
    return bodies


async def _swap(case: Casework, face: InputImage, body: _Body) -> _Composite | None:
    """Put the reference face on a body; without success the body stays as it is."""
    try:
        request = SwapRequest(source=face.image, target=body.image, model=case.context.model("faceswap"))
        swapped = await case.context.ask(request)
    except ModelRefused as refused:
        await case.warn("no_swap", refused=refused, number=body.number)
        return None
    making = Making(
        origins=[*origin(face), (body.artifact.name, body.artifact.sha256)],
        models=[*body.making.models, swapped.model],
        parameters=body.making.parameters,
        seed=body.making.seed,
    )
    artifact = await case.keep_synthetic(
        f"composite_{body.number:02}",
        swapped.image,
        kind="composite",
        title=case.say("title.composite", number=body.number),
        making=making,
    )
    return _Composite(body=body, artifact=artifact, swap=swapped)


def _closest(composites: list[_Composite]) -> _Composite | None:
    """The composite that is most like the photo; where no model can tell, the one with the least visible seam."""

    def rank(composite: _Composite) -> tuple[float, float]:
        return (composite.swap.similarity if composite.swap.HasField("similarity") else 0.0, -composite.swap.seam_error)

    return max(composites, key=rank, default=None)


def _summary(case: Casework, result: Case2Result) -> str:
    parts = [case.say("summary.bodies", count=len(result.bodies))]
    if result.composites:
        parts.append(case.say("summary.composites", count=len(result.composites)))
    else:
        parts.append(case.say("summary.no_composites"))
    if result.HasField("similarity"):
        parts.append(case.say("summary.similarity", similarity=result.similarity))
    return " ".join(parts)
