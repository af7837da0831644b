"""`python -m services.faceswap`: serve face work."""

from dasibom.faceswap.v1.face_swap_service_pb2_grpc import add_FaceSwapServiceServicer_to_server
from services.common.inference import Inference
from services.common.model_service import serve_models
from services.common.server import run_service
from services.common.settings import ModelServiceSettings
from services.faceswap.models import create
from services.faceswap.servicer import FaceSwapServicer, work


async def main(settings: ModelServiceSettings) -> None:
    """Serve until told to stop."""
    inference = Inference("faceswap", settings, create, {"work": work})
    servicer = FaceSwapServicer(inference)
    await serve_models(inference, settings, add_FaceSwapServiceServicer_to_server, servicer, "dasibom.faceswap.v1.FaceSwapService")


if __name__ == "__main__":
    run_service("faceswap", ModelServiceSettings, main)
