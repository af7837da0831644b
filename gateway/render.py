"""Settings to Envoy's YAML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gateway.local_replies import LOCAL_REPLIES
from gateway.settings import EdgeSettings, MeshSettings, ModelServiceName

# Which service a call is for, by the service's name in the call's path.
GRPC_SERVICES: dict[ModelServiceName, str] = {
    "vqa": "dasibom.vqa.v1.VqaService",
    "diffusion": "dasibom.diffusion.v1.DiffusionService",
    "faceswap": "dasibom.faceswap.v1.FaceSwapService",
    "superres": "dasibom.superres.v1.SuperResService",
}
# What every service has under the same name: told apart by the header `x-dasibom-service`.
SHARED_GRPC_SERVICES = (
    "dasibom.model.v1.ModelService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
)
ORCHESTRATOR = "dasibom.orchestrator.v1.OrchestratorService"


def _as_json(value: Any) -> Markup:
    """A value as JSON, which is YAML, so that no path or key can break out of its place; what a macro has written stays."""
    if isinstance(value, Markup):
        return value
    return Markup(json.dumps(value, ensure_ascii=False, default=str))  # noqa: S704 - not HTML


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    finalize=_as_json,
    autoescape=True,  # only to know the text of macros (Markup) from values
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render_edge(settings: EdgeSettings) -> str:
    """The edge's configuration.

    Raises:
        ValueError: the API keys cannot be used.
    """
    return _TEMPLATES.get_template("edge.yaml.j2").render(
        settings=settings,
        replies=LOCAL_REPLIES,
        orchestrator_service=ORCHESTRATOR,
        grpc_services=(ORCHESTRATOR, *SHARED_GRPC_SERVICES[1:]),
    )


def render_mesh(settings: MeshSettings) -> str:
    """The mesh's configuration."""
    return _TEMPLATES.get_template("mesh.yaml.j2").render(
        settings=settings, grpc_services=GRPC_SERVICES, shared_grpc_services=SHARED_GRPC_SERVICES
    )
