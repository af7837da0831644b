"""The classical vision backend: measures colors, light, blur, noise, compression, faces and people; needs no weights and no GPU."""

from services.vqa.backends.vision.backend import VisionBackend

__all__ = ["VisionBackend"]
