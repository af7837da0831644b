"""Pictures to be made, one by one, and which of them can be made side by side."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from services.common.backend import Unsupported
from services.diffusion.backend import GenerateTask
from services.diffusion.backends.latent.canvas import Canvas
from services.diffusion.backends.latent.prompts import Embedding


class Kind(Enum):
    """What a picture is made from."""

    TEXT = "text-to-image"
    IMAGE = "image-to-image"
    MASK = "in-painting"

    @classmethod
    def of(cls, task: GenerateTask) -> Kind:
        """What a request asks for.

        Raises:
            Unsupported: it has a mask and no picture.
        """
        if task.init_image is None:
            if task.mask is not None:
                raise Unsupported("a mask needs the picture that it belongs to: send init_image as well")
            return cls.TEXT
        return cls.IMAGE if task.mask is None else cls.MASK


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture of a request."""

    request: int  # number of its request in the batch
    index: int  # number of the picture in its request
    task: GenerateTask
    kind: Kind
    canvas: Canvas
    strength: float  # 1 without an initial picture
    prompt: Embedding
    negative: Embedding | None  # None where the network is not asked what to avoid, or is told so by zeros
    tokens: int  # length of both prompts, once padded to one length

    @property
    def seed(self) -> int:
        """Of its noise."""
        return self.task.seed + self.index

    @property
    def unchanged(self) -> bool:
        """Whether the initial picture is the result."""
        return self.strength == 0

    @property
    def _company(self) -> Hashable:
        """What pictures made side by side have in common: their noise levels and the shapes of all that the network reads."""
        canvas = (self.canvas.outer_width, self.canvas.outer_height)
        return self.kind, canvas, self.task.num_inference_steps, self.task.guidance_scale, self.strength, self.tokens


def passes(shots: Iterable[Shot], most: int) -> Iterator[list[Shot]]:
    """Split pictures into passes of such as can be made side by side.

    Args:
        shots: all pictures.
        most: pictures in a pass.
    """
    groups: dict[Hashable, list[Shot]] = {}
    for shot in shots:
        groups.setdefault(shot._company, []).append(shot)
    for group in groups.values():
        yield from (group[start : start + most] for start in range(0, len(group), most))
