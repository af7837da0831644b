"""Interleaved rounds: on a shared machine only numbers taken side by side can be compared."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

import numpy as np

Lane = Callable[[], Awaitable[float]]
"""Does once what is measured, and gives the seconds that it took."""


async def interleaved(lanes: Mapping[str, Lane], rounds: int, *, warm_up: int) -> dict[str, np.ndarray]:
    """Run every lane once a round, in turns.

    Returns:
        Milliseconds of each round, by lane; those that warmed up left out.
    """
    taken: dict[str, list[float]] = {name: [] for name in lanes}
    for number in range(-warm_up, rounds):
        for name, lane in lanes.items():
            seconds = await lane()
            if number >= 0:
                taken[name].append(seconds * 1000)
    return {name: np.array(values) for name, values in taken.items()}


async def seconds_of(work: Awaitable[object]) -> float:
    """How long something takes."""
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


def median(values: np.ndarray) -> float:
    """The middle one."""
    return float(np.median(values))


def p99(values: np.ndarray) -> float:
    """What one in a hundred exceeds."""
    return float(np.percentile(values, 99))
