"""Faces by the networks of an InsightFace pack: found, embedded, compared, swapped."""

from services.faceswap.backends.insight.backend import InsightFaceBackend

__all__ = ["InsightFaceBackend"]
