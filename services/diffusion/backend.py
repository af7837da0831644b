"""What an image-generating backend promises to its servicer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np

from services.common.backend import Backend, Monitor
from services.common.picture import Picture


class Subject(Enum):
    """What the picture shows."""

    PORTRAIT = "portrait"  # head and shoulders, frontal: a montage
    FULL_BODY = "full_body"  # one standing person, head to toe


@dataclass(frozen=True, kw_only=True)
class GenerateTask:
    """One request for pictures. `init_image` makes it image-to-image, with `mask` in-painting, else text-to-image."""

    prompt: str  # Korean or English
    negative_prompt: str = ""
    subject: Subject = Subject.PORTRAIT
    attributes: Mapping[str, str] = field(default_factory=dict)  # topic key to value, Korean or English: {"hair_color": "검은색"}
    init_image: Picture | None = None
    mask: np.ndarray | None = None  # H×W, uint8, size of init_image; 255 where the picture is to be made anew
    strength: float = 0.6  # how far image-to-image may leave the original, 0..1
    width: int = 768  # pixels
    height: int = 1024  # pixels
    num_images: int = 1
    seed: int = 0  # image i uses seed + i
    num_inference_steps: int = 30
    guidance_scale: float = 7.0
    monitor: Monitor


@dataclass(frozen=True, kw_only=True)
class GeneratedImage:
    """One picture made by a model."""

    pixels: np.ndarray  # H×W×3, uint8, RGB
    seed: int  # the seed that makes just this picture again
    source_svg: str = ""  # the editable drawing that the picture was rendered from, when there is one
    description: str = ""  # what was drawn, for the report, in English: "short black hair, round glasses"


class DiffusionBackend(Backend, Protocol):
    """Makes pictures from words, attributes or other pictures."""

    def generate(self, tasks: Sequence[GenerateTask]) -> list[list[GeneratedImage]]:
        """Make every picture of every task; `num_images` distinct ones each.

        The same task gives the same pixels again.

        Raises:
            Cancelled: a task's caller has left.
            Unsupported: this backend cannot do that kind of request; the message says which can.
        """
        ...
