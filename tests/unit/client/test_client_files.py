"""Bringing files home, and putting them in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orchestrator_double import Orchestrator

from dasibom.client import AsyncClient, Internal, NotFound
from dasibom.client.saving import distinct_names, safe_name


async def test_a_download_is_the_bytes_or_a_file(client: AsyncClient, orchestrator: Orchestrator, tmp_path: Path) -> None:
    orchestrator.files["fl_1"] = ("a.png", b"x" * 1000)
    assert await client.download("fl_1") == b"x" * 1000
    path = await client.download("fl_1", tmp_path / "new folder" / "a.png")
    assert path.read_bytes() == b"x" * 1000
    assert [entry.name for entry in path.parent.iterdir()] == ["a.png"]


async def test_altered_or_missing_bytes_never_appear_as_the_file(client: AsyncClient, orchestrator: Orchestrator, tmp_path: Path) -> None:
    orchestrator.files["fl_1"] = ("altered", b"abc")
    with pytest.raises(Internal, match="other bytes"):
        await client.download("fl_1", tmp_path / "a.png")
    with pytest.raises(NotFound):
        await client.download("fl_2", tmp_path / "b.png")
    assert list(tmp_path.iterdir()) == []


async def test_save_keeps_hostile_names_inside_the_folder(client: AsyncClient, orchestrator: Orchestrator, tmp_path: Path) -> None:
    orchestrator.artifacts = [
        ("../../escape.png", b"1"),
        ("/etc/passwd", b"2"),
        ("a\\..\\escape.png", b"3"),
        ("result.json", b"4"),
        ("..", b"5"),
        ("Report.md", b"6"),
        ("report.md", b"7"),
    ]
    job = await client.run(client.case1, [b"frame"])
    saved = await client.save(job, tmp_path / "out")
    assert {path.parent for path in saved.values()} == {tmp_path / "out"}
    assert [path.read_bytes() for path in saved.values()] == [b"1", b"2", b"3", b"4", b"5", b"6", b"7"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [path.name for path in saved.values()][:4] == ["escape.png", "passwd", "escape_2.png", "result_2.json"]
    assert json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))["result"]["summary"] == "요약"


@given(st.lists(st.text(), max_size=5))
def test_no_name_leads_out_or_collides(names: list[str]) -> None:
    made = distinct_names(names)
    assert len({name.casefold() for name in [*made, "result.json"]}) == len(names) + 1
    for name in made:
        assert Path(name).name == name
        assert name not in {"", ".", ".."}
        assert len(name.encode()) <= 255


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("몽타주_01.png", "몽타주_01.png"),
        ("con.txt", "_con.txt"),
        ("a:b?.png", "a_b_.png"),
        ("", "file"),
        ("가" * 300 + ".png", "가" * 65 + ".png"),
    ],
)
def test_names_stay_readable(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe
