"""`DiffusionService`: from a request to the backend's task, and from its pictures to the response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc.aio
import numpy as np

from dasibom.common.v1.progress_pb2 import Progress
from dasibom.diffusion.v1 import diffusion_service_pb2 as pb
from dasibom.diffusion.v1 import diffusion_service_pb2_grpc as pb_grpc
from services.common.backend import ModelSpec
from services.common.errors import InvalidRequest
from services.common.inference import Inference
from services.common.messages import image_of, picture_of
from services.common.picture import Picture
from services.diffusion.backend import DiffusionBackend, GeneratedImage, GenerateTask, Subject

Context = grpc.aio.ServicerContext[Any, Any]

_SUBJECTS = {pb.SUBJECT_FULL_BODY: Subject.FULL_BODY}
_DEFAULT_STRENGTH = 0.6


def generate(backend: DiffusionBackend, tasks: Sequence[GenerateTask]) -> list[list[GeneratedImage]]:
    """The service's operation."""
    return backend.generate(tasks)


class DiffusionServicer(pb_grpc.DiffusionServiceServicer):
    """Makes pictures."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def Generate(self, request: pb.GenerateRequest, context: Context) -> AsyncIterator[pb.GenerateResponse]:  # noqa: N802
        """See the proto."""
        spec = self._inference.pool.resolve(request.model)
        init_image = await picture_of(request.init_image, "init_image.data") if request.HasField("init_image") else None
        mask = await _mask(request, init_image)
        options = _options(request, spec, init_image)
        updates = self._inference.run(
            context,
            request.model,
            "generate",
            lambda monitor: GenerateTask(
                prompt=request.prompt,
                negative_prompt=request.negative_prompt,
                subject=_SUBJECTS.get(request.subject, Subject.PORTRAIT),
                attributes=dict(request.attributes),
                init_image=init_image,
                mask=mask,
                strength=_strength(request, spec),
                num_images=request.num_images or 1,
                seed=request.seed,
                monitor=monitor,
                **options,
            ),
            # A forward pass is shared by pictures of one size, made in as many steps from the same kind of input.
            shape=(*options.values(), init_image is not None, mask is not None),
        )
        async for update in updates:
            if isinstance(update, Progress):
                yield pb.GenerateResponse(progress=update)
                continue
            images = [await _image_of(image) for image in update.result]
            yield pb.GenerateResponse(result=pb.GenerateResult(images=images, model=update.use))


async def _mask(request: pb.GenerateRequest, init_image: Picture | None) -> np.ndarray | None:
    """The mask as H×W, 255 where the picture is to be made anew."""
    if not request.HasField("mask") or init_image is None:
        return None
    mask = await picture_of(request.mask, "mask.data")
    if (mask.width, mask.height) != (init_image.width, init_image.height):
        message = f"must be the size of init_image, {init_image.width}×{init_image.height}; is {mask.width}×{mask.height}"
        raise InvalidRequest(f"mask: {message}", reason="MASK_SIZE", field_violations=[("mask", message)])
    return np.asarray(mask.pixels.max(axis=2) >= 128, np.uint8) * np.uint8(255)


def _options(request: pb.GenerateRequest, spec: ModelSpec, init_image: Picture | None) -> dict[str, Any]:
    """What the request leaves open is the model's default; the size is the initial picture's where there is one."""
    defaults = spec.defaults
    return {
        "width": request.width or (init_image.width if init_image else int(defaults.get("width", 768))),
        "height": request.height or (init_image.height if init_image else int(defaults.get("height", 1024))),
        "num_inference_steps": request.num_inference_steps or int(defaults.get("num_inference_steps", 30)),
        "guidance_scale": request.guidance_scale if request.HasField("guidance_scale") else float(defaults.get("guidance_scale", 7.0)),
    }


def _strength(request: pb.GenerateRequest, spec: ModelSpec) -> float:
    """How far the picture may leave the initial one. Models may have a default of their own for what a mask covers."""
    if request.HasField("strength"):
        return request.strength
    return float(spec.defaults.get("mask_strength" if request.HasField("mask") else "strength", _DEFAULT_STRENGTH))


async def _image_of(image: GeneratedImage) -> pb.GeneratedImage:
    return pb.GeneratedImage(
        image=await image_of(image.pixels), seed=image.seed, source_svg=image.source_svg, description=image.description
    )
