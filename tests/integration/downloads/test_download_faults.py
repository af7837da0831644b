"""Downloads that go wrong: cut, changed, forged, full, forbidden, interrupted. Nothing wrong ever gets a file's name."""

from __future__ import annotations

import hashlib
import io
import os
import pty
import random
import resource
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from tests.integration.downloads.conftest import Desk
from tests.integration.downloads.publisher import Publisher

WEIGHTS = random.Random(2).randbytes(3_000_000)
HALF = len(WEIGHTS) // 2


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stated(path: str, content: bytes) -> dict[str, object]:
    return {"path": path, "size": len(content), "sha256": sha256(content)}


def wait_for_bytes(part: Path, count: int) -> None:
    deadline = time.monotonic() + 30
    while not part.exists() or part.stat().st_size < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_cut_connection_is_gone_on_with_where_it_ended(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS, cuts=[HALF, 100])
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    done = desk.run("tiny")
    assert done.returncode == 0, done.stderr
    assert [request.range for request in publisher.gets()] == ["", f"bytes={HALF}-", f"bytes={HALF + 100}-"]
    assert (desk.weights / "tiny/model.onnx").read_bytes() == WEIGHTS
    assert "the connection was cut" in done.stderr
    assert not desk.left_over("tiny")


def test_another_run_goes_on_where_the_last_one_gave_up(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("hub.onnx", WEIGHTS, cuts=[HALF])
    released = publisher.release("released.onnx", WEIGHTS, cuts=[HALF])
    desk.add("hub", {"path": "hub.onnx"})
    desk.add("released", {"path": "released.onnx"}, kind="github", revision="v1")
    paths = [desk.weights / name / f"{name}.onnx" for name in ("hub", "released")]
    assert desk.run("hub", "released", DASIBOM_DOWNLOAD_ATTEMPTS="1").returncode == 1
    assert not any(path.exists() for path in paths)
    assert [path.with_name(f"{path.name}.part").stat().st_size for path in paths] == [HALF, HALF]
    assert desk.run("hub", "released").returncode == 0
    assert all(path.read_bytes() == WEIGHTS for path in paths)
    for part, tag in (("hub.onnx", ""), ("released.onnx", released.tag)):
        last = publisher.gets(part)[-1]
        assert last.range == f"bytes={HALF}-"
        assert last.headers.get("if-range", "") == tag, "where no hash is known, the tag has to match"


def test_a_run_that_ended_between_the_last_byte_and_the_name_needs_no_byte_more(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS, cuts=[HALF])
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    assert desk.run("tiny", DASIBOM_DOWNLOAD_ATTEMPTS="1").returncode == 1
    with (desk.weights / "tiny/model.onnx.part").open("ab") as part:
        part.write(WEIGHTS[HALF:])
    assert desk.run("tiny", DASIBOM_DOWNLOAD_ATTEMPTS="1").returncode == 0
    assert publisher.gets()[-1].range == f"bytes={len(WEIGHTS)}-"
    assert (desk.weights / "tiny/model.onnx").read_bytes() == WEIGHTS


def test_a_file_that_changed_in_between_is_not_mixed_with_the_old_one(desk: Desk, publisher: Publisher) -> None:
    for name, tagged in (("tagged", True), ("untagged", False)):
        publisher.release(f"{name}.onnx", WEIGHTS, cuts=[HALF], tagged=tagged)
        desk.add(name, {"path": f"{name}.onnx"}, kind="github", revision="v1")
    assert desk.run("tagged", "untagged", DASIBOM_DOWNLOAD_ATTEMPTS="1").returncode == 1
    for name, tagged in (("tagged", True), ("untagged", False)):
        publisher.release(f"{name}.onnx", WEIGHTS[::-1], tagged=tagged)
    assert desk.run("tagged", "untagged").returncode == 0
    for name in ("tagged", "untagged"):
        assert (desk.weights / name / f"{name}.onnx").read_bytes() == WEIGHTS[::-1]


def test_a_file_with_another_hash_is_refused_with_both_hashes_and_leaves_nothing(desk: Desk, publisher: Publisher) -> None:
    forged = WEIGHTS[:-1] + bytes([WEIGHTS[-1] ^ 1])
    publisher.release("model.onnx", forged)
    publisher.release("other.onnx", WEIGHTS)
    desk.add("tiny", stated("model.onnx", WEIGHTS), stated("other.onnx", WEIGHTS), kind="github", revision="v1")
    done = desk.run("tiny")
    assert done.returncode == 1
    assert f"tiny/model.onnx: has SHA-256 {sha256(forged)} instead of {sha256(WEIGHTS)}" in done.stderr
    assert "tiny: not complete" in done.stderr
    assert not (desk.weights / "tiny/model.onnx").exists()
    assert not desk.left_over("tiny")
    assert (desk.weights / "tiny/other.onnx").exists(), "one bad file does not keep the others back"


def test_a_file_that_the_hub_itself_says_is_another_is_not_even_fetched(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS[::-1])
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    done = desk.run("tiny")
    assert done.returncode == 1
    assert f"the server's file has SHA-256 {sha256(WEIGHTS[::-1])}, the manifest states {sha256(WEIGHTS)}" in done.stderr


def test_bytes_that_are_not_what_the_hub_says_are_refused(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("large.json", b'{"a": 1}', sent=b'{"a": 2}')
    publisher.hub("small.json", b'{"a": 1}', large=False, sent=b'{"a": 2}')
    desk.add("tiny", {"path": "large.json"}, {"path": "small.json"})
    done = desk.run("tiny")
    assert done.returncode == 1
    assert "instead of " + sha256(b'{"a": 1}') in done.stderr
    assert "tiny/small.json: has the git hash" in done.stderr
    assert not list(desk.weights.rglob("*.json")) + desk.left_over("tiny")


def test_a_busy_server_is_asked_again_when_it_says(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS, failures=[(503, {}), (429, {"Retry-After": "1"})])
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    done = desk.run("tiny")
    assert done.returncode == 0, done.stderr
    assert "the server answered 429; going on in 1 s" in done.stderr
    assert len(publisher.gets()) == 3


def test_patience_ends(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS, failures=[(500, {})] * 9)
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    done = desk.run("tiny", DASIBOM_DOWNLOAD_ATTEMPTS="3")
    assert done.returncode == 1
    assert len(publisher.gets()) == 3
    assert "the server answered 500" in done.stderr


def test_a_server_that_is_not_there_and_a_file_that_is_not_there_are_told_apart(desk: Desk, publisher: Publisher) -> None:
    desk.add("hub", stated("model.onnx", WEIGHTS))
    desk.add("released", stated("model.onnx", WEIGHTS), kind="github", revision="v1")
    away = {"DASIBOM_HUB_ENDPOINT": "", "HF_ENDPOINT": "http://127.0.0.1:9"}
    done = desk.run("hub", "released", DASIBOM_DOWNLOAD_ATTEMPTS="1", **away)
    assert done.returncode == 1
    assert f"released/model.onnx: there is no such file: {publisher.url}/o/r/releases/download/v1/model.onnx" in done.stderr
    assert "hub/model.onnx: 127.0.0.1:9: the server cannot be reached" in done.stderr


def test_a_gated_repository_says_where_to_accept_and_which_variable_to_set(desk: Desk, publisher: Publisher) -> None:
    for status in (401, 403):
        publisher.hub("model.onnx", WEIGHTS, repository=f"black/gated-{status}", gated=status)
        desk.add(f"gated-{status}", stated("model.onnx", WEIGHTS), repository=f"black/gated-{status}")
    done = desk.run("gated-401", "gated-403")
    assert done.returncode == 1
    for status in (401, 403):
        assert f"refuses ({status}): accept the licence on {publisher.url}/black/gated-{status}, and set HF_TOKEN" in done.stderr
    assert len(publisher.requests) == 2, "no use in asking again"


def test_the_token_goes_to_the_hub_and_nowhere_else(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS, gated=401)
    publisher.release("x4.pth", WEIGHTS)
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    desk.add("released", stated("x4.pth", WEIGHTS), kind="github", revision="v1")
    done = desk.run("tiny", "released", HF_TOKEN="hf_secret", DASIBOM_GITHUB_ENDPOINT=publisher.network)
    assert done.returncode == 0, done.stderr
    with_token = [request for request in publisher.requests if "authorization" in request.headers]
    assert with_token
    assert all(request.headers["authorization"] == "Bearer hf_secret" for request in with_token)
    assert all("/resolve/" in request.path and "/cdn/" not in request.path for request in with_token)
    assert "hf_secret" not in done.stdout + done.stderr


def limited_to(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_write_that_fails_for_want_of_room_keeps_what_is_there_for_the_next_run(desk: Desk, publisher: Publisher) -> None:
    """The system's limit on the size of files, which answers a write as a full disk does: EFBIG for ENOSPC."""
    publisher.hub("model.onnx", WEIGHTS)
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    command = desk.command("tiny", "--accept-all")
    done = subprocess.run(
        command,
        env=desk.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: limited_to(HALF),
    )
    assert done.returncode == 1
    assert done.stderr.count("there is no room to write it; make some and run again, it goes on from here") == 1
    assert "Traceback" not in done.stderr
    assert not (desk.weights / "tiny/model.onnx").exists()
    there = (desk.weights / "tiny/model.onnx.part").stat().st_size
    assert 0 < there <= HALF
    assert desk.run("tiny").returncode == 0
    assert publisher.gets()[-1].range == f"bytes={there}-"
    assert (desk.weights / "tiny/model.onnx").read_bytes() == WEIGHTS


def mounts_are_possible() -> bool:
    probe = ["unshare", "--mount", "--map-root-user", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
    return shutil.which("unshare") is not None and subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not mounts_are_possible(), reason="needs a file system of its own, in a user namespace")
@pytest.mark.parametrize("sized", [True, False])
def test_a_full_disk_is_told_before_it_is_full_where_sizes_are_known_and_kept_for_later_where_not(
    desk: Desk, publisher: Publisher, sized: bool
) -> None:
    publisher.release("model.onnx", WEIGHTS, sized=sized)
    desk.add("tiny", {"path": "model.onnx"}, kind="github", revision="v1")
    desk.weights.mkdir()
    inside = 'mount -t tmpfs -o size=2m none "$0" && "$@"; status=$?; stat -c "%n %s" "$0"/tiny/*; exit $status'
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", inside, str(desk.weights), *desk.command("tiny", "--accept-all")]
    done = subprocess.run(command, env=desk.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "/tiny/model.onnx " not in done.stdout
    if sized:
        assert "The disk has too little room: 3.0 MB are needed, 2.1 MB are free" in done.stderr
        assert not publisher.gets()
    else:
        assert "there is no room to write it" in done.stderr
        part = next(line for line in done.stdout.splitlines() if "model.onnx.part " in line)
        assert int(part.split()[-1]) > HALF


def test_more_than_the_disk_has_is_refused_before_anything_is_fetched(desk: Desk, publisher: Publisher) -> None:
    desk.add("tiny", {"path": "model.onnx", "size": 10**16, "sha256": "0" * 64})
    done = desk.run("tiny")
    assert done.returncode == 1
    assert "The disk has too little room: 10000000.0 GB are needed" in done.stderr
    assert not publisher.requests


def test_without_acceptance_nothing_is_fetched_and_the_flag_is_told(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS)
    desk.add("tiny", stated("model.onnx", WEIGHTS), licence="Ours NC", commercial=False)
    refused = desk.run("tiny", accept=False)
    assert refused.returncode == 2
    assert "Licence: Ours NC (no commercial use)\n  https://licences.example/Ours NC\n  Models: tiny" in refused.stderr
    assert "--accept 'Ours NC'" in refused.stderr
    assert not publisher.requests
    done = desk.run("tiny", "--accept", "ours nc", accept=False, DASIBOM_ACCEPTED_LICENCES="Other-NC")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "DASIBOM_ACCEPTED_LICENCES='Other-NC,Ours NC'\n"


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("", 2)])
def test_at_a_terminal_the_licence_is_asked_for(desk: Desk, publisher: Publisher, answer: str, status: int) -> None:
    publisher.hub("model.onnx", WEIGHTS)
    desk.add("tiny", stated("model.onnx", WEIGHTS), licence="Ours-NC")
    terminal, side = pty.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        done = subprocess.run(
            desk.command("tiny"), env=desk.environment, stdin=side, capture_output=True, text=True, check=False, timeout=60
        )
    finally:
        os.close(terminal)
        os.close(side)
    assert done.returncode == status, done.stderr
    assert "Do you accept Ours-NC? [y/N]" in done.stdout + done.stderr
    assert (desk.weights / "tiny/model.onnx").exists() == (status == 0)


def test_two_runs_do_not_write_into_one_folder(desk: Desk, publisher: Publisher) -> None:
    published = publisher.hub("model.onnx", WEIGHTS, delay=60)
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    with desk.start("tiny") as first:
        wait_for_bytes(desk.weights / "tiny/model.onnx.part", 0)
        second = desk.run("tiny")
        assert (second.returncode, second.stderr) == (1, "tiny: another download is under way\n")
        first.kill()
        first.communicate(timeout=10)
    published.delay = 0
    assert desk.run("tiny").returncode == 0, "what a dead run held is free"
    assert (desk.weights / "tiny/model.onnx").read_bytes() == WEIGHTS


def test_ctrl_c_ends_in_a_line_and_the_next_run_goes_on(desk: Desk, publisher: Publisher) -> None:
    published = publisher.hub("model.onnx", WEIGHTS, delay=0.1)
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    with desk.start("tiny") as run:
        wait_for_bytes(desk.weights / "tiny/model.onnx.part", 1)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=10)
    assert run.returncode == 130
    assert said.endswith("Interrupted. Run it again to go on.\n")
    assert "Traceback" not in said
    there = (desk.weights / "tiny/model.onnx.part").stat().st_size
    published.delay = 0
    assert desk.run("tiny").returncode == 0
    assert publisher.gets()[-1].range == f"bytes={there}-"
    assert (desk.weights / "tiny/model.onnx").read_bytes() == WEIGHTS


def test_a_manifest_that_names_other_places_is_refused(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("../out.onnx", WEIGHTS)
    desk.add("tiny", {"path": "../out.onnx"})
    done = desk.run("tiny")
    assert done.returncode == 1
    assert "../out.onnx leads out of the weights folder" in done.stderr
    assert not publisher.requests
    assert not (desk.weights / "out.onnx").exists()


def test_an_archive_that_is_none_or_lacks_a_member_says_so(desk: Desk, publisher: Publisher) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("det.onnx", WEIGHTS[:1000])
    publisher.release("pack.zip", packed.getvalue())
    publisher.release("page.zip", b"<html>not found</html>")
    desk.add("lacking", {"path": "rec.onnx", "member_of": "pack.zip"}, kind="github", revision="v1")
    desk.add("page", {"path": "rec.onnx", "member_of": "page.zip"}, kind="github", revision="v1")
    desk.add("forged", stated("det.onnx", WEIGHTS[1000:2000]) | {"member_of": "pack.zip"}, kind="github", revision="v1")
    done = desk.run("lacking", "page", "forged")
    assert done.returncode == 1
    assert "lacking/pack.zip: rec.onnx: the archive has no member rec.onnx" in done.stderr
    assert "page/page.zip: rec.onnx: the archive cannot be unpacked" in done.stderr
    assert f"instead of {sha256(WEIGHTS[1000:2000])}" in done.stderr
    assert {path.name for path in desk.weights.rglob("*") if path.is_file()} == {".download.lock"}


def test_what_cannot_be_meant_ends_with_status_2(desk: Desk) -> None:
    desk.add("tiny", {"path": "model.onnx"})
    assert "Did you mean tiny?" in (unknown := desk.run("tinny")).stderr
    licence = desk.run("tiny", "--accept", "Theirs", accept=False)
    assert "No chosen model has the licence Theirs; they have: MIT" in licence.stderr
    desk.manifest.write_text("[[model]]", encoding="utf-8")
    manifest = desk.run("--profile", "all")
    assert "models.toml: model.0.service: Field required" in manifest.stderr
    assert [run.returncode for run in (unknown, licence, manifest)] == [2, 2, 2]


def test_a_folder_that_cannot_be_written_says_so(desk: Desk, publisher: Publisher) -> None:
    publisher.hub("model.onnx", WEIGHTS)
    desk.add("tiny", stated("model.onnx", WEIGHTS))
    desk.weights.write_text("a file")
    done = desk.run("tiny")
    assert done.returncode == 1
    assert "a file has this name" in done.stderr
