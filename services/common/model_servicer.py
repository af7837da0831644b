"""`ModelService`, the same in every model service: what models there are, and loading and unloading them by hand."""

from __future__ import annotations

from typing import Any

import grpc.aio

from dasibom.model.v1 import model_service_pb2 as pb
from dasibom.model.v1 import model_service_pb2_grpc as pb_grpc
from services.common.inference import Inference
from services.common.messages import model_of
from services.common.settings import MIB, ModelServiceSettings

Context = grpc.aio.ServicerContext[Any, Any]


class ModelServicer(pb_grpc.ModelServiceServicer):
    """Answers for a service's model pool."""

    def __init__(self, inference: Inference, settings: ModelServiceSettings) -> None:
        self._pool = inference.pool
        self._budget = settings.memory_budget_mib * MIB

    async def ListModels(self, request: pb.ListModelsRequest, context: Context) -> pb.ListModelsResponse:  # noqa: N802
        """See the proto."""
        return pb.ListModelsResponse(models=map(model_of, self._pool.states()), memory_budget_bytes=self._budget)

    async def LoadModel(self, request: pb.LoadModelRequest, context: Context) -> pb.LoadModelResponse:  # noqa: N802
        """See the proto."""
        await self._pool.load(request.name)
        return pb.LoadModelResponse(model=self._state(request.name))

    async def UnloadModel(self, request: pb.UnloadModelRequest, context: Context) -> pb.UnloadModelResponse:  # noqa: N802
        """See the proto."""
        await self._pool.unload(request.name)
        return pb.UnloadModelResponse(model=self._state(request.name))

    def _state(self, name: str) -> pb.Model:
        resolved = self._pool.resolve(name).name
        return next(model_of(state) for state in self._pool.states() if state.spec.name == resolved)
