"""How a model of the manifest becomes a backend of this service."""

from __future__ import annotations

from services.common.backend import ModelSpec
from services.vqa.backend import VqaBackend
from services.vqa.settings import VqaSettings


def create(spec: ModelSpec, settings: VqaSettings) -> VqaBackend:
    """Make the backend of a model; nothing is loaded yet.

    A family is imported when one of its models is asked for, and not before: some need libraries that are not installed everywhere.

    Raises:
        ValueError: the model names a backend that does not exist.
        ImportError: the backend's libraries are not installed.
    """
    match spec.backend:
        case "vision":
            from services.vqa.backends.vision import VisionBackend

            return VisionBackend(spec)
        case "openai":
            from services.vqa.backends.openai.backend import OpenAIBackend
            from services.vqa.backends.openai.server import Server

            server = Server(
                base_url=settings.openai_base_url,
                model=settings.openai_model,
                api_key=settings.openai_api_key.get_secret_value(),
                timeout=settings.openai_timeout_seconds,
                max_retries=settings.openai_max_retries,
            )
            return OpenAIBackend(spec, server, allowed=settings.allow_external, max_side=settings.openai_max_side)
        case "paligemma":
            from services.vqa.backends.transformers import PaliGemmaBackend

            return PaliGemmaBackend(spec, settings.weights_dir / spec.name, device=settings.device, dtype=settings.dtype)
        case "llava":
            from services.vqa.backends.transformers import LlavaBackend

            return LlavaBackend(spec, settings.weights_dir / spec.name, device=settings.device, dtype=settings.dtype)
        case unknown:
            there_are = "vision, paligemma, llava, openai"
            raise ValueError(f"{spec.name} names the backend {unknown!r}, which this service does not have; it has: {there_are}")
