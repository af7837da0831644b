"""Checkpoints are read for their numbers; code in them is refused and never run."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from services.common import checkpoint
from services.common.backend import ModelSpec
from services.common.weights import WeightsMismatch, WeightsRefused

SPEC = ModelSpec(name="m", backend="b", revision="1", licence="MIT", commercial_use=True, memory_bytes=1)
TENSORS = {"conv.weight": torch.arange(60.0).reshape(3, 4, 5), "conv.bias": torch.ones(3, dtype=torch.float16)}


class Code:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("is_archive", [True, False])
def test_tensors_are_read_from_new_and_old_files_alike(tmp_path: Path, is_archive: bool) -> None:
    torch.save({"params_ema": TENSORS}, tmp_path / "m.pth", _use_new_zipfile_serialization=is_archive)
    read = checkpoint.read(tmp_path / "m.pth", SPEC)["params_ema"]
    assert read.keys() == TENSORS.keys()
    assert all(torch.equal(read[name], tensor) and read[name].dtype == tensor.dtype for name, tensor in TENSORS.items())


@pytest.mark.parametrize("is_archive", [True, False])
def test_code_is_refused_by_name_and_does_not_run(tmp_path: Path, is_archive: bool) -> None:
    trace = tmp_path / "trace"
    torch.save({"params": TENSORS, "code": Code(trace)}, tmp_path / "m.pth", _use_new_zipfile_serialization=is_archive)
    with pytest.raises(WeightsRefused, match=r"^m: m\.pth holds more than numbers, perhaps code"):
        checkpoint.read(tmp_path / "m.pth", SPEC)
    assert not trace.exists()
    torch.load(tmp_path / "m.pth", weights_only=False)
    assert trace.exists(), "the file is one that does run its code where nobody refuses it"


def test_a_bare_pickle_with_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(pickle.dumps(Code(tmp_path / "trace"), protocol=2))
    with pytest.raises(WeightsRefused):
        checkpoint.read(tmp_path / "m.pth", SPEC)
    assert not (tmp_path / "trace").exists()


def test_a_whole_network_instead_of_its_tensors_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "m.pth")
    with pytest.raises(WeightsRefused):
        checkpoint.read(tmp_path / "m.pth", SPEC)


@pytest.mark.parametrize("is_archive", [True, False])
@pytest.mark.parametrize("part", [0.0, 0.05, 0.5, 0.99])
def test_a_file_that_is_cut_short_says_so(tmp_path: Path, is_archive: bool, part: float) -> None:
    path = tmp_path / "m.pth"
    torch.save(TENSORS | {"more": torch.zeros(5000)}, path, _use_new_zipfile_serialization=is_archive)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises((WeightsMismatch, WeightsRefused), match=r"m\.pth"):
        checkpoint.read(path, SPEC)
    if part >= 0.5:
        with pytest.raises(WeightsMismatch, match="cut short"):
            checkpoint.read(path, SPEC)


def test_a_tensor_without_a_name_is_no_checkpoint(tmp_path: Path) -> None:
    torch.save(torch.zeros(3), tmp_path / "m.pth")
    with pytest.raises(WeightsMismatch, match="no tensors by name"):
        checkpoint.read(tmp_path / "m.pth", SPEC)
