"""The benchmarks run: every one of them, with as little as they can measure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks import diffusion_batch, model_call, restoration, superres_tiling, vqa_questions, watchers


def small_contests(made: Callable[[], list[superres_tiling.Contest]] = superres_tiling.contests) -> list[superres_tiling.Contest]:
    """One network on a picture of a few tiles."""
    return [replace(made()[0], side=86, tile=48)]


# diffusers hands tensors to numpy in a way that numpy 2 has renounced.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_every_benchmark_measures_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "WATCHERS", 4)
    monkeypatch.setattr(watchers, "_EVENTS", 8)
    monkeypatch.setattr(restoration, "SIDE", 64)
    monkeypatch.setattr(model_call, "PAYLOADS", {"tiny": 100})
    monkeypatch.setattr(vqa_questions, "MODELS", {"tiny": vqa_questions.Model(family="llava", side=28, vision={}, text={})})
    monkeypatch.setattr(vqa_questions, "QUESTIONS", 3)
    for name, small in (("PICTURES", 2), ("STEPS", 2), ("SIDE", 64)):
        monkeypatch.setattr(diffusion_batch, name, small)
    peer = superres_tiling.peer_is_installed()
    if peer:
        monkeypatch.setattr(superres_tiling, "contests", small_contests)
    found = tmp_path / "numbers.json"
    monkeypatch.setattr("sys.argv", ["benchmarks", "--rounds", "1", "--json", str(found)])
    benchmarks.main()
    numbers = json.loads(found.read_text())
    assert numbers["machine"]["Python"]
    assert len(numbers["tables"]) == len(benchmarks.MESH_BENCHMARKS) + 3 + peer
    for table in numbers["tables"]:
        assert table["rows"]
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    titles = {table["title"]: table for table in numbers["tables"]}
    times = titles["From the submission to the first event"]
    assert all(0 < median <= p99 for _, median, p99, _ in times["rows"])
    assert len(times["goals"]) == len(times["rows"])
