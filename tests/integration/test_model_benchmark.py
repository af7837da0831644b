"""`scripts/benchmark.py`, from end to end with tiny networks on a CPU."""

from __future__ import annotations

import json
import logging
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "benchmark.py"


@pytest.fixture
def quiet_weights() -> Iterator[None]:
    """The program silences a logger, which other tests listen to."""
    logger = logging.getLogger("services.common.weights")
    level = logger.level
    yield
    logger.setLevel(level)


# In this process, where the libraries are imported already: to import them takes longer than to measure with them.
@pytest.mark.filterwarnings("ignore")  # of the libraries that are measured beside ours
@pytest.mark.usefixtures("quiet_weights")
def test_every_family_is_measured_beside_its_library_and_told_in_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--tiny", "--device", "cpu", "--rounds", "1", "--json", str(tmp_path / "numbers.json"), "--folder", str(tmp_path)]
    monkeypatch.setattr("sys.argv", [str(SCRIPT), *options])
    monkeypatch.syspath_prepend(SCRIPT.parent)
    status = runpy.run_path(str(SCRIPT))["main"]()
    said = capsys.readouterr()
    assert status == 0, said.err
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["failed"] == []
    assert "CPU" in numbers["machine"]["device"]
    models = {model["model"]: model for model in numbers["models"]}
    assert {"paligemma-3b-mix-224", "llava-1.5-7b", "sdxl", "flux-schnell", "insightface", "realesrgan-x4plus", "hat-s-x4"} <= models.keys()
    for model in models.values():
        assert model["load_seconds"] > 0
        assert len(model["batch_seconds"]) == 2
        assert all(seconds > 0 for seconds in model["batch_seconds"].values())
        assert model["stock_seconds"] > 0
    assert sum(model["stop_seconds"] is not None for model in models.values()) >= len(models) - 1  # one may end before its caller leaves
    rows = [line for line in said.out.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(models)
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.json"]  # no checkpoint is left behind


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_without_a_gpu_published_sizes_are_refused_with_what_to_do() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("benchmark: there is no GPU here")
    assert "--tiny" in done.stderr
