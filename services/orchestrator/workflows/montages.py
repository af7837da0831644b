"""Montages: drawn variant by variant, then the face of each found, cropped and refined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dasibom.common.v1.image_pb2 import Image
from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_PORTRAIT, GenerateRequest
from dasibom.faceswap.v1.face_swap_service_pb2 import DetectFacesRequest
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.result_pb2 import Montage
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from services.common import imaging
from services.orchestrator.workflows.casework import Casework, origin
from services.orchestrator.workflows.context import InputImage, Making, ModelRefused
from services.orchestrator.workflows.faces import crop
from services.orchestrator.workflows.prompts import NEGATIVE, montage_prompt
from services.orchestrator.workflows.variants import Variant

_MARGIN = 0.3  # around the face of a montage, of its size
_SMALL = 320  # pixels, of the shorter side: smaller faces are enlarged when they are refined
_SEEDS = 2**32


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A montage on its way."""

    number: int  # from 1
    artifact: Artifact
    image: Image  # as the model gave it, without a label
    making: Making
    montage: Montage  # as the result tells it


async def draw(case: Casework, known: Mapping[str, str], ways: Sequence[Variant], notes: str, frames: Sequence[InputImage]) -> list[Drawn]:
    """Draw a montage of each variant, one after another, with the job's seed and those that follow it.

    Raises:
        ModelRefused: without montages there is no case.
    """
    drawn = []
    for number, variant in enumerate(ways, start=1):
        facts = {**known, **variant.added}
        prompt, shortened = montage_prompt(facts, notes)
        if shortened:
            await case.warn("prompt_cut")
        made = await case.context.ask(
            GenerateRequest(
                prompt=prompt,
                negative_prompt=NEGATIVE,
                subject=SUBJECT_PORTRAIT,
                attributes=facts,
                num_images=1,
                seed=(case.context.seed + number - 1) % _SEEDS,
                model=case.context.model("diffusion"),
            )
        )
        (image,) = made.images
        words = in_words(case, variant, number, is_known=bool(known), is_told=bool(notes.strip()))
        stem = f"montage_{number:02}"
        making = Making(origins=origin(*frames), models=[made.model], parameters={"prompt": prompt, "variant": words}, seed=image.seed)
        title = case.say("title.montage_variant", number=number, variant=words)
        artifact = await case.keep_synthetic(stem, image.image, kind="montage", title=title, making=making)
        drawing = await case.keep_drawing(f"{stem}.svg", image.source_svg, title=case.say("title.drawing", number=number), making=making)
        montage = Montage(image=artifact.name, drawing=drawing, seed=image.seed, description=image.description, variant=words)
        drawn.append(Drawn(number=number, artifact=artifact, image=image.image, making=making, montage=montage))
    return drawn


def in_words(case: Casework, variant: Variant, number: int, *, is_known: bool, is_told: bool) -> str:
    """What sets a variant apart, for people.

    Args:
        case: whose language is spoken.
        variant: the variant.
        number: of the montage, from 1.
        is_known: whether the pictures are drawn by anything that was seen.
        is_told: whether they follow notes.
    """
    if variant.points:
        return case.say("variant.differs", points=", ".join(case.say(f"variant.{point}") for point in variant.points))
    if number > 1:
        return case.say("variant.again")
    return case.say("variant.seen" if is_known else "variant.told" if is_told else "variant.default")


async def refine_faces(case: Casework, montages: Sequence[Drawn]) -> None:
    """Crop the face of each montage and refine it; a montage without a face stays as it is, and one warning names all of them."""
    without = []
    for drawn in montages:
        try:
            found = await case.context.ask(DetectFacesRequest(image=drawn.image, model=case.context.model("faceswap")))
        except ModelRefused as refused:
            await case.warn("no_faces", refused=refused)
            return
        if not found.faces:
            without.append(drawn.number)
            continue
        pixels = crop(await case.context.pixels(drawn.image), found.faces[0], _MARGIN)
        image = Image(data=await imaging.encode_async(pixels), media_type=imaging.PNG)
        made_of = [(drawn.artifact.name, drawn.artifact.sha256)]
        making = replace(drawn.making, origins=made_of, models=[*drawn.making.models, found.model])
        title = case.say("title.montage_face", number=drawn.number)
        face = await case.keep_synthetic(f"montage_face_{drawn.number:02}", image, kind="face", title=title, making=making)
        drawn.montage.face = face.name
        drawn.montage.refined_face = await _refine(case, drawn.number, face, image, making)
    if without:
        await case.warn("montages_without_face", numbers=", ".join(map(str, without)))


async def _refine(case: Casework, number: int, face: Artifact, image: Image, making: Making) -> str:
    """Restore a face, enlarged where it is small; gives its artifact name, empty when no model can."""
    header = imaging.probe(image.data)
    scale = 2 if min(header.width, header.height) < _SMALL else 1
    try:
        request = UpscaleRequest(image=image, scale=scale, enhance_faces=True, model=case.context.model("superres"))
        refined = await case.context.ask(request)
    except ModelRefused as refused:
        await case.warn("no_refined_face", refused=refused)
        return ""
    saved = await case.keep_synthetic(
        f"refined_face_{number:02}",
        refined.image,
        kind="face",
        title=case.say("title.refined_face", number=number),
        making=replace(making, origins=[(face.name, face.sha256)], models=[*making.models, refined.model]),
    )
    return saved.name
