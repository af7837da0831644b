"""How a model of the manifest becomes a backend of this service."""

from __future__ import annotations

from dataclasses import replace

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
                model=_served_model(spec, settings),
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


def complete(spec: ModelSpec, settings: VqaSettings) -> ModelSpec:
    """The model with what only the settings know of it.

    The revision of an outside server's model is the name that the server has for it: answers that are kept for later are told apart by the
    revision, and another model's answers are not its own.
    """
    if spec.backend == "openai" and not spec.revision:
        return replace(spec, revision=_served_model(spec, settings))
    return spec


def _served_model(spec: ModelSpec, settings: VqaSettings) -> str:
    """The model that the outside server shall use: the entry's own, so that there may be several, or that of the settings."""
    return str(spec.defaults.get("model", settings.openai_model))
