"""Weight files are what the model table says they are, or they are not loaded.

Only formats that hold numbers and no code: `.safetensors`, `.onnx`, and `.pth`, which its loader has to read with
`torch.load(..., weights_only=True)`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path, PurePosixPath

from services.common.backend import ModelSpec, WeightFile
from services.common.errors import FailedPrecondition

ACCEPTED_SUFFIXES = (".safetensors", ".onnx", ".pth")


class WeightsMissing(FailedPrecondition, FileNotFoundError):
    """A weight file is not there."""

    reason = "WEIGHTS_MISSING"


class WeightsMismatch(FailedPrecondition, ValueError):
    """A weight file is not the one that the model table names."""

    reason = "WEIGHTS_MISMATCH"


class WeightsRefused(FailedPrecondition, ValueError):
    """A weight file is of a kind that may hold code."""

    reason = "WEIGHTS_REFUSED"


def verify(spec: ModelSpec, root: Path) -> tuple[Path, ...]:
    """Check every weight file of a model: kind, existence, size and SHA-256, each where the model table states it.

    A file is read once; it is read again only when its time of change or its size differs.

    Args:
        spec: the model.
        root: the directory that the files' paths are relative to.

    Returns:
        The files' paths, in the order of `spec.weights`.

    Raises:
        WeightsRefused: a file's kind is not one of `ACCEPTED_SUFFIXES`, or its path leads out of `root`.
        WeightsMissing: a file is not there.
        WeightsMismatch: a file's size or SHA-256 is not the stated one.
    """
    return tuple(_verified(spec, weight, root) for weight in spec.weights)


def weight_hash(spec: ModelSpec, root: Path | None = None) -> str:
    """One SHA-256 for all weights of a model, for the records of what made a result.

    It is the hash of the lines `<sha256>  <path>` sorted by path, which is what `sha256sum <sorted paths> | sha256sum` prints.

    Args:
        spec: the model.
        root: where to measure files whose hash the model table does not state; without it they stay unknown.

    Returns:
        The hex digest; empty for a model without weights, or when a file's hash is not known.

    Raises:
        WeightsMissing: a file to be measured is not there.
    """
    lines = []
    for weight in sorted(spec.weights, key=lambda weight: weight.path):
        sha256 = weight.sha256.lower() or (_sha256(_existing(spec, weight, root)) if root is not None else "")
        if not sha256:
            return ""
        lines.append(f"{sha256}  {weight.path}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def _verified(spec: ModelSpec, weight: WeightFile, root: Path) -> Path:
    named = PurePosixPath(weight.path)
    if named.suffix.lower() not in ACCEPTED_SUFFIXES:
        kinds = ", ".join(ACCEPTED_SUFFIXES)
        raise WeightsRefused(f"{spec.name}: {weight.path} may hold code and is not loaded; only {kinds} are", metadata={"model": spec.name})
    path = _existing(spec, weight, root)
    size = path.stat().st_size
    if weight.size and size != weight.size:
        message = f"{spec.name}: {weight.path} has {size} bytes instead of {weight.size}; it may be cut short, fetch it again"
        raise WeightsMismatch(message, metadata={"model": spec.name})
    if weight.sha256 and (measured := _sha256(path)) != weight.sha256.lower():
        message = f"{spec.name}: {weight.path} has SHA-256 {measured} instead of {weight.sha256.lower()}; fetch it again"
        raise WeightsMismatch(message, metadata={"model": spec.name})
    if named.suffix.lower() == ".safetensors" and not _is_safetensors(path, size):
        raise WeightsRefused(f"{spec.name}: {weight.path} is not a safetensors file, whatever its name says", metadata={"model": spec.name})
    return path


def _existing(spec: ModelSpec, weight: WeightFile, root: Path) -> Path:
    named = PurePosixPath(weight.path)
    if named.is_absolute() or ".." in named.parts:
        raise WeightsRefused(f"{spec.name}: {weight.path} leads out of the weights directory", metadata={"model": spec.name})
    path = root / named
    if not path.is_file():
        message = f"{spec.name}: {weight.path} is not in the weights directory; fetch it with scripts/download_models.py"
        raise WeightsMissing(message, metadata={"model": spec.name})
    return path


def _is_safetensors(path: Path, size: int) -> bool:
    """Whether the file starts as the format says: the header's length, 8 bytes little-endian, then a JSON object of that length."""
    with path.open("rb") as file:
        start = file.read(9)
    return len(start) == 9 and int.from_bytes(start[:8], "little") <= size - 8 and start[8:] == b"{"


def _sha256(path: Path) -> str:
    status = path.stat()
    return _measure(path.resolve(), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1024)
def _measure(path: Path, mtime_ns: int, size: int) -> str:
    """Hash a file. Its time of change (nanoseconds) and size (bytes) are there to tell a changed file from the one in the cache."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
