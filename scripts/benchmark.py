"""Measure every model on this machine's GPU at its published size: `python scripts/benchmark.py`.

Nothing is downloaded: each model's checkpoint is made of its published config and random numbers, in its upstream format, in a temporary
folder, and loaded by the backend that serves it. What takes time and memory is the same as with the published weights; what comes
out is noise. Beside each stands the library that everybody uses, on the same checkpoint, in the same run.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

# Before anything brings its threads to life: a GPU needs one that feeds it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks_gpu.measure import Measurement, measure
from benchmarks_gpu.place import Place
from benchmarks_gpu.report import markdown

from services.common.torch_runtime import device_of, dtype_of


def main() -> int:
    """Read the command line, measure, print; answers the exit status."""
    options = _options()
    try:
        place = _place(options.device, tiny=options.tiny)
        from benchmarks_gpu.selection import all_cases, chosen  # brings every family's library, which takes a while

        cases = chosen(all_cases(tiny=options.tiny), [name.strip() for name in options.only.split(",") if name.strip()])
    except ValueError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 2
    logging.getLogger("services.common.weights").setLevel(logging.ERROR)  # it has every reason to warn of files that nobody has published
    machine, seen, failed = place.describe(), [], []
    for case in cases:
        print(f"{case.model} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="dasibom-benchmark-", dir=options.folder) as folder:
            try:
                seen.append(measure(case, place, Path(folder), rounds=options.rounds))
            except Exception as error:  # what others need to be measured for does not depend on this one
                failed.append(f"{case.model}: {type(error).__name__}: {error}")
                print(failed[-1], file=sys.stderr, flush=True)
        _write(options.json, machine, seen, failed)
    print(markdown(machine, seen))
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/benchmark.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="NAMES", help="services or models, separated by commas: vqa,flux-dev")
    parser.add_argument("--device", default="", help="such as cuda:1 (default: the first GPU)")
    parser.add_argument("--tiny", action="store_true", help="tiny networks, which a CPU can do too: to test this program, not the models")
    parser.add_argument("--rounds", type=int, default=5, help="times that each batch is done (default: 5)")
    parser.add_argument("--folder", type=Path, help="where checkpoints are made, 40 GB at most (default: the system's temporary folder)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers to this file, as they come")
    return parser.parse_args()


def _place(name: str, *, tiny: bool) -> Place:
    device = device_of(name)
    if device.type != "cuda" and not tiny:
        raise ValueError("there is no GPU here that PyTorch can use; published sizes need one. To try the program on a CPU, add --tiny")
    return Place(device=device, dtype=dtype_of("auto", device))


def _write(path: Path | None, machine: dict[str, str], seen: list[Measurement], failed: list[str]) -> None:
    if path is not None:
        document = {"machine": machine, "models": [asdict(measurement) for measurement in seen], "failed": failed}
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
