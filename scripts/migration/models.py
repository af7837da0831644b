"""The models that the former scripts used, as those scripts state. Nothing in their results proves it."""

from __future__ import annotations

from dasibom.common.v1.model_use_pb2 import ModelUse

UNVERIFIED = "unverified"


def _used(service: str, model: str, backend: str) -> ModelUse:
    return ModelUse(service=service, model=model, backend=backend, revision=UNVERIFIED)


# The scripts changed their Claude model several times and had a fallback; their results do not say which one answered.
CLAUDE = _used("vqa", "anthropic.claude", "bedrock")
NOVA = _used("diffusion", "amazon.nova-canvas-v1:0", "bedrock")
TITAN = _used("diffusion", "amazon.titan-image-generator-v2:0", "bedrock")
SDXL = _used("diffusion", "stability.stable-diffusion-xl-v1", "bedrock")
PALIGEMMA = _used("vqa", "google/paligemma-3b-mix-224", "transformers")
LOCAL_SD = _used("diffusion", "runwayml/stable-diffusion-v1-5", "diffusers")
LOCAL_SDXL = _used("diffusion", "stabilityai/stable-diffusion-xl-base-1.0", "diffusers")
UPSCALER = _used("superres", "stabilityai/stable-diffusion-x4-upscaler", "diffusers")
ESRGAN = _used("superres", "ai-forever/Real-ESRGAN", "transformers")
SWAPPER = _used("faceswap", "inswapper_128", "insightface")
