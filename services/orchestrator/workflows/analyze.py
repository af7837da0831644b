"""Automatic detection: looks at what was given, chooses the case, and runs it within the same job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.orchestrator_service_pb2 import (
    AnalyzeCaseRequest,
    SubmitCase1Request,
    SubmitCase2Request,
    SubmitCase3Request,
    SubmitSuperResolutionRequest,
)
from dasibom.orchestrator.v1.result_pb2 import AnalysisResult, CasePlan, JobResult
from services.orchestrator.workflows import case1, case2, case3, super_resolution
from services.orchestrator.workflows.casework import model_of
from services.orchestrator.workflows.context import Context, ModelRefused
from services.orchestrator.workflows.kinds import CCTV, FACE, REFERENCE, classify, measure, state_face
from services.orchestrator.workflows.plans import plan
from services.orchestrator.workflows.prompts import facts_of_person
from services.orchestrator.workflows.records import photo_of, read_record, told_by
from services.orchestrator.workflows.texts import say, why


async def run(context: Context, request: AnalyzeCaseRequest) -> JobResult:
    """Plan, and unless it is a dry run, run the chosen case: its steps follow these, and its report is the job's."""
    language = context.language
    context.plan(["collect", "classify", "choose"])
    result = AnalysisResult(unreadable=request.left_out)
    warnings = [say("left_out", language, picture=picture) for picture in request.left_out]

    await context.begin("collect", say("collect", language))
    images = [await context.open(source) for source in request.images]

    await context.begin("classify", say("classify", language))
    # A record's own photo comes last, and is the person's face by statement.
    stated = len(images) if photo_of(request.missing_case) else 0
    refusals: list[ModelRefused] = []
    for number, image in enumerate(images, start=1):
        measured, refused = await measure(context, image)
        refusals += refused
        decide = state_face if number == stated else classify
        result.images.append(decide(number, measured, language))
    warnings += [why(refused, language, model_of(context, refused)) for refused in refusals]

    await context.begin("choose", say("choose", language))
    result.plans.extend(plan(result.images, has_person_info=_knows_person(request), language=language))
    best = result.plans[0]
    result.chosen = best.kind if best.runnable else ""
    answer = JobResult(summary=_summary(context, result))
    if not best.runnable:
        warnings.append(say("plan.none", language))
    elif not request.dry_run:
        ran = await _run_case(context, request, best)
        answer.summary = f"{answer.summary} {ran.summary}"
        warnings += ran.warnings
        result.case_result.CopyFrom(ran)
    answer.warnings.extend(dict.fromkeys(warnings))
    answer.analysis.CopyFrom(result)
    return answer


def _knows_person(request: AnalyzeCaseRequest) -> bool:
    """Whether the form or the record says anything that a picture can follow."""
    record = read_record(request.missing_case)
    has_age = record.age_then is not None or record.age_now is not None
    return has_age or bool(facts_of_person(told_by(request.person_info, record)))


def _summary(context: Context, result: AnalysisResult) -> str:
    kinds = Counter(finding.kind for finding in result.images)
    counts = {"count": len(result.images), "cctv": kinds[CCTV], "face": kinds[FACE], "reference": kinds[REFERENCE]}
    case = say(result.chosen or "plan.no_case", context.language)
    return say("summary.plan", context.language, case=case, **counts)


async def _run_case(context: Context, request: AnalyzeCaseRequest, chosen: CasePlan) -> JobResult:
    sources: Sequence[ImageSource] = [request.images[number - 1] for number in chosen.images]
    match chosen.kind:
        case "case1":
            return await case1.run(context, SubmitCase1Request(frames=sources, left_out=request.left_out, options=request.options))
        case "case2":
            (face,) = sources
            known = SubmitCase2Request(person_info=request.person_info, face=face, age_basis=request.age_basis, options=request.options)
            if request.HasField("missing_case"):
                known.missing_case.CopyFrom(request.missing_case)
            return await case2.run(context, known)
        case "case3":
            *frames, face = sources
            asked = SubmitCase3Request(
                frames=frames, face=face, known_info=request.known_info, left_out=request.left_out, options=request.options
            )
            return await case3.run(context, asked)
        case _:
            return await super_resolution.run(context, SubmitSuperResolutionRequest(image=sources[0], options=request.options))
