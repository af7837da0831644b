"""`FaceSwapService`: from a request to the backend's task, and from its result to the response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import grpc.aio

from dasibom.common.v1.image_pb2 import Point
from dasibom.common.v1.progress_pb2 import Progress
from dasibom.faceswap.v1 import face_swap_service_pb2 as pb
from dasibom.faceswap.v1 import face_swap_service_pb2_grpc as pb_grpc
from services.common.errors import FailedPrecondition, InvalidRequest
from services.common.inference import Inference, Outcome
from services.common.messages import box_of, image_of, picture_of
from services.common.monitor import ThreadMonitor
from services.faceswap.backend import Face, FaceChoice, FaceSelector, FaceSwapBackend, NoFaceFound, NoSuchFace, RetargetOptions
from services.faceswap.tasks import CompareTask, DetectTask, FaceTask, RetargetTask, SwapTask

Context = grpc.aio.ServicerContext[Any, Any]

_CHOICES = {
    pb.FACE_CHOICE_MOST_CENTRAL: FaceChoice.MOST_CENTRAL,
    pb.FACE_CHOICE_INDEX: FaceChoice.INDEX,
}


def work(backend: FaceSwapBackend, tasks: Sequence[FaceTask]) -> list[Any]:
    """The service's operation. Faces are worked on one at a time: they differ in size and place, so nothing is shared."""
    return [task.run(backend) for task in tasks]


class FaceSwapServicer(pb_grpc.FaceSwapServiceServicer):
    """Finds, compares, replaces and re-poses faces."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def DetectFaces(self, request: pb.DetectFacesRequest, context: Context) -> AsyncIterator[pb.DetectFacesResponse]:  # noqa: N802
        """See the proto."""
        picture = await picture_of(request.image, "image.data")
        updates = self._run(
            context,
            request.model,
            lambda monitor: DetectTask(picture=picture, with_embedding=request.with_embedding, monitor=monitor),
        )
        async for update in updates:
            if isinstance(update, Progress):
                yield pb.DetectFacesResponse(progress=update)
                continue
            faces = map(_face_of, update.result)
            yield pb.DetectFacesResponse(
                result=pb.DetectFacesResult(faces=faces, image_width=picture.width, image_height=picture.height, model=update.use)
            )

    async def Swap(self, request: pb.SwapRequest, context: Context) -> AsyncIterator[pb.SwapResponse]:  # noqa: N802
        """See the proto."""
        source = await picture_of(request.source, "source.data")
        target = await picture_of(request.target, "target.data")
        updates = self._run(
            context,
            request.model,
            lambda monitor: SwapTask(
                source=source,
                target=target,
                source_face=_selector(request.source_face),
                target_face=_selector(request.target_face),
                monitor=monitor,
            ),
        )
        async for update in updates:
            if isinstance(update, Progress):
                yield pb.SwapResponse(progress=update)
                continue
            swapped = update.result
            yield pb.SwapResponse(
                result=pb.SwapResult(
                    image=await image_of(swapped.pixels),
                    source_face=_face_of(swapped.source_face),
                    target_face=_face_of(swapped.target_face),
                    transform=swapped.transform.ravel().tolist(),
                    seam_error=swapped.seam_error,
                    similarity=swapped.similarity,
                    model=update.use,
                )
            )

    async def Retarget(self, request: pb.RetargetRequest, context: Context) -> AsyncIterator[pb.RetargetResponse]:  # noqa: N802
        """See the proto."""
        picture = await picture_of(request.image, "image.data")
        options = RetargetOptions(values=dict(request.values), neutral=request.neutral)
        updates = self._run(
            context,
            request.model,
            lambda monitor: RetargetTask(picture=picture, options=options, face=_selector(request.face), monitor=monitor),
        )
        async for update in updates:
            if isinstance(update, Progress):
                yield pb.RetargetResponse(progress=update)
                continue
            yield pb.RetargetResponse(result=pb.RetargetResult(image=await image_of(update.result.pixels), model=update.use))

    async def Compare(self, request: pb.CompareRequest, context: Context) -> AsyncIterator[pb.CompareResponse]:  # noqa: N802
        """See the proto."""
        a = await picture_of(request.image_a, "image_a.data")
        b = await picture_of(request.image_b, "image_b.data")
        async for update in self._run(context, request.model, lambda monitor: CompareTask(a=a, b=b, monitor=monitor)):
            if isinstance(update, Progress):
                yield pb.CompareResponse(progress=update)
                continue
            compared = update.result
            yield pb.CompareResponse(
                result=pb.CompareResult(
                    similarity=compared.similarity,
                    face_a=_face_of(compared.face_a),
                    face_b=_face_of(compared.face_b),
                    model=update.use,
                )
            )

    async def _run(
        self, context: Context, model: str, make_task: Callable[[ThreadMonitor], FaceTask]
    ) -> AsyncIterator[Progress | Outcome[Any]]:
        try:
            async for update in self._inference.run(context, model, "work", make_task):
                yield update
        except NoFaceFound as error:
            raise FailedPrecondition(str(error), reason="NO_FACE_FOUND") from None
        except NoSuchFace as error:
            raise InvalidRequest(str(error), reason="NO_SUCH_FACE") from None


def _selector(selector: pb.FaceSelector) -> FaceSelector:
    return FaceSelector(choice=_CHOICES.get(selector.choice, FaceChoice.LARGEST), index=selector.index)


def _face_of(face: Face) -> pb.Face:
    return pb.Face(
        box=box_of(face.box),
        landmarks=[Point(x=x, y=y) for x, y in face.landmarks],
        score=face.score,
        quality=face.quality,
        embedding=[] if face.embedding is None else face.embedding.tolist(),
    )
