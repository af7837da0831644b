"""`ModelService`, the same in every model service: what models there are, and loading and unloading them by hand."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import grpc.aio

from dasibom.model.v1 import model_service_pb2 as pb
from dasibom.model.v1 import model_service_pb2_grpc as pb_grpc
from services.common.inference import Inference
from services.common.messages import model_of
from services.common.model_pool import ModelState, ModelStatus
from services.common.settings import MIB, ModelServiceSettings

Context = grpc.aio.ServicerContext[Any, Any]


class ModelServicer(pb_grpc.ModelServiceServicer):
    """Answers for a service's model pool."""

    def __init__(self, inference: Inference, settings: ModelServiceSettings) -> None:
        self._inference = inference
        self._pool = inference.pool
        self._budget = settings.memory_budget_mib * MIB

    async def ListModels(self, request: pb.ListModelsRequest, context: Context) -> pb.ListModelsResponse:  # noqa: N802
        """See the proto."""
        # Whether files are there is asked of a disk, which may be a slow one.
        models = await asyncio.to_thread(lambda states: [self._message(state) for state in states], self._inference.states())
        return pb.ListModelsResponse(models=models, memory_budget_bytes=self._budget)

    async def LoadModel(self, request: pb.LoadModelRequest, context: Context) -> pb.LoadModelResponse:  # noqa: N802
        """See the proto."""
        await self._pool.load(request.name)
        return pb.LoadModelResponse(model=await self._model(request.name))

    async def UnloadModel(self, request: pb.UnloadModelRequest, context: Context) -> pb.UnloadModelResponse:  # noqa: N802
        """See the proto."""
        await self._pool.unload(request.name)
        return pb.UnloadModelResponse(model=await self._model(request.name))

    async def _model(self, name: str) -> pb.Model:
        return await asyncio.to_thread(self._message, self._inference.state(name))

    def _message(self, state: ModelState) -> pb.Model:
        if state.status is ModelStatus.UNLOADED and not state.failure:
            state = replace(state, failure=self._inference.obstacle(state.spec))
        return model_of(state, self._inference.folder_of(state.spec))
