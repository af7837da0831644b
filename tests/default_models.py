"""The default model of each service: its entry in the manifest, and its backend with the settings that nobody has changed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from services.common import manifest
from services.common.backend import ModelSpec
from services.common.settings import ModelServiceSettings
from services.diffusion.settings import DiffusionSettings
from services.vqa.settings import VqaSettings

SETTINGS: dict[str, type[ModelServiceSettings]] = {"vqa": VqaSettings, "diffusion": DiffusionSettings}


def default_spec(service: manifest.Service) -> ModelSpec:
    """The manifest's first entry."""
    return manifest.models(service)[0]


def make(service: manifest.Service, spec: ModelSpec | None = None, **settings: Any) -> Any:
    """A backend, not loaded: of the default model when no other is named."""
    create = import_module(f"services.{service}.models").create
    return create(spec or default_spec(service), SETTINGS.get(service, ModelServiceSettings)(**settings))
