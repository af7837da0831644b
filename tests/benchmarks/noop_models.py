"""`python -m tests.benchmarks.noop_models`: all four model services in one process, with models that do nothing.

`superres` is the real path of a model call, with server, interceptors, model pool, batcher and worker thread, around a backend that
gives back the bytes that it got. The other three answer at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from dasibom.common.v1.image_pb2 import Image
from dasibom.common.v1.progress_pb2 import Progress
from dasibom.diffusion.v1 import diffusion_service_pb2_grpc
from dasibom.faceswap.v1 import face_swap_service_pb2_grpc
from dasibom.model.v1 import model_service_pb2_grpc
from dasibom.superres.v1 import super_res_service_pb2 as superres
from dasibom.superres.v1 import super_res_service_pb2_grpc
from dasibom.vqa.v1 import vqa_service_pb2_grpc
from services.common.backend import ModelSpec, Monitor
from services.common.inference import Inference
from services.common.server import ServiceHost, run_service
from services.common.settings import ModelServiceSettings
from tests.integration.jobs.toy_models import ToyModels

NOTHING = ModelSpec(name="toy", backend="noop", revision="1", licence="MIT", commercial_use=True, memory_bytes=0)


@dataclass(frozen=True, kw_only=True)
class EchoTask:
    """A picture file that nobody opens."""

    data: bytes
    monitor: Monitor


class NoopBackend:
    """Does nothing."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec

    def load(self) -> None:
        """Nothing to load."""

    def unload(self) -> None:
        """Nothing to unload."""

    def upscale(self, tasks: Sequence[EchoTask]) -> list[bytes]:
        """Give every picture back as it is."""
        return [task.data for task in tasks]


def upscale(backend: NoopBackend, tasks: Sequence[EchoTask]) -> list[bytes]:
    """The service's operation."""
    return backend.upscale(tasks)


class EchoSuperRes(super_res_service_pb2_grpc.SuperResServiceServicer):
    """The servicer of `superres`, without decoding and encoding."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    async def Upscale(self, request: superres.UpscaleRequest, context: Any) -> AsyncIterator[superres.UpscaleResponse]:
        data = request.image.data
        updates = self._inference.run(context, "", "upscale", lambda monitor: EchoTask(data=data, monitor=monitor))
        async for update in updates:
            if isinstance(update, Progress):
                yield superres.UpscaleResponse(progress=update)
                continue
            image = Image(data=update.result, media_type=request.image.media_type)
            yield superres.UpscaleResponse(result=superres.UpscaleResult(image=image, tiles=1, model=update.use))


async def main(settings: ModelServiceSettings) -> None:
    """Serve until told to stop."""
    toys = ToyModels()  # type: ignore[abstract]  # what no workflow calls is not there
    inference = Inference("superres", settings, lambda spec, _: NoopBackend(spec), {"upscale": upscale}, specs=[NOTHING])
    host = ServiceHost("noop", settings)
    host.add(vqa_service_pb2_grpc.add_VqaServiceServicer_to_server, toys, "dasibom.vqa.v1.VqaService")
    host.add(diffusion_service_pb2_grpc.add_DiffusionServiceServicer_to_server, toys, "dasibom.diffusion.v1.DiffusionService")
    host.add(face_swap_service_pb2_grpc.add_FaceSwapServiceServicer_to_server, toys, "dasibom.faceswap.v1.FaceSwapService")
    host.add(model_service_pb2_grpc.add_ModelServiceServicer_to_server, toys, "dasibom.model.v1.ModelService")
    echo = EchoSuperRes(inference)
    host.add(super_res_service_pb2_grpc.add_SuperResServiceServicer_to_server, echo, "dasibom.superres.v1.SuperResService")
    await host.run()
    await inference.close()


if __name__ == "__main__":
    run_service("noop", ModelServiceSettings, main)
