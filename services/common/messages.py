"""Between protobuf messages and the types that backends know."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp

from dasibom.common.v1 import image_pb2, model_use_pb2, progress_pb2
from dasibom.model.v1 import model_service_pb2
from services.common import imaging
from services.common.errors import InvalidRequest
from services.common.model_pool import ModelState, ModelStatus
from services.common.monitor import Progress
from services.common.picture import Box, Picture
from services.common.settings import software_version
from services.common.weights import weight_hash

PREVIEW_SIDE = 256  # pixels: enough to see where a picture is going, small beside the picture itself


async def picture_of(image: image_pb2.Image, field: str) -> Picture:
    """Decode an image of a request, off the event loop.

    Args:
        image: the encoded picture.
        field: where it stands in the request, for the error.

    Raises:
        InvalidRequest: it is no picture that can be used; says why.
    """
    try:
        return await imaging.decode_async(image.data)
    except imaging.BadPicture as error:
        reason = f"IMAGE_{error.reason.upper()}"
        raise InvalidRequest(f"{field}: {error}", reason=reason, field_violations=[(field, str(error))]) from None


async def pictures_of(images: Iterable[image_pb2.Image], field: str) -> list[Picture]:
    """Decode all images of a repeated field. Raises what `picture_of` raises."""
    return list(await asyncio.gather(*(picture_of(image, f"{field}[{index}].data") for index, image in enumerate(images))))


async def image_of(pixels: np.ndarray, alpha: np.ndarray | None = None) -> image_pb2.Image:
    """Encode a result (H×W×3, uint8, RGB) as PNG, off the event loop."""
    return image_pb2.Image(data=await imaging.encode_async(pixels, imaging.PNG, alpha=alpha), media_type=imaging.PNG)


async def progress_of(progress: Progress) -> progress_pb2.Progress:
    """A worker's progress as its caller sees it; the preview becomes a small JPEG."""
    message = progress_pb2.Progress(stage=progress.stage, step=progress.step, total=progress.total, queue_position=progress.queue_position)
    if progress.preview is not None:
        small = imaging.thumbnail(progress.preview, PREVIEW_SIDE)
        message.preview.data = await imaging.encode_async(small, imaging.JPEG, quality=75)
        message.preview.media_type = imaging.JPEG
    return message


def box_of(box: Box) -> image_pb2.Box:
    """A rectangle."""
    return image_pb2.Box(x=box.x, y=box.y, width=box.width, height=box.height)


def use_of(service: str, state: ModelState, folder: Path) -> model_use_pb2.ModelUse:
    """Which model made a result. Its weights lie in `folder`."""
    spec = state.spec
    return model_use_pb2.ModelUse(
        service=service,
        model=spec.name,
        backend=spec.backend,
        revision=spec.revision,
        weight_sha256=weight_hash(spec, folder),
        licence=spec.licence,
        device=state.device,
        software_version=software_version(),
    )


_STATES = {
    ModelStatus.UNLOADED: model_service_pb2.MODEL_STATE_UNLOADED,
    ModelStatus.LOADING: model_service_pb2.MODEL_STATE_LOADING,
    ModelStatus.READY: model_service_pb2.MODEL_STATE_READY,
    ModelStatus.FAILED: model_service_pb2.MODEL_STATE_FAILED,
}


def model_of(state: ModelState, folder: Path) -> model_service_pb2.Model:
    """A model as `ListModels` tells of it. Its weights lie in `folder`, or shall."""
    spec = state.spec
    changed = Timestamp()
    changed.FromDatetime(state.since)
    return model_service_pb2.Model(
        name=spec.name,
        backend=spec.backend,
        state=_STATES[state.status],
        failure=state.failure,
        device=state.device,
        memory_bytes=spec.memory_bytes,
        revision=spec.revision,
        weight_sha256=weight_hash(spec, folder),
        licence=spec.licence,
        commercial_use=spec.commercial_use,
        is_default=state.is_default,
        calls_in_progress=state.in_use,
        state_time=changed,
        description=spec.description,
    )
