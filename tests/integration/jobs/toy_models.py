"""Tiny model services for tests of the orchestrator: real gRPC, instant answers, and every way of failing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import grpc.aio
import numpy as np

from dasibom.common.v1.image_pb2 import Box, Image
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.common.v1.progress_pb2 import Progress
from dasibom.diffusion.v1 import diffusion_service_pb2 as diffusion
from dasibom.diffusion.v1 import diffusion_service_pb2_grpc
from dasibom.faceswap.v1 import face_swap_service_pb2 as faceswap
from dasibom.faceswap.v1 import face_swap_service_pb2_grpc
from dasibom.model.v1 import model_service_pb2 as models
from dasibom.model.v1 import model_service_pb2_grpc
from dasibom.superres.v1 import super_res_service_pb2 as superres
from dasibom.superres.v1 import super_res_service_pb2_grpc
from dasibom.vqa.v1 import vqa_service_pb2 as vqa
from dasibom.vqa.v1 import vqa_service_pb2_grpc
from services.common import imaging
from services.common.interceptors import CallInterceptor


def picture(shade: int, side: int = 64) -> bytes:
    """A small PNG."""
    return imaging.encode(np.full((side, side, 3), shade % 256, np.uint8))


class ToyModels(
    vqa_service_pb2_grpc.VqaServiceServicer,
    diffusion_service_pb2_grpc.DiffusionServiceServicer,
    face_swap_service_pb2_grpc.FaceSwapServiceServicer,
    super_res_service_pb2_grpc.SuperResServiceServicer,
    model_service_pb2_grpc.ModelServiceServicer,
):
    """All four services in one server, behind no proxy."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()  # finished calls by rpc
        self.revision = "1"
        self.before: Callable[[str], Any] | None = None  # awaited before each answer, with the rpc's name: fails or waits at will
        self.cancelled: Counter[str] = Counter()
        self.port = 0
        self._server: grpc.aio.Server | None = None

    async def start(self, port: int = 0) -> None:
        self._server = grpc.aio.server(interceptors=(CallInterceptor(),))
        vqa_service_pb2_grpc.add_VqaServiceServicer_to_server(self, self._server)
        diffusion_service_pb2_grpc.add_DiffusionServiceServicer_to_server(self, self._server)
        face_swap_service_pb2_grpc.add_FaceSwapServiceServicer_to_server(self, self._server)
        super_res_service_pb2_grpc.add_SuperResServiceServicer_to_server(self, self._server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port or self.port}")
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)
            self._server = None

    async def _work(self, rpc: str) -> None:
        try:
            if self.before is not None:
                await self.before(rpc)
        except asyncio.CancelledError:
            self.cancelled[rpc] += 1
            raise
        self.calls[rpc] += 1

    def _use(self, service: str) -> ModelUse:
        return ModelUse(service=service, model="toy", backend="toy", revision=self.revision)

    async def ListModels(self, request: models.ListModelsRequest, context: Any) -> models.ListModelsResponse:
        return models.ListModelsResponse(models=[models.Model(name="toy", revision=self.revision, is_default=True)])

    async def Answer(self, request: vqa.AnswerRequest, context: Any) -> AsyncIterator[vqa.AnswerResponse]:
        yield vqa.AnswerResponse(progress=Progress(stage="answer", step=0, total=2))
        await self._work("Answer")
        yield vqa.AnswerResponse(progress=Progress(stage="answer", step=2, total=2))
        answers = [
            vqa.Answer(
                topic=question.topic, question=question.text, image_index=index, text="빨간색", value="red", known=True, confidence=0.9
            )
            for index in range(len(request.images))
            for question in request.questions
        ]
        yield vqa.AnswerResponse(result=vqa.AnswerResult(answers=answers, model=self._use("vqa")))

    async def Generate(self, request: diffusion.GenerateRequest, context: Any) -> AsyncIterator[diffusion.GenerateResponse]:
        await self._work("Generate")
        images = [
            diffusion.GeneratedImage(
                image=Image(data=picture(request.seed + index), media_type="image/png"), seed=(request.seed + index) % 2**32
            )
            for index in range(request.num_images or 1)
        ]
        yield diffusion.GenerateResponse(result=diffusion.GenerateResult(images=images, model=self._use("diffusion")))

    async def DetectFaces(self, request: faceswap.DetectFacesRequest, context: Any) -> AsyncIterator[faceswap.DetectFacesResponse]:
        await self._work("DetectFaces")
        face = faceswap.Face(box=Box(x=4, y=4, width=40, height=40), score=0.9, quality=0.8)
        result = faceswap.DetectFacesResult(faces=[face], image_width=64, image_height=64, model=self._use("faceswap"))
        yield faceswap.DetectFacesResponse(result=result)

    async def Swap(self, request: faceswap.SwapRequest, context: Any) -> AsyncIterator[faceswap.SwapResponse]:
        await self._work("Swap")
        image = Image(data=picture(77), media_type="image/png")
        yield faceswap.SwapResponse(result=faceswap.SwapResult(image=image, model=self._use("faceswap")))

    async def Compare(self, request: faceswap.CompareRequest, context: Any) -> AsyncIterator[faceswap.CompareResponse]:
        await self._work("Compare")
        yield faceswap.CompareResponse(result=faceswap.CompareResult(similarity=0.5, model=self._use("faceswap")))

    async def Upscale(self, request: superres.UpscaleRequest, context: Any) -> AsyncIterator[superres.UpscaleResponse]:
        for tile in range(4):
            yield superres.UpscaleResponse(progress=Progress(stage="upscale", step=tile, total=4))
        await self._work("Upscale")
        image = Image(data=picture(99, 128), media_type="image/png")
        result = superres.UpscaleResult(image=image, width=128, height=128, tiles=4, model=self._use("superres"))
        yield superres.UpscaleResponse(result=result)
