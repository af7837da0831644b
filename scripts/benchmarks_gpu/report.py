"""The numbers as a table for docs/MODELS.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks_gpu.measure import Measurement

_COLUMNS = (
    "model",
    "one item",
    "load, s",
    "one item, s",
    "items/s, by batch",
    "library alone, s",
    "gain",
    "held, GiB",
    "peak, GiB",
    "manifest, GiB",
    "stops in, s",
    "left, MiB",
)


def markdown(machine: Mapping[str, str], measurements: Sequence[Measurement]) -> str:
    """The machine, then a row a model."""
    stated = ", ".join(f"{name} {value}" for name, value in machine.items())
    rows = [_COLUMNS, tuple("---" if column < 2 else "---:" for column in range(len(_COLUMNS))), *map(_row, measurements)]
    return "\n".join([f"Measured on: {stated}.", "", *("| " + " | ".join(row) + " |" for row in rows)])


def _row(seen: Measurement) -> tuple[str, ...]:
    speeds = ", ".join(f"{items}: {_number(items / seconds)}" for items, seconds in seen.batch_seconds.items())
    knows_memory = seen.loaded_bytes > 0
    return (
        f"`{seen.model}`",
        seen.item,
        _number(seen.load_seconds),
        _number(seen.batch_seconds[min(seen.batch_seconds)] / min(seen.batch_seconds)),
        speeds,
        f"{_number(seen.stock_seconds)} ({seen.stock_name})",
        f"×{_number(seen.gain)}",
        _gib(seen.loaded_bytes) if knows_memory else "–",
        _gib(seen.peak_bytes) if knows_memory else "–",
        _gib(seen.stated_bytes) + ("" if seen.peak_bytes <= seen.stated_bytes else " **exceeded**"),
        "ended first" if seen.stop_seconds is None else _number(seen.stop_seconds),
        f"{seen.left_bytes / 2**20:.0f}" if knows_memory else "–",
    )


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
