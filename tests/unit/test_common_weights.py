"""Weight files that are not what the model table says are not loaded."""

import hashlib
import json
import logging
import os
import pickle
from pathlib import Path

import pytest

from services.common.backend import ModelSpec, WeightFile, WeightSource
from services.common.download_record import NAME, DownloadRecord, RecordedFile
from services.common.weights import (
    WeightsMismatch,
    WeightsMissing,
    WeightsRefused,
    WeightsUnverified,
    missing,
    verify,
    weight_hash,
)

COMMIT = "c0ffee" * 6 + "c0de"


def safetensors(size: int = 16) -> bytes:
    header = json.dumps({"__metadata__": {"format": "pt"}, "w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(size)


SAFETENSORS = safetensors()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def spec_of(*weights: WeightFile, kind: str = "url", repository: str = "", revision: str = "") -> ModelSpec:
    sources = (WeightSource(kind=kind, repository=repository, revision=revision, files=tuple(weights)),)
    return ModelSpec(name="m", backend="b", revision="1", licence="MIT", commercial_use=True, memory_bytes=1, sources=sources)


def recorded(root: Path, path: str, content: bytes, revision: str = "main") -> None:
    entry = RecordedFile(repository="o/r", revision=revision, commit=COMMIT, size=len(content), sha256=sha256(content))
    DownloadRecord(files={path: entry}).write(root)


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
    with pytest.raises(
        WeightsMissing, match=r"^m: sub/a\.onnx is not in the weights folder; to fetch: python scripts/download_models\.py m$"
    ) as error:
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


@pytest.mark.parametrize("path", ["model.bin", "model.ckpt", "model.pkl", "model.pt", "model.safetensors.pkl", "model", "modeling_x.py"])
def test_kinds_that_may_hold_code_are_refused_even_with_the_right_hash(tmp_path: Path, path: str) -> None:
    weight = stored(tmp_path, path, pickle.dumps({"weights": [1.0]}))
    with pytest.raises(WeightsRefused, match=r"may hold code and is not loaded; only \.safetensors, \.onnx, \.pth, .*are") as error:
        verify(spec_of(weight), tmp_path)
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize("content", [pickle.dumps({"weights": [1.0]}), b"", (1 << 40).to_bytes(8, "little") + b"{}"])
def test_a_pickle_in_the_clothes_of_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(WeightsRefused, match="is not a safetensors file"):
        verify(spec_of(stored(tmp_path, "model.safetensors", content)), tmp_path)


@pytest.mark.parametrize("path", ["../secret.onnx", "a/../../secret.onnx", "/etc/secret.onnx"])
def test_paths_that_lead_out_of_the_directory_are_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.onnx").write_bytes(b"x")
    with pytest.raises(WeightsRefused, match="leads out of the weights folder"):
        verify(spec_of(WeightFile(path=path)), tmp_path / "weights")


def test_the_weight_hash_is_what_sha256sum_prints_and_does_not_depend_on_the_order(tmp_path: Path) -> None:
    b, a = stored(tmp_path, "b.onnx", b"b"), stored(tmp_path, "a.onnx", b"a")
    expected = sha256(f"{a.sha256}  a.onnx\n{b.sha256}  b.onnx\n".encode())
    assert weight_hash(spec_of(a, b)) == weight_hash(spec_of(b, a)) == expected
    assert weight_hash(spec_of(a)) != expected


def test_a_hash_that_the_manifest_does_not_state_is_known_once_it_was_checked_or_recorded(tmp_path: Path) -> None:
    a = stored(tmp_path, "a.onnx", b"a")
    unstated = WeightFile(path="a.onnx")
    by_hand = spec_of(unstated, kind="manual")
    assert weight_hash(spec_of()) == weight_hash(by_hand) == weight_hash(by_hand, tmp_path) == ""
    verify(by_hand, tmp_path)
    assert weight_hash(by_hand, tmp_path) == weight_hash(spec_of(a))
    assert weight_hash(by_hand, tmp_path / "elsewhere") == ""
    fetched = spec_of(WeightFile(path="b.onnx"), kind="hub", repository="o/r", revision="main")
    recorded(tmp_path, "b.onnx", b"b")
    assert weight_hash(fetched, tmp_path) == weight_hash(spec_of(WeightFile(path="b.onnx", sha256=sha256(b"b"))))
    moved = spec_of(WeightFile(path="b.onnx"), kind="hub", repository="o/r", revision="v2")
    assert weight_hash(moved, tmp_path) == "", "a record of another revision says nothing about this one"


@pytest.mark.parametrize("path", ["config.json", "merges.txt", "tokenizer.model", "chat_template.jinja"])
def test_what_tokenizers_and_configurations_are_written_in_is_accepted(tmp_path: Path, path: str) -> None:
    assert verify(spec_of(stored(tmp_path, path, b"{}")), tmp_path) == (tmp_path / path,)


@pytest.mark.parametrize("kind", ["hub", "github", "url"])
def test_a_fetched_file_of_which_nobody_states_the_hash_is_refused(tmp_path: Path, kind: str) -> None:
    weight = stored(tmp_path, "a.onnx", b"a")
    with pytest.raises(WeightsUnverified, match=r"neither the manifest nor a download record states the SHA-256 of a\.onnx; fetch it with"):
        verify(spec_of(WeightFile(path="a.onnx", size=weight.size), kind=kind), tmp_path)


def test_a_file_put_there_by_hand_is_loaded_and_the_log_tells_how_to_pin_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stored(tmp_path, "a.onnx", b"a")
    with caplog.at_level(logging.WARNING):
        verify(spec_of(WeightFile(path="a.onnx"), kind="manual"), tmp_path)
    assert f"to pin what is there now, state {sha256(b'a')}" in caplog.text


@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_the_record_holds_where_the_manifest_states_nothing(tmp_path: Path, revision: str) -> None:
    spec = spec_of(WeightFile(path="a.onnx"), kind="hub", repository="o/r", revision=revision)
    stored(tmp_path, "a.onnx", b"0123")
    recorded(tmp_path, "a.onnx", b"0123")
    verify(spec, tmp_path)
    stored(tmp_path, "a.onnx", b"0124")
    with pytest.raises(WeightsMismatch, match=rf"SHA-256 {sha256(b'0124')} instead of {sha256(b'0123')}"):
        verify(spec, tmp_path)
    stored(tmp_path, "a.onnx", b"012")
    with pytest.raises(WeightsMismatch, match="has 3 bytes instead of 4"):
        verify(spec, tmp_path)


@pytest.mark.parametrize(("repository", "revision"), [("o/r", "v2"), ("other/r", "main")])
def test_a_record_of_another_revision_than_the_manifest_s_is_stale(tmp_path: Path, repository: str, revision: str) -> None:
    weight = stored(tmp_path, "a.onnx", b"a")
    recorded(tmp_path, "a.onnx", b"a")
    spec = spec_of(WeightFile(path="a.onnx"), kind="hub", repository=repository, revision=revision)
    with pytest.raises(WeightsMismatch, match=rf"fetched at revision o/r main, the manifest names {repository} {revision}; fetch it"):
        verify(spec, tmp_path)
    verify(spec_of(weight, kind="hub", repository=repository, revision=revision), tmp_path)  # a stated hash says enough by itself


def test_a_hash_in_the_manifest_stands_above_the_record(tmp_path: Path) -> None:
    weight = stored(tmp_path, "a.onnx", b"new")
    recorded(tmp_path, "a.onnx", b"old")
    verify(spec_of(weight, kind="hub", repository="o/r", revision="main"), tmp_path)


def test_a_record_that_cannot_be_read_asks_for_a_new_download(tmp_path: Path) -> None:
    weight = stored(tmp_path, "a.onnx", b"a")
    (tmp_path / NAME).write_text("{", encoding="utf-8")
    with pytest.raises(WeightsMismatch, match="download record cannot be understood; fetch the model again"):
        verify(spec_of(weight), tmp_path)
    assert weight_hash(spec_of(weight), tmp_path) == ""


@pytest.mark.parametrize("left", [8, 40, len(SAFETENSORS) - 1])
def test_a_cut_safetensors_file_is_found_by_its_header(tmp_path: Path, left: int) -> None:
    (tmp_path / "a.safetensors").write_bytes(SAFETENSORS[:left])
    with pytest.raises((WeightsMismatch, WeightsRefused)) as error:
        verify(spec_of(WeightFile(path="a.safetensors"), kind="manual"), tmp_path)
    assert left < 10 or f"has {left} bytes, but its own header speaks of" in str(error.value)


def test_what_hangs_on_behind_the_tensors_is_refused(tmp_path: Path) -> None:
    weight = stored(tmp_path, "a.safetensors", SAFETENSORS + b"more")
    with pytest.raises(WeightsMismatch, match="its own header speaks of"):
        verify(spec_of(weight), tmp_path)


@pytest.mark.parametrize("header", [b"[]", b'{"w": 1}', b'{"w": {"data_offsets": "x"}}', b'{"w": {}}', b"\xff"])
def test_a_header_that_is_none_is_refused(tmp_path: Path, header: bytes) -> None:
    weight = stored(tmp_path, "a.safetensors", len(header).to_bytes(8, "little") + header)
    with pytest.raises(WeightsRefused, match="is not a safetensors file"):
        verify(spec_of(weight), tmp_path)


def test_missing_names_the_first_file_the_number_of_others_and_the_command(tmp_path: Path) -> None:
    spec = spec_of(WeightFile(path="a.onnx"), WeightFile(path="sub/b.onnx"), WeightFile(path="c.onnx"))
    fetch = "not in the weights folder; to fetch: python scripts/download_models.py m"
    assert missing(spec, tmp_path / "none") == f"a.onnx and 2 more files are {fetch}"
    stored(tmp_path, "a.onnx", b"a")
    stored(tmp_path, "c.onnx", b"c")
    assert missing(spec, tmp_path) == f"sub/b.onnx is {fetch}"
    stored(tmp_path, "sub/b.onnx", b"b")
    assert missing(spec, tmp_path) == ""
    assert missing(spec_of(), tmp_path) == ""
    assert missing(spec_of(WeightFile(path="ours.onnx"), kind="package"), tmp_path) == "", "it ships with the project"
