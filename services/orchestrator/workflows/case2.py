"""Case 2: person information + face photo → full-body picture."""

from __future__ import annotations

from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_PORTRAIT, GenerateRequest
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase2Request
from dasibom.orchestrator.v1.result_pb2 import Attribute, Case2Result, JobResult
from services.orchestrator.workflows.ages import DepictedAge, depicted_age
from services.orchestrator.workflows.attributes import FACE_TOPICS, facts
from services.orchestrator.workflows.bodies import Body, FacePhoto, best_first, calm, draw_bodies, put_face, refine
from services.orchestrator.workflows.casework import Casework, origin
from services.orchestrator.workflows.context import Context, InputImage, Making, ModelRefused
from services.orchestrator.workflows.findings import describe
from services.orchestrator.workflows.prompts import NEGATIVE, aged_face_prompt, body_prompt, drawable, facts_of_person, join
from services.orchestrator.workflows.records import MissingRecord, read_record, told_by
from services.orchestrator.workflows.strips import Panel, keep_strip

_ESSENTIAL = ("gender", "age", "hair", "clothing")  # fields without which a figure says more than is known
_LONG_TERM = 5  # years from which a face has visibly changed
_AGING_STRENGTH = 0.45  # how far the face may leave the photo: enough for wrinkles and gray hair, not for another person


async def run(context: Context, request: SubmitCase2Request) -> JobResult:
    """Run the case."""
    record = read_record(request.missing_case)
    info = told_by(request.person_info, record)
    age = depicted_age(info.age, record, request.age_basis, today=context.submitted.date())
    wants_refinement = request.refine if request.HasField("refine") else True
    is_long_term = age.years_progressed >= _LONG_TERM
    optional = {"age_face": is_long_term, "neutral": request.neutral, "refine": wants_refinement}
    steps = ["collect", "describe", "age_face", "body", "swap", "neutral", "refine", "report"]
    case = Casework(context, "case2", [step for step in steps if optional.get(step, True)])
    result = Case2Result(age=age.summary())

    await case.begin("collect")
    photo = await context.open(request.face)
    reference = await case.keep_original(photo, 1, case.say("title.reference"))

    await case.begin("describe")
    result.face.extend(await _describe_face(case, photo))

    face = FacePhoto(image=photo.image, origins=origin(photo), making=Making())
    aged: Artifact | None = None
    if is_long_term:
        await case.begin("age_face")
        face, aged = await _age_face(case, photo, face, age)

    await case.begin("body")
    info.age = age.text
    told = facts_of_person(info)
    case.report.given = [*_given(case, record, age), *((case.say(f"given.{field}"), text) for field, text in told.items())]
    known = join(told, drawable(facts(result.face)))
    result.prompt, shortened = body_prompt(known, years_progressed=age.years_progressed if is_long_term else 0)
    result.missing.extend(case.say(f"given.{field}") for field in _ESSENTIAL if field not in told)
    await _warn(case, age, result, shortened=shortened)
    bodies = await draw_bodies(case, result.prompt, known, request.variants or 1)

    await case.begin("swap")
    for body in bodies:
        await put_face(case, body, face)
    if request.neutral:
        await case.begin("neutral")
        for body in bodies:
            if body.with_face:
                await calm(case, body)
    if wants_refinement:
        await case.begin("refine")
        for body in bodies:
            if body.with_face:
                await refine(case, body)
    _tell_bodies(result, bodies)
    result.comparison = await _compare(case, reference, photo, aged, face, best_first(bodies)[0])

    await case.begin("report")
    answer = JobResult(case2=result, summary=_summary(case, result, age))
    answer.case2.report = await case.finish(answer)
    return answer


async def _describe_face(case: Casework, face: InputImage) -> list[Attribute]:
    try:
        return await describe(case, face, FACE_TOPICS)
    except ModelRefused as refused:  # the form alone is enough to draw by
        await case.warn("no_description", refused=refused)
        return []


async def _age_face(case: Casework, photo: InputImage, face: FacePhoto, age: DepictedAge) -> tuple[FacePhoto, Artifact | None]:
    """The photo's face as it may look today; the photo itself where no model can do that."""
    prompt = aged_face_prompt(age.text, age.years_progressed)
    try:
        request = GenerateRequest(
            prompt=prompt,
            negative_prompt=NEGATIVE,
            subject=SUBJECT_PORTRAIT,
            init_image=photo.image,
            strength=_AGING_STRENGTH,
            num_images=1,
            seed=case.context.seed,
            model=case.context.model("diffusion"),
        )
        made = await case.context.ask(request)
    except ModelRefused as refused:
        await case.warn("face_not_aged", refused=refused, then=age.then_text, now=age.text)
        return face, None
    image = made.images[0]
    making = Making(origins=origin(photo), models=[made.model], parameters={"prompt": prompt}, seed=image.seed)
    title = case.say("title.aged_face", age=age.text)
    artifact = await case.keep_synthetic("aged_face", image.image, kind="face", title=title, making=making)
    return FacePhoto(image=image.image, origins=[(artifact.name, artifact.sha256)], making=making), artifact


def _given(case: Casework, record: MissingRecord, age: DepictedAge) -> list[tuple[str, str]]:
    """What a record says besides looks, and which age is drawn."""
    target = f"target.{record.target}"
    rows = {
        "given.record.id": record.case_id,
        "given.record.name": record.name,
        "given.record.date": record.occurred.isoformat() if record.occurred else "",
        "given.record.place": record.place,
        "given.record.target": case.say_or(target, record.target) if record.target else "",
        "given.drawn_age": age.label(case) if age.text else "",
    }
    return [(case.say(key), value) for key, value in rows.items() if value]


async def _warn(case: Casework, age: DepictedAge, result: Case2Result, *, shortened: bool) -> None:
    if shortened:
        await case.warn("prompt_cut")
    if age.problem:
        await case.warn(age.problem, then=age.then_text, now=age.now_text)
    if result.missing:
        await case.warn("form_gaps", missing=", ".join(result.missing))


def _tell_bodies(result: Case2Result, bodies: list[Body]) -> None:
    result.bodies.extend(body.drawn.artifact.name for body in bodies)
    result.composites.extend(body.with_face.artifact.name for body in bodies if body.with_face)
    ordered = best_first(bodies)
    result.variants.extend(body.summary() for body in ordered)
    best = ordered[0]
    result.final = best.last.artifact.name
    if best.similarity is not None:
        result.similarity = best.similarity


async def _compare(case: Casework, reference: Artifact, photo: InputImage, aged: Artifact | None, face: FacePhoto, best: Body) -> str:
    """The way from the photo to the final picture, side by side."""
    panels = [Panel(artifact=reference, image=photo.image, caption=case.say("caption.reference"))]
    if aged is not None:
        panels.append(Panel(artifact=aged, image=face.image, caption=case.say("caption.aged_face")))
    panels.append(Panel(artifact=best.drawn.artifact, image=best.drawn.image, caption=case.say("caption.body")))
    if best.with_face:
        panels.append(Panel(artifact=best.with_face.artifact, image=best.with_face.image, caption=case.say("caption.composite")))
    if best.last not in (best.drawn, best.with_face):
        panels.append(Panel(artifact=best.last.artifact, image=best.last.image, caption=case.say("caption.final")))
    return await keep_strip(case, "comparison", panels, title=case.say("title.comparison"))


def _summary(case: Casework, result: Case2Result, age: DepictedAge) -> str:
    parts = [case.say("summary.bodies", count=len(result.bodies))]
    if age.text:
        parts.append(case.say("summary.age", age=age.label(case)))
    if result.composites:
        parts.append(case.say("summary.composites", count=len(result.composites)))
    else:
        parts.append(case.say("summary.no_composites"))
    if result.HasField("similarity"):
        parts.append(case.say("summary.similarity", similarity=result.similarity))
    if result.missing:
        parts.append(case.say("summary.missing", missing=", ".join(result.missing)))
    return " ".join(parts)
