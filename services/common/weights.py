"""Weight files are what the manifest says they are, or they are not loaded.

Only formats that hold numbers or text and no code: `.safetensors`, `.onnx`, what tokenizers and configurations are written in, and `.pth`,
which `services.common.checkpoint` reads for its numbers alone.

What a file has to be stands in the manifest; where that states no SHA-256, in the record that `scripts/download_models.py` left beside it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import operator
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from services.common.backend import ModelSpec, WeightFile, WeightSource
from services.common.download_record import DownloadRecord
from services.common.errors import FailedPrecondition

logger = logging.getLogger(__name__)

ACCEPTED_SUFFIXES = (".safetensors", ".onnx", ".pth", ".json", ".txt", ".model", ".jinja")
FETCH_COMMAND = "python scripts/download_models.py"

_FETCHED = ("hub", "github", "url")  # kinds of sources that the command fetches; the others' files come by hand or with this project
_HASHING_THREADS = 4  # one reads a fast disk at a quarter of its speed
_LARGEST_HEADER = 100 * 2**20  # bytes, as the format's own library has it

_measured: dict[tuple[Path, int, int], str] = {}  # SHA-256 by file, time of change (ns) and size


class WeightsMissing(FailedPrecondition, FileNotFoundError):
    """A weight file is not there."""

    reason = "WEIGHTS_MISSING"


class WeightsMismatch(FailedPrecondition, ValueError):
    """A weight file is not the one that the manifest names."""

    reason = "WEIGHTS_MISMATCH"


class WeightsUnverified(FailedPrecondition, ValueError):
    """Nothing says what a weight file has to be."""

    reason = "WEIGHTS_UNVERIFIED"


class WeightsRefused(FailedPrecondition, ValueError):
    """A weight file is of a kind that may hold code."""

    reason = "WEIGHTS_REFUSED"


def verify(spec: ModelSpec, root: Path) -> tuple[Path, ...]:
    """Check every weight file of a model: kind, existence, size, SHA-256, and that no safetensors file is cut short.

    A file is read once; it is read again only when its time of change or its size differs. A file that came by hand and whose SHA-256
    nobody states is let through; the log tells its hash, to be written into the manifest.

    Args:
        spec: the model.
        root: the model's own folder, which the files' paths are relative to.

    Returns:
        The files' paths, in the order of `spec.weights`.

    Raises:
        WeightsRefused: a file's kind is not one of `ACCEPTED_SUFFIXES`, or its path leads out of `root`.
        WeightsMissing: a file is not there.
        WeightsMismatch: a file is not what the manifest or the record states, or was fetched at another revision than the manifest's.
        WeightsUnverified: a file has to be fetched, and neither manifest nor record states its SHA-256.
    """
    record = _record(spec, root)
    found = [(source, weight, _plausible(spec, weight, root)) for source, weight in _files(spec)]
    stated = [_stated(spec, source, weight, record) for source, weight, _ in found]
    with ThreadPoolExecutor(_HASHING_THREADS) as threads:
        hashes = list(threads.map(measure, (path for _, _, path in found)))
    for (source, weight, path), (size, sha256), measured in zip(found, stated, hashes, strict=True):
        _compare(spec, weight, path, size=size, sha256=sha256, measured=measured)
        if not sha256 and source.kind == "manual":
            logger.warning("%s: no SHA-256 is stated for %s; to pin what is there now, state %s", spec.name, weight.path, measured)
    return tuple(path for _, _, path in found)


def missing(spec: ModelSpec, root: Path) -> str:
    """Which files of a model are not there, and how to get them; empty when all are. Looks at names only, so it is quick.

    Args:
        spec: the model.
        root: the model's own folder.
    """
    absent = [weight.path for source, weight in _files(spec) if source.kind != "package" and not (root / weight.path).is_file()]
    if not absent:
        return ""
    number = f" and {len(absent) - 1} more files are" if len(absent) > 1 else " is"
    return f"{absent[0]}{number} not in the weights folder; to fetch: {FETCH_COMMAND} {spec.name}"


def weight_hash(spec: ModelSpec, root: Path | None = None) -> str:
    """One SHA-256 for all weights of a model, for the records of what made a result.

    It is the hash of the lines `<sha256>  <path>` sorted by path, which is what `sha256sum <sorted paths> | sha256sum` prints. No file is
    read for it: it takes what the manifest states, what the download record states, and what `verify` has measured in this process.

    Args:
        spec: the model.
        root: the model's own folder; without it the manifest alone counts.

    Returns:
        The hex digest; empty for a model without weights, or when a file's hash is not known.
    """
    try:
        record = DownloadRecord() if root is None else DownloadRecord.read(root)
    except (ValueError, OSError):
        return ""
    lines = []
    for source, weight in sorted(_files(spec), key=lambda pair: pair[1].path):
        if not (sha256 := weight.sha256.lower() or _recorded(source, weight, record) or _remembered(weight, root)):
            return ""
        lines.append(f"{sha256}  {weight.path}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def path_of(spec: ModelSpec, weight: WeightFile, root: Path) -> Path:
    """Where a weight file lies, whether it is there or not.

    Raises:
        WeightsRefused: its kind is not one of `ACCEPTED_SUFFIXES`, or its path leads out of `root`.
    """
    named = PurePosixPath(weight.path)
    if named.suffix.lower() not in ACCEPTED_SUFFIXES:
        kinds = ", ".join(ACCEPTED_SUFFIXES)
        raise WeightsRefused(f"{spec.name}: {weight.path} may hold code and is not loaded; only {kinds} are", metadata=_of(spec))
    if named.is_absolute() or ".." in named.parts:
        raise WeightsRefused(f"{spec.name}: {weight.path} leads out of the weights folder", metadata=_of(spec))
    return root / named


def measure(path: Path) -> str:
    """SHA-256 of a file, hex. A file that has not changed since it was measured is not read again."""
    key = _key(path)
    if key not in _measured:
        with path.open("rb") as file:
            _measured[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _measured[key]


def _files(spec: ModelSpec) -> Iterator[tuple[WeightSource, WeightFile]]:
    return ((source, weight) for source in spec.sources for weight in source.files)


def _record(spec: ModelSpec, root: Path) -> DownloadRecord:
    try:
        return DownloadRecord.read(root)
    except ValueError:
        message = f"{spec.name}: the download record cannot be understood; fetch the model again: {FETCH_COMMAND} {spec.name}"
        raise WeightsMismatch(message, metadata=_of(spec)) from None


def _plausible(spec: ModelSpec, weight: WeightFile, root: Path) -> Path:
    """A file's path, once it is there, of a kind that is read, of the manifest's size, and whole as far as its header tells."""
    path = path_of(spec, weight, root)
    if not path.is_file():
        message = f"{spec.name}: {weight.path} is not in the weights folder; to fetch: {FETCH_COMMAND} {spec.name}"
        raise WeightsMissing(message, metadata=_of(spec))
    _compare(spec, weight, path, size=weight.size)
    if path.suffix.lower() == ".safetensors":
        _check_safetensors(spec, weight, path)
    return path


def _stated(spec: ModelSpec, source: WeightSource, weight: WeightFile, record: DownloadRecord) -> tuple[int, str]:
    """Size and SHA-256 that a file has to have; 0 and empty where nobody states them."""
    recorded = record.files.get(weight.path)
    if weight.sha256 or (recorded is None and source.kind not in _FETCHED):
        return weight.size, weight.sha256.lower()
    if recorded is None:
        message = f"{spec.name}: neither the manifest nor a download record states the SHA-256 of {weight.path}; "
        raise WeightsUnverified(f"{message}fetch it with {FETCH_COMMAND} {spec.name}, or state it", metadata=_of(spec))
    if source.kind in _FETCHED and not recorded.is_of(source):
        was, now = f"{recorded.repository} {recorded.revision}".strip(), f"{source.repository} {source.revision}".strip()
        message = f"{spec.name}: {weight.path} was fetched at revision {was}, the manifest names {now}; "
        raise WeightsMismatch(f"{message}fetch it again: {FETCH_COMMAND} {spec.name}", metadata=_of(spec))
    return weight.size or recorded.size, recorded.sha256


def _compare(spec: ModelSpec, weight: WeightFile, path: Path, *, size: int, sha256: str = "", measured: str = "") -> None:
    if size and (actual := path.stat().st_size) != size:
        message = f"{spec.name}: {weight.path} has {actual} bytes instead of {size}; it may be cut short, fetch it again"
        raise WeightsMismatch(message, metadata=_of(spec))
    if sha256 and measured != sha256:
        message = f"{spec.name}: {weight.path} has SHA-256 {measured} instead of {sha256}; fetch it again"
        raise WeightsMismatch(message, metadata=_of(spec))


def _check_safetensors(spec: ModelSpec, weight: WeightFile, path: Path) -> None:
    """The format: the header's length (8 bytes, little-endian), a JSON header with each tensor's place, then the tensors, nothing else.

    Source: the format's description in the safetensors project's README.
    """
    size = path.stat().st_size
    try:
        end = _end_of_tensors(path)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise WeightsRefused(f"{spec.name}: {weight.path} is not a safetensors file, whatever its name says", metadata=_of(spec)) from None
    if size != end:
        message = (
            f"{spec.name}: {weight.path} has {size} bytes, but its own header speaks of {end}; it is cut short or damaged, fetch it again"
        )
        raise WeightsMismatch(message, metadata=_of(spec))


def _end_of_tensors(path: Path) -> int:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _LARGEST_HEADER:
            raise ValueError("no header is so long")
        header = file.read(length)
    if len(header) < length and header.startswith(b"{"):  # cut within the header
        return 8 + length
    tensors = {name: tensor for name, tensor in json.loads(header).items() if name != "__metadata__"}
    return 8 + length + max((operator.index(tensor["data_offsets"][1]) for tensor in tensors.values()), default=0)


def _recorded(source: WeightSource, weight: WeightFile, record: DownloadRecord) -> str:
    recorded = record.files.get(weight.path)
    return recorded.sha256 if recorded and (source.kind not in _FETCHED or recorded.is_of(source)) else ""


def _remembered(weight: WeightFile, root: Path | None) -> str:
    try:
        return _measured.get(_key(root / weight.path), "") if root is not None else ""
    except OSError:
        return ""


def _key(path: Path) -> tuple[Path, int, int]:
    status = path.stat()
    return path.resolve(), status.st_mtime_ns, status.st_size


def _of(spec: ModelSpec) -> dict[str, str]:
    return {"model": spec.name}
