"""What every model that draws from words is asked: one picture, without previews, whose encoding is no part of the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks_gpu.case import Work
from benchmarks_gpu.place import Place
from services.common.backend import Monitor
from services.diffusion.backend import GenerateTask

_PROMPT = "portrait photo of a missing person, short black hair, round glasses, gray coat"


def draw(side: int, steps: int, guidance: float) -> Callable[[Any, int, Monitor], None]:
    """Has a backend draw so many pictures, each a request of its own.

    Args:
        side: of a picture, pixels.
        steps: of denoising.
        guidance: how closely to follow the words.
    """

    def run(backend: Any, items: int, monitor: Monitor) -> None:
        tasks = [
            GenerateTask(
                prompt=_PROMPT,
                width=side,
                height=side,
                seed=number,
                num_inference_steps=steps,
                guidance_scale=guidance,
                monitor=monitor,
            )
            for number in range(items)
        ]
        backend.generate(tasks)

    return run


def by_library(pipeline: Any, place: Place, *, side: int, steps: int, guidance: float) -> Work:
    """The library's pipeline, moved to the device and called."""
    import torch

    pipeline.to(place.device)
    pipeline.set_progress_bar_config(disable=True)

    def work(items: int) -> None:
        for number in range(items):
            generator = torch.Generator("cpu").manual_seed(number)
            pipeline(_PROMPT, width=side, height=side, num_inference_steps=steps, guidance_scale=guidance, generator=generator)

    return work
