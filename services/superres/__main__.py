"""`python -m services.superres`: serve super-resolution."""

from dasibom.superres.v1.super_res_service_pb2_grpc import add_SuperResServiceServicer_to_server
from services.common.inference import Inference
from services.common.model_service import serve_models
from services.common.server import run_service
from services.common.settings import ModelServiceSettings
from services.superres.models import create
from services.superres.servicer import SuperResServicer, upscale


async def main(settings: ModelServiceSettings) -> None:
    """Serve until told to stop."""
    inference = Inference("superres", settings, create, {"upscale": upscale})
    servicer = SuperResServicer(inference)
    await serve_models(inference, settings, add_SuperResServiceServicer_to_server, servicer, "dasibom.superres.v1.SuperResService")


if __name__ == "__main__":
    run_service("superres", ModelServiceSettings, main)
