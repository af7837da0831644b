"""What super-resolution gains: the table of `superres_quality`, in short."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from tests.benchmarks.superres_quality import HELD_OUT, Row, table
from tests.benchmarks.table import Table
from tests.default_models import make

SIDE = 0  # pixels of each picture's middle; 0: whole pictures


async def measure(rounds: int) -> Table:
    """PSNR and SSIM of bicubic and compact over the first `rounds` of the held-out pictures."""
    pictures = HELD_OUT[:rounds]
    backend = make("superres")
    backend.load()
    measured = await asyncio.to_thread(lambda: list(table(backend, pictures=pictures, side=SIDE)))
    groups: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in measured:
        groups[row.scale, row.recipe].append(row)
    return Table(
        title="Super-resolution: compact against bicubic",
        columns=("scale", "degradation", "bicubic dB", "compact dB", "gain dB", "least gain dB", "bicubic SSIM", "compact SSIM"),
        rows=[
            (
                f"×{scale}",
                recipe,
                _mean(row.bicubic_psnr for row in rows),
                _mean(row.compact_psnr for row in rows),
                _mean(row.gain for row in rows),
                min(row.gain for row in rows),
                _mean(row.bicubic_ssim for row in rows),
                _mean(row.compact_ssim for row in rows),
            )
            for (scale, recipe), rows in groups.items()
        ],
        notes=(f"Mean of {', '.join(pictures)}; `python -m tests.benchmarks.superres_quality` shows each, and every scale.",),
    )


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
