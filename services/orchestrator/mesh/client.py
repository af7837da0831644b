"""One channel to the mesh proxy, and the calls that go through it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc

from dasibom.model.v1 import model_service_pb2, model_service_pb2_grpc
from services.common.interceptors import JOB_METADATA
from services.common.settings import MIB
from services.common.telemetry import client_interceptors
from services.orchestrator.mesh.methods import SERVICES, Method

# The proxy tells services apart by their gRPC names; for what all of them serve it needs to be told.
SERVICE_METADATA = "x-dasibom-service"


class Mesh:
    """The model services, as the orchestrator reaches them. Use it from one event loop."""

    def __init__(self, target: str, *, ca: str = "", max_message_mib: int = 72) -> None:
        """Make the channel; nothing is connected yet.

        Args:
            target: `host:port` of the proxy.
            ca: PEM file of the authority to trust; empty speaks plain text.
            max_message_mib: largest message, MiB.
        """
        options: Sequence[tuple[str, Any]] = (
            ("grpc.max_receive_message_length", max_message_mib * MIB),
            ("grpc.max_send_message_length", max_message_mib * MIB),
            # A proxy that comes back is found within a second, not after grpc's two minutes of growing patience.
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 1000),
        )
        interceptors = client_interceptors()
        if ca:
            credentials = grpc.ssl_channel_credentials(Path(ca).read_bytes())
            self._channel = grpc.aio.secure_channel(target, credentials, options=options, interceptors=interceptors)
        else:
            self._channel = grpc.aio.insecure_channel(target, options=options, interceptors=interceptors)

    async def stream(self, method: Method, request: Message, *, seconds: float, job: str) -> AsyncGenerator[Any]:
        """Make one inference call, and give its responses as they come. Closing the generator cancels the call.

        Args:
            method: the rpc.
            request: its request.
            seconds: the call's deadline.
            job: id of the job that it is made for.

        Raises:
            grpc.aio.AioRpcError: the call failed.
        """
        call = self._channel.unary_stream(
            method.path,
            request_serializer=type(request).SerializeToString,
            response_deserializer=method.response.FromString,
        )(request, timeout=seconds, metadata=((JOB_METADATA, job),))
        try:
            async for response in call:
                yield response
        finally:
            call.cancel()

    async def list_models(self, service: str, *, seconds: float = 3.0) -> model_service_pb2.ListModelsResponse:
        """The models of one service. Raises grpc.aio.AioRpcError."""
        stub = model_service_pb2_grpc.ModelServiceStub(self._channel)
        return await stub.ListModels(model_service_pb2.ListModelsRequest(), timeout=seconds, metadata=((SERVICE_METADATA, service),))

    async def serving(self, service: str, *, seconds: float = 3.0) -> bool:
        """Whether a service is ready for calls. Raises grpc.aio.AioRpcError."""
        stub: Any = health_pb2_grpc.HealthStub(self._channel)
        request = health_pb2.HealthCheckRequest(service=SERVICES[service].full_name)
        answer = await stub.Check(request, timeout=seconds, metadata=((SERVICE_METADATA, service),))
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def close(self) -> None:
        """Close the channel; running calls are cancelled."""
        await self._channel.close()
