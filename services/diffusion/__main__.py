"""`python -m services.diffusion`: serve image generation."""

from dasibom.diffusion.v1.diffusion_service_pb2_grpc import add_DiffusionServiceServicer_to_server
from services.common.inference import Inference
from services.common.model_service import serve_models
from services.common.server import run_service
from services.diffusion.models import create
from services.diffusion.servicer import DiffusionServicer, generate
from services.diffusion.settings import DiffusionSettings


async def main(settings: DiffusionSettings) -> None:
    """Serve until told to stop."""
    inference = Inference("diffusion", settings, create, {"generate": generate})
    servicer = DiffusionServicer(inference)
    await serve_models(inference, settings, add_DiffusionServiceServicer_to_server, servicer, "dasibom.diffusion.v1.DiffusionService")


if __name__ == "__main__":
    run_service("diffusion", DiffusionSettings, main)
