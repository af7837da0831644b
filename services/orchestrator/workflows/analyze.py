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
from services.orchestrator.workflows.kinds import CCTV, FACE, REFERENCE, classify, measure
from services.orchestrator.workflows.plans import plan
from services.orchestrator.workflows.prompts import facts_of_person
from services.orchestrator.workflows.texts import say, why


async def run(context: Context, request: AnalyzeCaseRequest) -> JobResult:
    """Plan, and unless it is a dry run, run the chosen case: its steps follow these, and its report is the job's."""
    language = context.language
    context.plan(["collect", "classify", "choose"])
    result = AnalysisResult()
    refusals: list[ModelRefused] = []

    await context.begin("collect", say("collect", language))
    images = [await context.open(source) for source in request.images]

    await context.begin("classify", say("classify", language))
    for number, image in enumerate(images, start=1):
        measured, refused = await measure(context, image)
        refusals += refused
        result.images.append(classify(number, measured, language))

    await context.begin("choose", say("choose", language))
    result.plans.extend(plan(result.images, has_person_info=bool(facts_of_person(request.person_info)), language=language))
    chosen = result.plans[0]
    result.chosen = chosen.kind
    kinds = Counter(finding.kind for finding in result.images)
    answer = JobResult(
        summary=say(
            "summary.plan",
            language,
            count=len(images),
            cctv=kinds[CCTV],
            face=kinds[FACE],
            reference=kinds[REFERENCE],
            case=say(chosen.kind, language),
        ),
        warnings=dict.fromkeys(why(refused, language, model_of(context, refused)) for refused in refusals),
    )
    if not request.dry_run:
        ran = await _run_case(context, request, chosen)
        answer.summary = f"{answer.summary} {ran.summary}"
        answer.warnings.extend(warning for warning in ran.warnings if warning not in answer.warnings)
        result.case_result.CopyFrom(ran)
    answer.analysis.CopyFrom(result)
    return answer


async def _run_case(context: Context, request: AnalyzeCaseRequest, chosen: CasePlan) -> JobResult:
    sources: Sequence[ImageSource] = [request.images[number - 1] for number in chosen.images]
    match chosen.kind:
        case "case1":
            return await case1.run(context, SubmitCase1Request(frames=sources, options=request.options))
        case "case2":
            return await case2.run(context, SubmitCase2Request(person_info=request.person_info, face=sources[0], options=request.options))
        case "case3":
            *frames, face = sources
            asked = SubmitCase3Request(frames=frames, face=face, known_info=request.known_info, options=request.options)
            return await case3.run(context, asked)
        case _:
            return await super_resolution.run(context, SubmitSuperResolutionRequest(image=sources[0], options=request.options))
