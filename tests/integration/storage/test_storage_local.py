from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from services.orchestrator.storage import StorageUnavailable, open_storage
from services.orchestrator.storage.local import LocalStorage


async def broken_off():
    yield b"x" * 2_000_000
    raise ConnectionResetError("the uploader has left")


async def test_an_aborted_put_leaves_no_file_of_any_name(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    with pytest.raises(ConnectionResetError):
        await storage.put("a/b", broken_off(), media_type="image/png")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    await storage.close()


async def test_deleting_the_last_file_clears_its_directories_away(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    for key in ("jobs/1/a", "files/2"):
        await storage.put(key, b"x", media_type="text/plain")
    await storage.delete("files/2")
    await storage.delete_prefix("jobs/1/")
    assert [path.name for path in tmp_path.iterdir()] == [".incoming"]
    await storage.close()


async def test_what_a_dead_process_left_is_cleared_away_in_time(tmp_path: Path) -> None:
    incoming = tmp_path / ".incoming"
    incoming.mkdir()
    old, recent = incoming / "old", incoming / "recent"
    for path in (old, recent):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    storage = LocalStorage(tmp_path)
    assert [path.name for path in incoming.iterdir()] == ["recent"]
    await storage.close()


async def test_a_directory_with_blanks_and_korean_letters_works(tmp_path: Path) -> None:
    storage = open_storage((tmp_path / "내 파일 100%").as_uri())
    await storage.put("key", b"x", media_type="text/plain")
    assert (tmp_path / "내 파일 100%" / "key").read_bytes() == b"x"
    await storage.close()


async def test_a_directory_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "files")
    shutil.rmtree(tmp_path / "files")
    with pytest.raises(StorageUnavailable):
        await storage.check()
    with pytest.raises(StorageUnavailable):
        await storage.put("key", b"x", media_type="text/plain")
    await storage.close()


def test_a_directory_that_cannot_be_made_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable, match="cannot be used now"):
        open_storage("file:///proc/none")


@pytest.mark.parametrize("url", ["", "/var/files", "file://", "file:///", "file://host/dir", "s3://", "http://host/dir"])
def test_a_url_of_no_storage_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"file:///directory nor s3://bucket/prefix"):
        open_storage(url)
