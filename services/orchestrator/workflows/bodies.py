"""One full-body picture after another: the body drawn, the reference face put on, calmed, refined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dasibom.common.v1.image_pb2 import Image
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_FULL_BODY, GenerateRequest
from dasibom.faceswap.v1.face_swap_service_pb2 import RetargetRequest, SwapRequest
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.result_pb2 import BodyVariant
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from services.orchestrator.workflows.casework import Casework
from services.orchestrator.workflows.context import Making, ModelRefused
from services.orchestrator.workflows.prompts import NEGATIVE


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A picture on its way from body to final form."""

    artifact: Artifact
    image: Image
    making: Making

    @property
    def origin(self) -> tuple[str, str]:
        """As what is made of it names it."""
        return self.artifact.name, self.artifact.sha256


@dataclass(frozen=True, kw_only=True)
class FacePhoto:
    """The face that the pictures get: the photo, or what a model progressed it to."""

    image: Image
    origins: Sequence[tuple[str, str]]
    making: Making  # how the face itself was made; empty for a photo


@dataclass(kw_only=True)
class Body:
    """One variant, and how far it came."""

    number: int  # from 1
    drawn: Stage
    with_face: Stage | None = None
    neutral: Stage | None = None
    refined: Stage | None = None
    similarity: float | None = None  # of its face to the photo
    seam_error: float | None = None

    @property
    def last(self) -> Stage:
        """Its latest form."""
        return self.refined or self.neutral or self.with_face or self.drawn

    def summary(self) -> BodyVariant:
        """As the result tells it."""
        variant = BodyVariant(
            body=self.drawn.artifact.name,
            composite=self.with_face.artifact.name if self.with_face else "",
            neutral=self.neutral.artifact.name if self.neutral else "",
            refined=self.refined.artifact.name if self.refined else "",
            seed=self.drawn.making.seed or 0,
        )
        if self.similarity is not None:
            variant.similarity = self.similarity
        if self.seam_error is not None:
            variant.seam_error = self.seam_error
        return variant


async def draw_bodies(case: Casework, prompt: str, attributes: Mapping[str, str], variants: int) -> list[Body]:
    """Draw the bodies, `variants` of them with seeds of their own.

    Raises:
        ModelRefused: without bodies there is no case.
    """
    made = await case.context.ask(
        GenerateRequest(
            prompt=prompt,
            negative_prompt=NEGATIVE,
            subject=SUBJECT_FULL_BODY,
            attributes=attributes,
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
        bodies.append(Body(number=number, drawn=Stage(artifact=artifact, image=image.image, making=making)))
    return bodies


async def put_face(case: Casework, body: Body, face: FacePhoto) -> None:
    """Put the face on a body; without success the body stays as it is, with a warning."""
    try:
        request = SwapRequest(source=face.image, target=body.drawn.image, model=case.context.model("faceswap"))
        swapped = await case.context.ask(request)
    except ModelRefused as refused:
        await case.warn("no_swap", refused=refused, number=body.number)
        return
    making = Making(
        origins=[*face.origins, body.drawn.origin],
        models=[*face.making.models, *body.drawn.making.models, swapped.model],
        parameters=body.drawn.making.parameters,
        seed=body.drawn.making.seed,
    )
    name = f"composite_{body.number:02}"
    title = case.say("title.composite", number=body.number)
    artifact = await case.keep_synthetic(name, swapped.image, kind="composite", title=title, making=making)
    body.with_face = Stage(artifact=artifact, image=swapped.image, making=making)
    body.seam_error = swapped.seam_error
    if swapped.HasField("similarity"):
        body.similarity = swapped.similarity


async def calm(case: Casework, body: Body) -> None:
    """Bring the expression to neutral, where a model can."""
    before = body.last
    try:
        calmed = await case.context.ask(RetargetRequest(image=before.image, neutral=True, model=case.context.model("faceswap")))
    except ModelRefused as refused:
        await case.warn("no_neutral", refused=refused, number=body.number)
        return
    title = case.say("title.neutral", number=body.number)
    body.neutral = await _keep_next(case, before, calmed.image, calmed.model, f"neutral_{body.number:02}", title)


async def refine(case: Casework, body: Body) -> None:
    """Restore the picture at its own size, with a pass of its own for the face."""
    before = body.last
    try:
        request = UpscaleRequest(image=before.image, scale=1, enhance_faces=True, model=case.context.model("superres"))
        refined = await case.context.ask(request)
    except ModelRefused as refused:
        await case.warn("no_refinement", refused=refused, number=body.number)
        return
    title = case.say("title.refined", number=body.number)
    body.refined = await _keep_next(case, before, refined.image, refined.model, f"refined_{body.number:02}", title)


async def _keep_next(case: Casework, before: Stage, image: Image, model: ModelUse, name: str, title: str) -> Stage:
    """Save what a model made of a stage."""
    making = replace(before.making, origins=[before.origin], models=[*before.making.models, model])
    artifact = await case.keep_synthetic(name, image, kind="composite", title=title, making=making)
    return Stage(artifact=artifact, image=image, making=making)


def best_first(bodies: Sequence[Body]) -> list[Body]:
    """The variants: those with the face first, of them the most like the photo; where no model can tell, the least visible seam."""

    def rank(body: Body) -> tuple[bool, float, float]:
        return (body.with_face is None, -(body.similarity or 0.0), body.seam_error or 0.0)

    return sorted(bodies, key=rank)
