"""`python -m tests.benchmarks`: run all benchmarks, or those that `--only` names, and print their tables."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Before anything brings its threads to life: they would spin beside what is measured.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import uvloop

from tests.benchmarks import diffusion_batch, first_event, job_cost, model_call, restoration, superres_tiling, vqa_questions, watchers
from tests.benchmarks.machine import machine
from tests.benchmarks.noop_mesh import NoopMesh, noop_mesh
from tests.benchmarks.table import Table


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One of them."""

    measure: Callable[[NoopMesh, int], Awaitable[Table]]
    rounds: int  # as many as give steady medians in half a minute on two cores


MESH_BENCHMARKS = {
    "job": Benchmark(measure=job_cost.measure, rounds=10),
    "first-event": Benchmark(measure=first_event.measure, rounds=20),
    "model-call": Benchmark(measure=model_call.measure, rounds=200),
    "watchers": Benchmark(measure=watchers.measure, rounds=3),
}
RESTORATION = "restoration"
_RESTORATION_PICTURES = 3
TILING = "tiling"
_TILING_ROUNDS = 3
VQA_QUESTIONS = "vqa-questions"
_VQA_ROUNDS = 2
DIFFUSION_BATCH = "diffusion-batch"
_DIFFUSION_ROUNDS = 5


def run(names: Sequence[str], rounds: int = 0) -> list[Table]:
    """Run benchmarks and print each table as soon as it is there.

    Args:
        names: which.
        rounds: of each; 0: as many as each needs.
    """
    return uvloop.run(_run(names, rounds))


async def _run(names: Sequence[str], rounds: int) -> list[Table]:
    tables = []
    if meshed := [name for name in names if name in MESH_BENCHMARKS]:
        with noop_mesh() as mesh:
            for name in meshed:
                benchmark = MESH_BENCHMARKS[name]
                tables.append(await _shown(benchmark.measure(mesh, rounds or benchmark.rounds)))
    if RESTORATION in names:
        tables.append(await _shown(restoration.measure(rounds or _RESTORATION_PICTURES)))
    if TILING in names and superres_tiling.peer_is_installed():
        tables.append(await _shown(superres_tiling.measure(rounds or _TILING_ROUNDS)))
    elif TILING in names:
        print(superres_tiling.WITHOUT_PEER)
    if VQA_QUESTIONS in names:
        tables.append(await _shown(vqa_questions.measure(rounds or _VQA_ROUNDS)))
    if DIFFUSION_BATCH in names:
        tables.append(await _shown(diffusion_batch.measure(rounds or _DIFFUSION_ROUNDS)))
    return tables


async def _shown(measuring: Awaitable[Table]) -> Table:
    started = time.monotonic()
    table = await measuring
    print(f"\n{table.markdown()}\n- Took {time.monotonic() - started:.0f} s.", flush=True)
    return table


def main() -> None:
    """Read the command line, run, print."""
    names = (*MESH_BENCHMARKS, RESTORATION, TILING, VQA_QUESTIONS, DIFFUSION_BATCH)
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="What DasiBom costs, measured on this machine.")
    parser.add_argument("--only", action="append", choices=names, help="run this one; may be given several times")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each (default: as many as each needs)")
    parser.add_argument("--json", type=Path, help="also write the numbers to this file")
    options = parser.parse_args()
    stated = machine()
    print("\n".join(f"- {name}: {value}" for name, value in stated.items()), flush=True)
    tables = run([name for name in names if name in (options.only or names)], options.rounds)
    if options.json:
        options.json.write_text(
            json.dumps({"machine": stated, "tables": [table.to_json() for table in tables]}, indent=1, ensure_ascii=False)
        )


if __name__ == "__main__":
    main()
