"""The blocking client does the same, and addresses are read as people write them."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import pytest
from orchestrator_double import Orchestrator

from dasibom.client import AsyncClient, Client, NotFound, find_address


async def test_a_case_runs_from_submit_to_saved_files(url: str, orchestrator: Orchestrator, tmp_path: Path) -> None:
    orchestrator.cuts = [3]
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "a.png").write_bytes(b"frame")

    def use() -> list[str]:
        with Client(url) as client:
            job = client.run(client.case1, [b"frame"], variants=2)
            assert [event.number for event in client.watch(job)] == [1, 2, 3, 4, 5, 6]
            assert [listed.id for listed in client.list()] == [job.id]
            assert client.download(job.artifacts[0]) == b"picture"
            assert client.health().version == "0.1.0"
            with pytest.raises(NotFound):
                client.get("jb_x")
            assert client.publish(job, case_id="7").key == "ai_image/7.png"
            assert client.case1(client.upload_folder(frames).files).id
            return sorted(path.name for path in client.save(job, tmp_path).values())

    assert await asyncio.to_thread(use) == ["montage_01.png", "report.md"]


async def test_leaving_an_iterator_early_leaves_the_client_usable(url: str, orchestrator: Orchestrator) -> None:
    orchestrator.pause = 0.05

    def use() -> None:
        with Client(url) as client:
            job = client.case1([b"frame"])
            for _ in client.watch(job):
                break
            assert client.get(job).id == job.id

    await asyncio.to_thread(use)


def test_both_clients_offer_the_same() -> None:
    offered = {name for name in dir(AsyncClient) if not name.startswith("_")}
    assert offered <= set(dir(Client))
    for name in offered - {"close"}:
        assert list(inspect.signature(getattr(Client, name)).parameters) == list(inspect.signature(getattr(AsyncClient, name)).parameters)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("example.kr:9000", "http://example.kr:9000"),
        ("example.kr", "http://example.kr:8080"),
        ("https://example.kr", "https://example.kr:443"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        (None, "http://127.0.0.1:8080"),
    ],
)
def test_addresses_are_read_as_people_write_them(url: str | None, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASIBOM_URL", raising=False)
    assert find_address(url).url == expected


@pytest.mark.parametrize("url", ["ftp://a:1", "a b", "host:99999", "host:0", "https://user@host", "host/path"])
def test_what_is_no_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match="write host:port"):
        find_address(url)


def test_the_environment_stands_in_for_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASIBOM_URL", "https://api.example.kr")
    monkeypatch.setenv("DASIBOM_API_KEY", "secret-key")
    address = find_address()
    assert (address.url, address.api_key) == ("https://api.example.kr:443", "secret-key")
    assert "secret-key" not in repr(address)
