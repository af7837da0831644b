"""A mesh that asks for keys, by everything that people call it with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dasibom.client import Client, Unauthenticated
from dasibom.local.home import Home
from dasibom.local.mesh import down, up
from dasibom.local.settings import LocalSettings
from tests.acceptance.conftest import SAMPLES
from tests.acceptance.test_command_line import CommandLine
from tests.conftest import free_ports

KEY = "a-key-of-this-test-alone"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a mesh of its own, open to the whole network but only to those with the key."""
    folder = tmp_path_factory.mktemp("guarded")
    keys = folder / "keys.json"
    keys.write_text(json.dumps({"police": [KEY]}), "utf-8")
    home = Home(folder / "home")
    (port,) = free_ports(1)
    settings = LocalSettings(port=port, port_given=True, bind="0.0.0.0", api_keys_file=str(keys))
    state, _ = up(home, settings, lambda _: None, patience_seconds=180)
    try:
        yield state.url
    finally:
        down(home)


def test_a_mesh_with_keys_serves_those_who_bring_one_from_the_first_call_on(url: str, tmp_path: Path) -> None:
    shell = CommandLine(tmp_path, url)
    answer = shell.document("case1", SAMPLES / "cctv_frame.jpg", "--variants", "1", DASIBOM_API_KEY=KEY)
    assert answer["job"]["state"] == "JOB_STATE_SUCCEEDED"
    # A browser's EventSource sends no headers.
    events = httpx.get(f"{url}/api/v1/jobs/{answer['job']['id']}/events", params={"api_key": KEY}, timeout=60)
    assert events.status_code == 200
    assert "JOB_STATE_SUCCEEDED" in events.text.rstrip().splitlines()[-1]


def test_whoever_brings_none_or_another_is_refused_and_told_what_to_do(url: str, tmp_path: Path) -> None:
    for headers in ({}, {"x-api-key": "another-key-of-this-test"}):
        refused = httpx.get(f"{url}/api/v1/jobs", headers=headers, timeout=60)
        assert refused.status_code == 401
        assert refused.json()["details"][0]["reason"] == "UNAUTHENTICATED"
    with Client(url, api_key="another-key-of-this-test") as client, pytest.raises(Unauthenticated):
        client.health()
    shell = CommandLine(tmp_path, url)
    assert "DASIBOM_API_KEY" in shell.run("jobs", status=2).stderr
