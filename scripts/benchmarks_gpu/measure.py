"""One model's numbers: loaded, worked, stopped, unloaded; then the library alone on the same checkpoint."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks_gpu.case import Case
from benchmarks_gpu.leaving import Staying, seconds_to_stop
from benchmarks_gpu.place import Place
from services.common import manifest
from services.common.backend import Backend, ModelSpec, WeightFile, WeightSource
from services.common.settings import ModelServiceSettings
from services.common.torch_runtime import release
from services.diffusion.settings import DiffusionSettings
from services.vqa.settings import VqaSettings

_SETTINGS: dict[str, type[ModelServiceSettings]] = {"vqa": VqaSettings, "diffusion": DiffusionSettings}


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What was seen. Memory is the device's, bytes, and 0 where it cannot be told."""

    model: str
    item: str
    checkpoint_bytes: int
    stated_bytes: int  # the manifest's memory need
    load_seconds: float  # from the call to a model that can work, files verified
    loaded_bytes: int  # held when loaded
    batch_seconds: dict[int, float]  # by items of the batch; the middle of all rounds
    peak_bytes: int  # the most that was held, over all of it
    stop_seconds: float | None  # from a caller's leaving to the end of its work; None when the work was too short for it
    left_bytes: int  # still held after unloading
    stock_name: str
    stock_seconds: float  # the library alone, one item

    @property
    def items_per_second(self) -> float:
        """At the best batch."""
        return max(items / seconds for items, seconds in self.batch_seconds.items())

    @property
    def gain(self) -> float:
        """How many times the library's items a second."""
        return self.items_per_second * self.stock_seconds


def measure(case: Case, place: Place, folder: Path, *, rounds: int) -> Measurement:
    """Measure one model.

    Args:
        case: the model.
        place: where.
        folder: for its checkpoint; an empty one, with room for it.
        rounds: times that each batch is done; one more, before them, warms up.
    """
    entry = next(spec for spec in manifest.models(case.service) if spec.name == case.model)
    home = folder / entry.name
    home.mkdir()
    case.save(entry, home, place)
    spec = _as_written(entry, home)
    ours = _measure_ours(case, spec, place, folder, rounds)
    stock_seconds = _measure_stock(case, entry, place, home, rounds)
    return Measurement(
        model=case.model,
        item=case.item,
        checkpoint_bytes=sum(file.size for file in spec.weights),
        stated_bytes=spec.memory_bytes,
        stock_name=case.stock_name,
        stock_seconds=stock_seconds,
        **ours,
    )


def _measure_ours(case: Case, spec: ModelSpec, place: Place, folder: Path, rounds: int) -> dict[str, Any]:
    held = partial(place.held, by_torch=case.by_torch)
    release()
    before = held()
    place.forget_peak()
    backend = _make(case, spec, place, folder)
    load_seconds = _seconds(backend.load)
    loaded_bytes = held() - before
    batch_seconds = {items: _middle(partial(case.run, backend, items, Staying()), rounds) for items in case.batches}
    most = case.batches[-1]
    stop_seconds = seconds_to_stop(partial(case.run, backend, most), batch_seconds[most], place.settle)
    # Others than PyTorch tell no peak, but give nothing back before they end.
    peak_bytes = (place.peak() if case.by_torch else held()) - before
    backend.unload()
    return {
        "load_seconds": load_seconds,
        "loaded_bytes": loaded_bytes,
        "batch_seconds": batch_seconds,
        "peak_bytes": peak_bytes,
        "stop_seconds": stop_seconds,
        "left_bytes": held() - before,
    }


def _measure_stock(case: Case, entry: ModelSpec, place: Place, home: Path, rounds: int) -> float:
    release()
    work = case.stock(entry, home, place)
    return _middle(partial(work, 1), rounds)


def _as_written(spec: ModelSpec, home: Path) -> ModelSpec:
    """The manifest's entry, with the files that lie there, as if an operator had put them there by hand."""
    paths = sorted(path for path in home.rglob("*") if path.is_file())
    files = tuple(WeightFile(path=path.relative_to(home).as_posix(), size=path.stat().st_size) for path in paths)
    return replace(spec, sources=(WeightSource(kind="manual", files=files),))


def _make(case: Case, spec: ModelSpec, place: Place, folder: Path) -> Backend:
    """The backend, as the service makes it."""
    dtype = str(place.dtype).removeprefix("torch.")
    settings = _SETTINGS.get(case.service, ModelServiceSettings)(weights_dir=folder, device=str(place.device), dtype=dtype)
    made: Backend = import_module(f"services.{case.service}.models").create(spec, settings)
    return made


def _middle(work: Callable[[], None], rounds: int) -> float:
    work()
    return statistics.median(_seconds(work) for _ in range(rounds))


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
