"""Weight files that are not what the model table says are not loaded."""

import hashlib
import os
import pickle
from pathlib import Path

import pytest

from services.common.backend import ModelSpec, WeightFile, WeightSource
from services.common.weights import WeightsMismatch, WeightsMissing, WeightsRefused, verify, weight_hash

SAFETENSORS = (2).to_bytes(8, "little") + b"{}"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def spec_of(*weights: WeightFile) -> ModelSpec:
    sources = (WeightSource(kind="url", files=tuple(weights)),)
    return ModelSpec(name="m", backend="b", revision="1", licence="MIT", commercial_use=True, memory_bytes=1, sources=sources)


def stored(root: Path, path: str, content: bytes) -> WeightFile:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    return WeightFile(path=path, sha256=sha256(content), size=len(content))


def test_files_that_match_are_given_in_the_order_of_the_table(tmp_path: Path) -> None:
    weights = [
        stored(tmp_path, "z/model.safetensors", SAFETENSORS),
        stored(tmp_path, "a.onnx", b"onnx" * 1000),
        stored(tmp_path, "B.PTH", b"p"),
    ]
    assert verify(spec_of(*weights), tmp_path) == tuple(tmp_path / weight.path for weight in weights)
    assert verify(spec_of(), tmp_path) == ()


def test_the_hash_may_be_written_in_capitals(tmp_path: Path) -> None:
    weight = stored(tmp_path, "a.onnx", b"onnx")
    verify(spec_of(WeightFile(path="a.onnx", sha256=weight.sha256.upper())), tmp_path)


def test_a_missing_file_is_named_together_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"^m: sub/a\.onnx is not in the weights directory; fetch it with scripts/") as error:
        verify(spec_of(WeightFile(path="sub/a.onnx")), tmp_path)
    assert str(tmp_path) not in str(error.value), "the server's directories are its own affair"
    assert isinstance(error.value, FileNotFoundError), "what a backend's load promises"
    assert error.value.code == "FAILED_PRECONDITION"
    (tmp_path / "sub" / "a.onnx").mkdir(parents=True)
    with pytest.raises(WeightsMissing):
        verify(spec_of(WeightFile(path="sub/a.onnx")), tmp_path)


def test_a_truncated_file_is_found_by_its_size(tmp_path: Path) -> None:
    weight = stored(tmp_path, "a.onnx", b"0123456789")
    (tmp_path / "a.onnx").write_bytes(b"01234")
    with pytest.raises(WeightsMismatch, match=r"a\.onnx has 5 bytes instead of 10; it may be cut short") as error:
        verify(spec_of(weight), tmp_path)
    assert isinstance(error.value, ValueError), "what a backend's load promises"


def test_a_file_with_one_wrong_bit_is_found_by_its_hash(tmp_path: Path) -> None:
    weight = stored(tmp_path, "a.onnx", b"0123456789")
    (tmp_path / "a.onnx").write_bytes(b"0123456788")
    with pytest.raises(WeightsMismatch, match=rf"SHA-256 {sha256(b'0123456788')} instead of {weight.sha256}"):
        verify(spec_of(weight), tmp_path)


def test_a_file_that_changes_after_it_was_checked_is_checked_again(tmp_path: Path) -> None:
    weight = stored(tmp_path, "a.onnx", b"0123456789")
    verify(spec_of(weight), tmp_path)
    (tmp_path / "a.onnx").write_bytes(b"9876543210")
    os.utime(tmp_path / "a.onnx", ns=(1, 1))
    with pytest.raises(WeightsMismatch):
        verify(spec_of(weight), tmp_path)


def test_a_file_that_does_not_change_is_read_once(tmp_path: Path) -> None:
    weight = stored(tmp_path, "a.onnx", b"0123456789")
    before = os.stat(tmp_path / "a.onnx")
    verify(spec_of(weight), tmp_path)
    (tmp_path / "a.onnx").write_bytes(b"9876543210")
    os.utime(tmp_path / "a.onnx", ns=(before.st_atime_ns, before.st_mtime_ns))
    verify(spec_of(weight), tmp_path)  # the same size and time of change: the remembered hash counts


@pytest.mark.parametrize("path", ["model.bin", "model.ckpt", "model.pkl", "model.pt", "model.safetensors.pkl", "model"])
def test_kinds_that_may_hold_code_are_refused_even_with_the_right_hash(tmp_path: Path, path: str) -> None:
    weight = stored(tmp_path, path, pickle.dumps({"weights": [1.0]}))
    with pytest.raises(WeightsRefused, match=r"may hold code and is not loaded; only \.safetensors, \.onnx, \.pth are") as error:
        verify(spec_of(weight), tmp_path)
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize("content", [pickle.dumps({"weights": [1.0]}), b"", (1 << 40).to_bytes(8, "little") + b"{}"])
def test_a_pickle_in_the_clothes_of_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(WeightsRefused, match="is not a safetensors file"):
        verify(spec_of(stored(tmp_path, "model.safetensors", content)), tmp_path)


@pytest.mark.parametrize("path", ["../secret.onnx", "a/../../secret.onnx", "/etc/secret.onnx"])
def test_paths_that_lead_out_of_the_directory_are_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.onnx").write_bytes(b"x")
    with pytest.raises(WeightsRefused, match="leads out of the weights directory"):
        verify(spec_of(WeightFile(path=path)), tmp_path / "weights")


def test_the_weight_hash_is_what_sha256sum_prints_and_does_not_depend_on_the_order(tmp_path: Path) -> None:
    b, a = stored(tmp_path, "b.onnx", b"b"), stored(tmp_path, "a.onnx", b"a")
    expected = sha256(f"{a.sha256}  a.onnx\n{b.sha256}  b.onnx\n".encode())
    assert weight_hash(spec_of(a, b)) == weight_hash(spec_of(b, a)) == expected
    assert weight_hash(spec_of(a)) != expected


def test_a_hash_that_the_table_does_not_state_is_measured_or_left_unknown(tmp_path: Path) -> None:
    a = stored(tmp_path, "a.onnx", b"a")
    unstated = WeightFile(path="a.onnx")
    assert weight_hash(spec_of()) == ""
    assert weight_hash(spec_of(unstated)) == ""
    assert weight_hash(spec_of(unstated), tmp_path) == weight_hash(spec_of(a))
    with pytest.raises(WeightsMissing):
        weight_hash(spec_of(unstated), tmp_path / "elsewhere")
