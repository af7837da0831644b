"""`python -m services.vqa`: serve visual question answering."""

from dasibom.vqa.v1.vqa_service_pb2_grpc import add_VqaServiceServicer_to_server
from services.common.inference import Inference
from services.common.model_service import serve_models
from services.common.server import run_service
from services.vqa.models import complete, create
from services.vqa.servicer import VqaServicer, answer
from services.vqa.settings import VqaSettings


async def main(settings: VqaSettings) -> None:
    """Serve until told to stop."""
    inference = Inference("vqa", settings, create, {"answer": answer}, complete=complete)
    await serve_models(inference, settings, add_VqaServiceServicer_to_server, VqaServicer(inference), "dasibom.vqa.v1.VqaService")


if __name__ == "__main__":
    run_service("vqa", VqaSettings, main)
