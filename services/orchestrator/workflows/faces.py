"""The faces of the input pictures: found, cropped untouched, the best one chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dasibom.common.v1.image_pb2 import Image
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.faceswap.v1.face_swap_service_pb2 import DetectFacesRequest, Face
from services.common import imaging
from services.orchestrator.workflows.casework import Casework, origin
from services.orchestrator.workflows.context import InputImage, Making, ModelRefused

_MARGIN = 0.35  # around a crop, of the face's size
_ROOM = 1.0  # around a face that is to be found again, of the face's size
_SMALLEST = 24  # pixels: smaller faces show nothing


@dataclass(frozen=True, kw_only=True)
class FoundFace:
    """A face in one of the input pictures."""

    image: InputImage
    number: int  # of the picture, from 1
    index: int  # in the picture, from 0; largest first
    face: Face
    model: ModelUse  # the model that found it


async def find_faces(case: Casework, images: Sequence[InputImage]) -> list[FoundFace]:
    """Look for the faces of every picture; a service that refuses costs a warning only."""
    found: list[FoundFace] = []
    for number, image in enumerate(images, start=1):
        try:
            result = await case.context.ask(DetectFacesRequest(image=image.image, model=case.context.model("faceswap")))
        except ModelRefused as refused:
            await case.warn("no_faces", refused=refused)
            continue
        case.note_model(result.model)
        found.extend(
            FoundFace(image=image, number=number, index=index, face=face, model=result.model) for index, face in enumerate(result.faces)
        )
    return found


async def keep_faces(case: Casework, faces: Sequence[FoundFace]) -> None:
    """Save a crop of every face that is large enough to show anything."""
    for found in faces:
        if min(found.face.box.width, found.face.box.height) < _SMALLEST:
            continue
        await case.keep_measured(
            f"face_{found.number:02}_{found.index + 1:02}.png",
            await imaging.encode_async(crop(await case.context.pixels(found.image.image), found.face, _MARGIN)),
            kind="face",
            title=case.say("title.face", number=found.number, face=found.index + 1),
            making=Making(origins=origin(found.image), models=[found.model]),
        )


def best(faces: Sequence[FoundFace]) -> FoundFace | None:
    """The face that is fittest for identification, if there is any; the first of equals."""
    return max(faces, key=lambda found: found.face.quality, default=None)


async def alone(case: Casework, found: FoundFace) -> Image:
    """A picture in which this face is the largest: the input picture itself, or a crop of it."""
    if found.index == 0:
        return found.image.image
    pixels = crop(await case.context.pixels(found.image.image), found.face, _ROOM)
    return Image(data=await imaging.encode_async(pixels), media_type=imaging.PNG)


def crop(pixels: np.ndarray, face: Face, margin: float) -> np.ndarray:
    """The face with some of what is around it.

    Args:
        pixels: H×W×3, uint8.
        face: in pixels of that picture; may reach beyond its borders.
        margin: on each side, as a share of the face's size.
    """
    height, width = pixels.shape[:2]
    margin_x, margin_y = face.box.width * margin, face.box.height * margin
    left = min(max(0, int(face.box.x - margin_x)), width - 1)
    top = min(max(0, int(face.box.y - margin_y)), height - 1)
    right = max(left + 1, int(face.box.x + face.box.width + margin_x))
    bottom = max(top + 1, int(face.box.y + face.box.height + margin_y))
    return np.ascontiguousarray(pixels[top:bottom, left:right])
