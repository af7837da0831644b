"""Super-resolution: low-quality picture → enhanced pictures, compared, one chosen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dasibom.common.v1.image_pb2 import Image
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitSuperResolutionRequest
from dasibom.orchestrator.v1.result_pb2 import Attribute, Enhancement, JobResult, SuperResolutionResult
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from services.common import imaging
from services.orchestrator.workflows.attributes import QUALITY_TOPICS
from services.orchestrator.workflows.casework import Casework, origin
from services.orchestrator.workflows.context import Context, InputImage, Making, ModelRefused
from services.orchestrator.workflows.faces import FoundFace, best, find_faces
from services.orchestrator.workflows.findings import describe
from services.orchestrator.workflows.image_quality import in_words, measure
from services.orchestrator.workflows.preparation import prepare
from services.orchestrator.workflows.sharpness import difference, enlarge, sharpness
from services.orchestrator.workflows.strips import Area, Panel, keep_grid

DEFAULT_SCALE = 2
BICUBIC = "bicubic"
"""The method that is no model: plain enlargement."""

FAITHFUL = 8.0
"""Mean levels (of 256) that a result, shrunk back, may differ from the original and still count as the same picture."""

_FACE_ROOM = 0.6  # around the face that is shown enlarged, of its size


async def run(context: Context, request: SubmitSuperResolutionRequest) -> JobResult:
    """Run the case."""
    case = Casework(context, "super_resolution", ["collect", "describe", "faces", "preprocess", "enhance", "judge", "report"])
    scale = request.scale or DEFAULT_SCALE
    methods = list(dict.fromkeys(request.methods)) or [context.model("superres")]
    result = SuperResolutionResult()

    await case.begin("collect")
    picture = await context.open(request.image)
    before = await context.pixels(picture.image)
    original = await case.keep_original(picture, 1, case.say("caption.original"))
    result.original = original.name

    await case.begin("describe")
    result.quality.extend(await _quality(case, picture))

    await case.begin("faces")
    faces = await find_faces(case, [picture])
    result.faces.extend(found.face.box for found in faces)
    figures = await asyncio.to_thread(measure, before, result.faces)
    result.quality.extend(in_words(list(result.quality), figures, context.language))

    await case.begin("preprocess")
    prepared = await _prepare(case, picture, before)
    result.preprocessed = prepared.artifact.name

    await case.begin("enhance")
    results, refusal = await _upscale_all(case, picture, methods, scale, enhance_faces=request.enhance_faces)

    await case.begin("judge")
    plain = [await _judge(case, one, before) for one in await _plain(case, picture, before, scale)]
    tried = [await _judge(case, one, before) for one in results]
    candidates = [*tried, *(plain if BICUBIC in methods else [])]
    if not candidates:
        raise refusal or ModelRefused(case.say("too_large"), reason="IMAGE_TOO_MANY_PIXELS", code="INVALID_ARGUMENT", service="superres")
    result.enhancements.extend(one.enhancement for one in (*tried, *plain))
    chosen = candidates[choose([(one.enhancement.sharpness, one.difference) for one in candidates])]
    result.final = chosen.enhancement.image
    result.choice_reason = _reason(case, chosen, plain, alone=len(candidates) == 1)
    first = Panel(artifact=original, image=picture.image, caption=case.say("caption.original"))
    panels = [first, prepared, *(one.panel for one in (*plain, *tried))]
    result.comparison = await keep_grid(case, "comparison", panels, title=case.say("title.comparison"))
    face = best(faces)
    if face is not None:
        title = case.say("title.comparison_faces")
        result.face_comparison = await keep_grid(case, "comparison_face", panels, title=title, area=_area(face, before))

    await case.begin("report")
    answer = JobResult(super_resolution=result, summary=_summary(case, result, picture, scale, chosen.enhancement.method))
    answer.super_resolution.report = await case.finish(answer)
    return answer


@dataclass(frozen=True, kw_only=True)
class _Tried:
    """One enlarged picture."""

    artifact: Artifact
    image: Image
    caption: str
    enhancement: Enhancement
    difference: float = 0.0  # from the original, levels of 256

    @property
    def panel(self) -> Panel:
        """As comparisons show it."""
        return Panel(artifact=self.artifact, image=self.image, caption=self.caption)


async def _quality(case: Casework, picture: InputImage) -> list[Attribute]:
    try:
        return await describe(case, picture, QUALITY_TOPICS)
    except ModelRefused as refused:  # good to know, not needed
        await case.warn("no_description", refused=refused)
        return []


async def _prepare(case: Casework, picture: InputImage, before: np.ndarray) -> Panel:
    """The picture with noise and contrast put in order; models are given the original all the same."""
    data = await imaging.encode_async(await asyncio.to_thread(prepare, before))
    title = case.say("title.preprocessed")
    artifact = await case.keep_measured("preprocessed.png", data, kind="enhanced", title=title, making=Making(origins=origin(picture)))
    return Panel(artifact=artifact, image=Image(data=data, media_type=imaging.PNG), caption=case.say("caption.preprocessed"))


async def _upscale_all(
    case: Casework, picture: InputImage, methods: Sequence[str], scale: int, *, enhance_faces: bool
) -> tuple[list[_Tried], ModelRefused | None]:
    """Let every model enlarge the picture; one that refuses costs a warning. Gives the last refusal as well."""
    results = []
    last: ModelRefused | None = None
    for number, method in enumerate((method for method in methods if method != BICUBIC), start=1):
        try:
            request = UpscaleRequest(image=picture.image, scale=scale, enhance_faces=enhance_faces, model=method)
            upscaled = await case.context.ask(request)
        except ModelRefused as refused:
            await case.warn("no_method", refused=refused, model=method, method=method)
            last = refused
            continue
        name = upscaled.model.model or method
        parameters = {"scale": str(scale), "enhance_faces": str(enhance_faces).lower()}
        artifact = await case.keep_synthetic(
            f"enhanced_{number:02}_{re.sub(r'[^A-Za-z0-9._-]', '_', name)}",
            upscaled.image,
            kind="enhanced",
            title=case.say("title.enhanced_by", method=name),
            making=Making(origins=origin(picture), models=[upscaled.model], parameters=parameters),
        )
        enhancement = Enhancement(method=name, image=artifact.name, model=upscaled.model)
        results.append(_Tried(artifact=artifact, image=upscaled.image, caption=name, enhancement=enhancement))
    return results, last


async def _judge(case: Casework, tried: _Tried, before: np.ndarray) -> _Tried:
    pixels = await case.context.pixels(tried.image)
    tried.enhancement.sharpness = await asyncio.to_thread(sharpness, pixels)
    strays = await asyncio.to_thread(difference, before, pixels)
    return _Tried(artifact=tried.artifact, image=tried.image, caption=tried.caption, enhancement=tried.enhancement, difference=strays)


async def _plain(case: Casework, picture: InputImage, before: np.ndarray, scale: int) -> list[_Tried]:
    """The plain enlargement that every method has to beat; none when it would be too large a picture."""
    height, width = before.shape[:2]
    if width * height * scale * scale > imaging.DEFAULT_LIMITS.max_pixels:
        await case.warn("no_baseline")
        return []
    pixels = await asyncio.to_thread(enlarge, before, scale)
    data = await imaging.encode_async(pixels)
    artifact = await case.keep_measured(
        f"enlarged_{BICUBIC}.png",
        data,
        kind="enhanced",
        title=case.say("title.bicubic"),
        making=Making(origins=origin(picture), parameters={"scale": str(scale), "interpolation": BICUBIC}),
    )
    enhancement = Enhancement(method=BICUBIC, image=artifact.name)
    image = Image(data=data, media_type=imaging.PNG)
    return [_Tried(artifact=artifact, image=image, caption=case.say("caption.bicubic"), enhancement=enhancement)]


def choose(results: Sequence[tuple[float, float]]) -> int:
    """Index of the best of several results, each given as sharpness and difference from the original.

    Of those that stay faithful to the original the sharpest; when none does, the one that strays least. The first of equals.
    """
    faithful = [index for index, (_, strays) in enumerate(results) if strays <= FAITHFUL]
    if faithful:
        return max(faithful, key=lambda index: results[index][0])
    return min(range(len(results)), key=lambda index: results[index][1])


def _reason(case: Casework, chosen: _Tried, plain: Sequence[_Tried], *, alone: bool) -> str:
    if chosen.difference > FAITHFUL:
        reasons = [case.say("choice.closest", difference=chosen.difference)]
    elif alone:
        reasons = [case.say("choice.only")]
    else:
        reasons = [case.say("choice.faithful", difference=FAITHFUL)]
    if any(one is not chosen and chosen.enhancement.sharpness <= one.enhancement.sharpness for one in plain):
        reasons.append(case.say("choice.not_sharper"))
    return ". ".join(reasons) + "."


def _area(found: FoundFace, pixels: np.ndarray) -> Area:
    """The face with some room, as shares of the picture's size, within it."""
    height, width = pixels.shape[:2]
    box = found.face.box
    room_x, room_y = box.width * _FACE_ROOM, box.height * _FACE_ROOM
    return (
        max(0.0, (box.x - room_x) / width),
        max(0.0, (box.y - room_y) / height),
        min(1.0, (box.x + box.width + room_x) / width),
        min(1.0, (box.y + box.height + room_y) / height),
    )


def _summary(case: Casework, result: SuperResolutionResult, picture: InputImage, scale: int, method: str) -> str:
    key = "summary.enhanced" if scale > 1 else "summary.enhanced_1"
    return f"{case.say(key, width=picture.width, height=picture.height, scale=scale, method=method)} {result.choice_reason}"
