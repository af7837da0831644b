"""Classical face detection and blending with OpenCV: no learned identity, no download."""

from services.faceswap.backends.blend.backend import BlendBackend

__all__ = ["BlendBackend"]
