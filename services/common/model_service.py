"""The main program of a model service: its servicer, `ModelService`, and the models behind both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasibom.model.v1 import model_service_pb2_grpc
from services.common.inference import Inference
from services.common.model_servicer import ModelServicer
from services.common.server import ServiceHost
from services.common.settings import ModelServiceSettings


async def serve_models(
    inference: Inference, settings: ModelServiceSettings, add_to_server: Callable[[Any, Any], None], servicer: object, full_name: str
) -> None:
    """Serve a model service until it is told to stop. Health says SERVING once the models to preload are loaded.

    Args:
        inference: the models.
        settings: addresses, TLS and limits.
        add_to_server: the generated `add_…Servicer_to_server`.
        servicer: the service's servicer.
        full_name: its full gRPC name.
    """
    host = ServiceHost(inference.service, settings)
    host.add(add_to_server, servicer, full_name)
    host.add(model_service_pb2_grpc.add_ModelServiceServicer_to_server, ModelServicer(inference, settings), "dasibom.model.v1.ModelService")
    await host.run(prepare=inference.preload)
    await inference.close()
