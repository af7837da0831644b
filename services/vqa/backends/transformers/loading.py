"""From a folder of weights to a model and its processor. Nothing is fetched, and no code from the folder is run."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoProcessor
from transformers.utils import logging as library_logging

from services.common.backend import ModelSpec

logger = logging.getLogger(__name__)

_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_AGAIN = "fetch it again with scripts/download_models.py"


def load(spec: ModelSpec, folder: Path, classes: Mapping[str, Any], device: torch.device, dtype: torch.dtype) -> tuple[Any, Any]:
    """Load what `save_pretrained` of the transformers library wrote.

    Args:
        spec: the model, for messages.
        folder: its folder.
        classes: the model classes that will do, by the `model_type` that the folder's config.json states.
        device: where the model goes.
        dtype: what its weights become, whatever they are stored as.

    Returns:
        The model, for inference, and the processor.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is not what it should be, or the files are of another kind of model. The message names model and file.
    """
    library_logging.disable_progress_bar()
    config = _config(spec, folder)
    if config.model_type not in classes:
        kinds = " or ".join(classes)
        raise ValueError(f"{spec.name}: config.json is of a model of type {config.model_type}; the backend {spec.backend} loads {kinds}")
    _check_tensors(spec, folder)
    with in_words(spec, folder, "the weights"):
        model, report = classes[config.model_type].from_pretrained(
            folder,
            config=config,
            dtype=dtype,
            device_map={"": device},
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,  # the report names them
            output_loading_info=True,
        )
    _check_report(spec, report)
    with in_words(spec, folder, "the files of the processor"):
        processor = AutoProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return model.eval(), processor


def _config(spec: ModelSpec, folder: Path) -> Any:
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{spec.name}: config.json is not there; {_AGAIN}")
    with in_words(spec, folder, "config.json"):
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def _check_tensors(spec: ModelSpec, folder: Path) -> None:
    """Find missing and cut files before the library does, which names none."""
    for name in _tensor_files(spec, folder):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"{spec.name}: {name} is not there; {_AGAIN}")
        try:
            with safe_open(folder / name, "pt"):
                pass
        except SafetensorError as error:
            raise ValueError(f"{spec.name}: {name} is not a whole safetensors file ({error}); {_AGAIN}") from None


def _tensor_files(spec: ModelSpec, folder: Path) -> list[str]:
    if not (folder / _INDEX).is_file():
        return [_SINGLE]
    with in_words(spec, folder, _INDEX):
        names = set(json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values())
        if any(Path(name).name != name for name in names):
            raise ValueError("it names files of other folders")
        return sorted(names)


def _check_report(spec: ModelSpec, report: Mapping[str, Any]) -> None:
    """Refuse weights that leave gaps in the model: the library fills them with random numbers. What fits nowhere does no harm."""
    for what, names in (
        ("of another shape than config.json says", [entry[0] for entry in report["mismatched_keys"]]),
        ("missing", report["missing_keys"]),
    ):
        if names:
            example = sorted(names)[0]
            raise ValueError(
                f"{spec.name}: the weights do not fit config.json: {len(names)} tensors are {what}, such as {example}; {_AGAIN}"
            )
    if unused := report["unexpected_keys"]:
        logger.warning("%s: %d tensors are of no part of the model, such as %s", spec.name, len(unused), min(unused))


@contextlib.contextmanager
def in_words(spec: ModelSpec, folder: Path, what: str) -> Iterator[None]:
    """Turn what the library says of wrong files into a `ValueError` without paths of this machine.

    Args:
        spec: the model.
        folder: its folder.
        what: what of it cannot be used, for the message.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        said = str(error).strip().split("\n", 1)[0].replace(str(folder), spec.name)
        raise ValueError(f"{spec.name}: {what} cannot be used as it is ({type(error).__name__}: {said}); {_AGAIN}") from error
