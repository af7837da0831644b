"""Downloads that go well: what is asked of the publishers, what lies there afterwards, and what the services make of it."""

from __future__ import annotations

import hashlib
import io
import json
import random
import stat
import zipfile

import pytest

from services.common.weights import WeightsMismatch, verify, weight_hash
from tests.integration.downloads.conftest import Desk
from tests.integration.downloads.publisher import COMMIT, Publisher

OTHER_COMMIT = "f" * 40
WEIGHTS = random.Random(1).randbytes(3_000_000)
CONFIG = b'{"model_type": "tiny"}\n'


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stated(path: str, content: bytes) -> dict[str, object]:
    return {"path": path, "size": len(content), "sha256": sha256(content)}


def test_files_of_the_hub_are_fetched_checked_recorded_and_accepted_by_the_services(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS)
    publisher.hub("sub/config.json", CONFIG, large=False)
    desk.add("tiny", stated("model.onnx", WEIGHTS), {"path": "sub/config.json"})
    done = desk.run("tiny", umask=0o027)
    assert done.returncode == 0, done.stderr
    assert (desk.weights / "tiny/model.onnx").read_bytes() == WEIGHTS
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in desk.weights.rglob("*")}
    assert {modes["model.onnx"], modes["config.json"], modes[".download.json"]} == {0o640}, "others may read, as the umask says"
    assert {modes["tiny"], modes["sub"]} == {0o750}
    assert (desk.weights / "tiny/sub/config.json").read_bytes() == CONFIG
    assert not desk.left_over("tiny")
    entry = json.loads((desk.weights / "tiny/.download.json").read_text())["files"]["sub/config.json"]
    assert entry == {"repository": "o/r", "revision": COMMIT, "commit": COMMIT, "size": len(CONFIG), "sha256": sha256(CONFIG)}
    verify(desk.spec("tiny"), desk.weights / "tiny")
    assert weight_hash(desk.spec("tiny"), desk.weights / "tiny")
    before = len(publisher.requests)
    again = desk.run("tiny", accept=False)
    assert again.returncode == 0, "nothing is left to be accepted"
    assert "tiny: already there" in again.stderr
    assert len(publisher.requests) == before, "what is there is not asked for"


def test_files_of_releases_and_of_plain_addresses_which_may_have_any_name(desk: Desk, publisher: Publisher) -> None:
    publisher.release("x4.pth", WEIGHTS, tag="v0.1.0")
    desk.add("released", stated("x4.pth", WEIGHTS), kind="github", revision="v0.1.0")
    names = ["가중치 (1) #2 100%.onnx", "a&b?c=d+e.onnx", "plain.onnx"]
    for name in names:
        publisher.files[f"/files/{name}"] = publisher.release(name, WEIGHTS, headed=False)
    desk.add("named", *({"path": name} for name in names[:2]), kind="url", repository=f"{publisher.url}/files/", revision="")
    desk.add("single", {"path": "here.onnx"}, kind="url", repository=f"{publisher.url}/files/{names[2]}", revision="")
    done = desk.run("released", "named", "single")
    assert done.returncode == 0, done.stderr
    for path in ("released/x4.pth", *(f"named/{name}" for name in names[:2]), "single/here.onnx"):
        assert (desk.weights / path).read_bytes() == WEIGHTS
    assert f"nobody states a hash; here.onnx has SHA-256 {sha256(WEIGHTS)}" in done.stderr
    verify(desk.spec("named"), desk.weights / "named")


def test_all_files_of_a_branch_come_from_one_commit_which_the_record_keeps(desk: Desk, publisher: Publisher) -> None:
    for path, content in (("model.onnx", WEIGHTS), ("config.json", CONFIG)):
        publisher.hub(path, content, large=path == "model.onnx", revisions=("main", COMMIT))
    desk.add("tiny", {"path": "model.onnx"}, {"path": "config.json"}, revision="main")
    assert desk.run("tiny").returncode == 0
    assert all(f"/resolve/{COMMIT}/" in request.path for request in publisher.requests if request.method == "GET")
    verify(desk.spec("tiny"), desk.weights / "tiny")
    # The branch moves on. A file that is lost comes from the same commit again, so that old and new never mix.
    publisher.hub("config.json", b"{}", large=False, revisions=("main", OTHER_COMMIT), commit=OTHER_COMMIT)
    (desk.weights / "tiny/config.json").unlink()
    assert desk.run("tiny").returncode == 0
    assert (desk.weights / "tiny/config.json").read_bytes() == CONFIG


def test_another_revision_in_the_manifest_is_refused_until_it_is_fetched(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS)
    publisher.hub("model.onnx", WEIGHTS[::-1], revisions=(OTHER_COMMIT,), commit=OTHER_COMMIT)
    desk.add("tiny", {"path": "model.onnx"})
    assert desk.run("tiny").returncode == 0
    desk.manifest.write_text("", encoding="utf-8")
    desk.add("tiny", {"path": "model.onnx"}, revision=OTHER_COMMIT)
    with pytest.raises(WeightsMismatch, match=f"fetched at revision o/r {COMMIT}, the manifest names o/r {OTHER_COMMIT}"):
        verify(desk.spec("tiny"), desk.weights / "tiny")
    assert desk.run("tiny").returncode == 0
    assert (desk.weights / "tiny/model.onnx").read_bytes() == WEIGHTS[::-1]
    verify(desk.spec("tiny"), desk.weights / "tiny")


def test_what_lies_there_already_is_checked_and_not_fetched_again(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS)
    publisher.hub("config.json", CONFIG, large=False)
    publisher.hub("tokenizer.json", CONFIG, large=False)
    desk.add("tiny", stated("model.onnx", WEIGHTS), {"path": "config.json"}, {"path": "tokenizer.json"})
    (desk.weights / "tiny").mkdir(parents=True)
    for name, content in (("model.onnx", WEIGHTS), ("config.json", CONFIG), ("tokenizer.json", b"{}")):
        (desk.weights / "tiny" / name).write_bytes(content)
    assert desk.run("tiny").returncode == 0
    assert [request.path.rpartition("/")[2] for request in publisher.gets("/")] == ["tokenizer.json"]
    verify(desk.spec("tiny"), desk.weights / "tiny")


def test_members_of_an_archive_are_taken_out_by_name_and_the_archive_goes(desk: Desk, publisher: Publisher) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("buffalo/det.onnx", WEIGHTS)
        archive.writestr("rec.onnx", CONFIG)
        archive.writestr("../../escaped.onnx", b"out")
        archive.writestr("unwanted.onnx", b"not asked for")
    publisher.release("pack.zip", packed.getvalue())
    members = [{"path": "buffalo/det.onnx"} | stated("buffalo/det.onnx", WEIGHTS), stated("rec.onnx", CONFIG)]
    desk.add("tiny", *({**member, "member_of": "pack.zip"} for member in members), kind="github", revision="v1")
    done = desk.run("tiny")
    assert done.returncode == 0, done.stderr
    assert (desk.weights / "tiny/buffalo/det.onnx").read_bytes() == WEIGHTS
    assert not desk.left_over("tiny")
    assert not list(desk.weights.parent.rglob("*escaped*"))
    verify(desk.spec("tiny"), desk.weights / "tiny")
    (desk.weights / "tiny/rec.onnx").unlink()
    assert desk.run("tiny").returncode == 0
    assert (desk.weights / "tiny/rec.onnx").read_bytes() == CONFIG


def test_profiles_and_several_models_at_once(desk: Desk, publisher: Publisher) -> None:
    for name in ("one", "two", "three"):
        publisher.hub(f"{name}.onnx", name.encode() * 100)
        desk.add(name, {"path": f"{name}.onnx"})
    with desk.manifest.open("a") as text:
        text.write('[profiles]\npair = ["one", "two", "compact"]\n')
    done = desk.run("--profile", "pair")
    assert done.returncode == 0, done.stderr
    assert "compact: nothing to download" in done.stderr
    assert sorted(path.name for path in desk.weights.iterdir()) == ["one", "two"]
    listed = desk.run("--list", accept=False)
    assert "--profile pair: one, two, compact" in listed.stdout
    states = {
        line.split()[0]: line.rstrip().endswith(" there") and not line.rstrip().endswith("not there")
        for line in listed.stdout.splitlines()[1:]
        if line
    }
    assert states["one"]
    assert not states["three"]


def test_a_dry_run_tells_files_sizes_and_room_and_fetches_nothing(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS)
    publisher.hub("config.json", CONFIG, large=False)
    desk.add("tiny", stated("model.onnx", WEIGHTS), {"path": "config.json"}, {"path": "nowhere.json"}, licence="Ours-NC", commercial=False)
    done = desk.run("tiny", "--dry-run", accept=False)
    assert done.returncode == 0, done.stderr
    assert "3.0 MB  tiny/model.onnx" in done.stdout
    assert f"{len(CONFIG)} B  tiny/config.json" in done.stdout
    assert "size unknown  tiny/nowhere.json" in done.stdout
    assert "3 files to fetch, 3.0 MB + 1 of unknown size" in done.stdout
    assert "Room needed 3.0 MB, free " in done.stdout
    assert "Ours-NC (no commercial use)" in done.stderr
    assert not publisher.gets("/")
    assert not desk.weights.exists()
    offline = desk.run("tiny", "--dry-run", accept=False, DASIBOM_HUB_ENDPOINT="http://127.0.0.1:9")
    assert offline.returncode == 0
    assert "size unknown  tiny/config.json" in offline.stdout


def test_verify_tells_what_is_right_and_what_is_not(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS)
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    desk.add("absent", stated("model.onnx", WEIGHTS))
    assert desk.run("tiny").returncode == 0
    right = desk.run("tiny", "compact", "--verify")
    assert (right.returncode, right.stdout) == (0, "tiny: checked\ncompact: nothing to download\n")
    (desk.weights / "tiny/model.onnx").write_bytes(WEIGHTS[::-1])
    wrong = desk.run("tiny", "absent", "--verify")
    assert wrong.returncode == 1
    assert f"tiny: model.onnx has SHA-256 {sha256(WEIGHTS[::-1])} instead of {sha256(WEIGHTS)}" in wrong.stdout
    assert "absent: model.onnx is not in the weights folder" in wrong.stdout


def test_what_has_to_be_fetched_by_hand_is_told_and_checked_once_it_is_there(desk: Desk) -> None:
    files = [stated("hat.pth", WEIGHTS), {"path": "other.pth"}]
    desk.add("tiny", *files, kind="manual", repository="https://files.example/folder", revision="")
    missing = desk.run("tiny")
    assert missing.returncode == 1
    assert f"tiny/hat.pth: has to be fetched by hand: https://files.example/folder → {desk.weights}/tiny/hat.pth" in missing.stderr
    (desk.weights / "tiny/hat.pth").write_bytes(WEIGHTS)
    (desk.weights / "tiny/other.pth").write_bytes(CONFIG)
    done = desk.run("tiny")
    assert done.returncode == 0, done.stderr
    assert f"tiny/other.pth: the manifest states no hash; this one has SHA-256 {sha256(CONFIG)}" in done.stderr
    verify(desk.spec("tiny"), desk.weights / "tiny")
    (desk.weights / "tiny/hat.pth").write_bytes(WEIGHTS[:-1])
    assert f"instead of {sha256(WEIGHTS)}" in desk.run("tiny").stderr
