"""One Envoy and one toy orchestrator for all tests that need nothing special."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from running_envoy import ROOT, Envoy, envoy, free_port, toy


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place whose path has everything that breaks careless quoting."""
    place = tmp_path_factory.mktemp("gateway") / 'it\'s a "path" # 다시봄'
    place.mkdir()
    return place


@pytest.fixture(scope="session")
def descriptors(folder: Path) -> Path:
    source = ROOT / "build" / "descriptors.binpb"
    assert source.exists(), "run `make protos` first"
    copy = folder / "descriptors.binpb"
    copy.write_bytes(source.read_bytes())
    return copy


@pytest.fixture(scope="session")
def orchestrator() -> Iterator[str]:
    """Address of a toy orchestrator."""
    port = free_port()
    with toy("orchestrator", port):
        yield f"127.0.0.1:{port}"


@pytest.fixture(scope="session")
def edge(folder: Path, descriptors: Path, orchestrator: str) -> Iterator[Envoy]:
    """An open edge whose timeouts are so short that a stream which obeyed them would be cut."""
    with envoy(
        "edge",
        folder / "open",
        orchestrator=[orchestrator],
        descriptors=descriptors,
        unary_timeout_seconds=2,
        idle_timeout_seconds=2,
        max_body_bytes=24 * 1024 * 1024,
    ) as started:
        yield started


@pytest.fixture(scope="session")
def rest(edge: Envoy) -> Iterator[httpx.Client]:
    with edge.http() as client:
        yield client
