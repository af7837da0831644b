"""Jobs, models, health and languages on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from command_process import Command, unquoted
from orchestrator_double import Orchestrator

from dasibom.language import choose_language


async def test_jobs_are_listed_watched_cancelled_retried_and_deleted(
    command: Command, folder: Path, url: str, orchestrator: Orchestrator
) -> None:
    for _ in range(3):
        await command("case1", "frame.jpg", "--detach", "--name", "역 앞", "--url", url)
    first, *others = orchestrator.jobs
    listed = await command("jobs", "--state", "queued", "--limit", "2", "--url", url)
    assert first in listed.out
    assert "역 앞" in listed.out
    assert others[1] not in listed.out
    assert len(json.loads((await command("jobs", "--json", "--url", url)).out)["jobs"]) == 3
    assert (await command("watch", first, "--url", url)).status == 0
    assert (folder / "outputs" / first / "report.md").exists()
    assert (await command("retry", first, "--detach", "--url", url)).status == 0
    assert (await command("cancel", others[0], "--url", url)).status == 0
    assert others[0] in orchestrator.cancelled
    assert (await command("delete", first, "--url", url)).status == 0
    gone = await command("watch", first, "--url", url)
    assert gone.status == 2
    assert f"there is no job {first}" in gone.err
    assert "그 번호의 작업이 없습니다" in gone.err
    assert json.loads((await command("delete", first, "--json", "--url", url)).out)["error"]["reason"] == "JOB_NOT_FOUND"


async def test_a_published_picture_s_address_is_all_that_standard_output_gets(
    command: Command, url: str, orchestrator: Orchestrator
) -> None:
    await command("case1", "frame.jpg", "--detach", "--url", url)
    (job,) = orchestrator.jobs
    ended = await command("publish", job, "--case-id", "1024", "--artifact", "montage_01.png", "--url", url)
    assert (ended.status, ended.out) == (0, "https://pictures.example.kr/ai_image/1024.png\n")
    assert "2027-01-15" in ended.err
    assert (orchestrator.requests[-1].case_id, orchestrator.requests[-1].artifact) == ("1024", "montage_01.png")
    document = json.loads((await command("publish", job, "--json", "--url", url)).out)
    assert document["key"] == f"ai_image/{job}.png"
    assert (await command("publish", "jb_x", "--url", url)).status == 2


async def test_models_and_health_tell_what_is_missing(command: Command, url: str) -> None:
    models = await command("models", "--url", url)
    assert "vision *" in models.out
    assert "connection refused" in models.out
    health = await command("health", "--url", url)
    assert health.status == 0
    assert "no worker is running" in health.out
    assert json.loads((await command("health", "--json", "--url", url)).out)["state"] == "HEALTH_STATE_DEGRADED"


async def test_of_many_models_those_in_use_are_shown_and_the_unusable_are_named_in_a_line(command: Command, url: str) -> None:
    out = (await command("models", "--url", url, COLUMNS="100")).out
    lines = out.splitlines()
    assert [line.split()[1] for line in lines[1:4]] == ["vision", "busy", "broken"]
    assert "cuda:0" in lines[2]
    assert "호출 3건" in lines[2]
    assert "the file is cut short" in out
    assert "absent-19.safetensors" not in out
    assert sum(line.startswith("  vqa: absent-0, absent-1,") for line in lines) == 1
    assert max(map(len, lines[:4])) <= 100
    everything = (await command("models", "--all", "--url", url)).out
    assert "a-19.safetensors is missing" in everything
    assert "models --all" not in everything


async def test_help_is_korean_unless_english_is_asked_for(command: Command) -> None:
    assert "몽타주" in (await command("case1", "--help")).out
    english = await command("case1", "--help", "--lang", "en")
    assert "montage" in english.out
    assert "몽타주" not in english.out
    assert "130" in (await command("--help", LANG="en_US.UTF-8")).out


def test_the_language_is_asked_for_or_the_locale_s_or_korean() -> None:
    assert choose_language(["--lang", "en"], {"LANG": "ko_KR"}) == "en"
    assert choose_language(["--lang=ko"], {"DASIBOM_LANG": "en"}) == "ko"
    assert choose_language([], {"DASIBOM_LANG": "en", "LANG": "ko_KR"}) == "en"
    assert choose_language([], {"LC_ALL": "en_GB.UTF-8", "LANG": "ko_KR"}) == "en"
    assert choose_language([], {"LANG": "C.UTF-8"}) == "ko"
    assert choose_language(["--lang"], {}) == "ko"


async def test_without_a_mesh_status_and_logs_say_how_to_start_one(command: Command) -> None:
    for arguments in (["status"], ["logs"]):
        ended = await command(*arguments)
        assert ended.status == 3
        assert "dasibom up" in unquoted(ended.err)
    assert json.loads((await command("status", "--json")).out) == {"running": False, "parts": []}
    assert (await command("down")).status == 0
