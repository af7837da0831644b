"""What making pictures side by side gains over calling the library once a picture, and what keeping prompts gains.

Side by side in one run, on the small SDXL of the tests, on one core. One core computes what it computes: there the gain is what calls cost
beside their sums, and what encoders need not read again. A GPU, which one picture alone does not fill, gains more; `scripts/benchmark.py`
measures it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from services.common.backend import ModelSpec
from services.diffusion.backend import GenerateTask
from tests.benchmarks.rounds import interleaved, median
from tests.benchmarks.table import Goal, Table
from tests.default_models import make

PICTURES = 4
STEPS = 8
SIDE = 128  # pixels
GUIDANCE = 5.0
_LEAST_GAIN = 1.0  # times: company has to cost nothing


class _Nobody:
    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        """Tell nobody."""


async def measure(rounds: int) -> Table:
    """Seconds for four pictures, by three ways to make them, and the largest difference between them in gray levels."""
    with tempfile.TemporaryDirectory() as folder:
        lanes = _Lanes(Path(folder))
        taken = await interleaved({"library": lanes.library, "batch": lanes.batch, "new-prompts": lanes.new_prompts}, rounds, warm_up=1)
    seconds = {name: median(values) / 1000 for name, values in taken.items()}
    rows = [
        (label, seconds[name], PICTURES / seconds[name], seconds["library"] / seconds[name])
        for label, name in (
            ("diffusers, one call a picture", "library"),
            ("DasiBom, one batch, prompts new", "new-prompts"),
            ("DasiBom, one batch, prompts seen before", "batch"),
        )
    ]
    return Table(
        title=f"Diffusion: {PICTURES} pictures side by side",
        columns=("way", "seconds", "pictures/s", "gain, times"),
        rows=rows,
        notes=(
            f"A small SDXL with random weights, {SIDE}×{SIDE}, {STEPS} steps, guidance {GUIDANCE}, float32; medians of {rounds} rounds.",
            f"The pictures differ by at most {lanes.difference} gray levels from the library's.",
        ),
        goals=(
            Goal(
                what="seconds of a batch over those of single calls",
                value=seconds["new-prompts"] / seconds["library"],
                limit=_LEAST_GAIN,
                unit="times",
            ),
            Goal(what="largest difference from the library's pictures", value=float(lanes.difference), limit=1.0, unit="gray levels"),
        ),
    )


class _Lanes:
    """The ways, over one folder of weights."""

    def __init__(self, folder: Path) -> None:
        from diffusers import StableDiffusionXLPipeline

        from tests.tiny import sdxl

        sdxl.save(folder / "sdxl")
        self._backend: Any = make("diffusion", _spec(), weights_dir=folder, device="cpu")
        self._backend.load()
        self._library = StableDiffusionXLPipeline.from_pretrained(folder / "sdxl", local_files_only=True, add_watermarker=False)
        self._library.set_progress_bar_config(disable=True)
        self._round = 0
        self.difference = 0

    async def library(self) -> float:
        """The library's own pipeline, a call a picture."""
        started = time.perf_counter()
        self._expected = await asyncio.to_thread(self._call_library)
        return time.perf_counter() - started

    async def batch(self) -> float:
        """Ours, its prompts seen before."""
        return await self._generate("a person")

    async def new_prompts(self) -> float:
        """Ours, its prompts never seen."""
        self._round += 1
        return await self._generate(f"a person, picture {self._round}")

    async def _generate(self, prompt: str) -> float:
        tasks = [_task(f"{prompt} by day {index}", index) for index in range(PICTURES)]
        started = time.perf_counter()
        made = await asyncio.to_thread(self._backend.generate, tasks)
        taken = time.perf_counter() - started
        if prompt == "a person":
            pixels = np.stack([images[0].pixels for images in made]).astype(int)
            self.difference = max(self.difference, int(np.abs(pixels - self._expected).max()))
        return taken

    def _call_library(self) -> np.ndarray:
        import torch

        return np.stack(
            [
                np.asarray(
                    self._library(
                        f"a person by day {index}",
                        negative_prompt="blurry",
                        width=SIDE,
                        height=SIDE,
                        num_inference_steps=STEPS,
                        guidance_scale=GUIDANCE,
                        generator=torch.Generator().manual_seed(index),
                    ).images[0]
                )
                for index in range(PICTURES)
            ]
        )


def _task(prompt: str, seed: int) -> GenerateTask:
    return GenerateTask(
        prompt=prompt,
        negative_prompt="blurry",
        width=SIDE,
        height=SIDE,
        seed=seed,
        num_inference_steps=STEPS,
        guidance_scale=GUIDANCE,
        monitor=_Nobody(),
    )


def _spec() -> ModelSpec:
    return ModelSpec(name="sdxl", backend="sdxl", revision="random", licence="MIT", commercial_use=True, memory_bytes=1)
