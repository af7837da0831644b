"""The way to the model services: gRPC through the mesh proxy."""

from services.orchestrator.mesh.client import Mesh
from services.orchestrator.mesh.methods import METHODS, SERVICES, Method, method_for

__all__ = ["METHODS", "SERVICES", "Mesh", "Method", "method_for"]
