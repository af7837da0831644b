"""`SuperResService`: from a request to the backend's task, and from its picture to the response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc.aio

from dasibom.common.v1.progress_pb2 import Progress
from dasibom.superres.v1 import super_res_service_pb2 as pb
from dasibom.superres.v1 import super_res_service_pb2_grpc as pb_grpc
from services.common.inference import Inference
from services.common.messages import image_of, picture_of
from services.superres.backend import SuperResBackend, UpscaleResult, UpscaleTask

Context = grpc.aio.ServicerContext[Any, Any]

_DEFAULT_SCALE = 2
_DEFAULT_DENOISE = 0.5


def upscale(backend: SuperResBackend, tasks: Sequence[UpscaleTask]) -> list[UpscaleResult]:
    """The service's operation."""
    return backend.upscale(tasks)


class SuperResServicer(pb_grpc.SuperResServiceServicer):
    """Enlarges and restores pictures."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def Upscale(self, request: pb.UpscaleRequest, context: Context) -> AsyncIterator[pb.UpscaleResponse]:  # noqa: N802
        """See the proto."""
        picture = await picture_of(request.image, "image.data")
        scale = request.scale or _DEFAULT_SCALE
        denoise = request.denoise if request.HasField("denoise") else _DEFAULT_DENOISE
        updates = self._inference.run(
            context,
            request.model,
            "upscale",
            lambda monitor: UpscaleTask(
                picture=picture, scale=scale, tile=request.tile, denoise=denoise, enhance_faces=request.enhance_faces, monitor=monitor
            ),
            shape=(scale, request.tile, denoise, request.enhance_faces),
        )
        async for update in updates:
            if isinstance(update, Progress):
                yield pb.UpscaleResponse(progress=update)
                continue
            result: UpscaleResult = update.result
            height, width = result.pixels.shape[:2]
            image = await image_of(result.pixels, result.alpha)
            yield pb.UpscaleResponse(
                result=pb.UpscaleResult(
                    image=image, width=width, height=height, tiles=result.tiles, faces_enhanced=result.faces_enhanced, model=update.use
                )
            )
