"""The command in a process of its own, forked from one that has imported its libraries already: most of a run's time is that."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import tempfile
import warnings
from collections.abc import Sequence
from multiprocessing import forkserver
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

SCRIPT = Path(__file__).parents[3] / "scripts" / "download_models.py"
SECONDS = 60.0

_FORKS = multiprocessing.get_context("forkserver")


def prepare() -> None:
    """Start the process to fork from. The command's language is settled when it is imported, so it has to be in the environment by then."""
    _FORKS.set_forkserver_preload([f"{__package__}.imported"])
    with patch.dict(os.environ, DASIBOM_LANG="en"):
        forkserver.ensure_running()


def run(arguments: Sequence[str], environment: dict[str, str], umask: int) -> CompletedProcess[str]:
    """Run the command to its end, with nothing to read and no terminal."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _FORKS.Process(target=_command, args=(arguments, environment, umask, out, err))
        process.start()
        process.join(SECONDS)
        assert process.exitcode is not None, "it does not end"
        status = process.exitcode
        process.close()
        return CompletedProcess(arguments, status, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def _command(arguments: Sequence[str], environment: dict[str, str], umask: int, out: Path, err: Path) -> None:
    for path, number in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    os.umask(umask)
    warnings.simplefilter("error")
    sys.argv = [str(SCRIPT), *arguments]
    sys.path.insert(0, str(SCRIPT.parent))  # as Python does for a script
    runpy.run_path(str(SCRIPT), run_name="__main__")
