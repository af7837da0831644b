"""`dasibom demo`: the whole system on a sample picture, over REST, in one command; nothing is left running."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer
from google.protobuf.json_format import ParseDict

from dasibom.client.saving import RESULT_NAME, distinct_names
from dasibom.command import rest
from dasibom.command.exits import CommandError, Exit
from dasibom.command.mesh import PANEL, StartReport, clean_ending
from dasibom.command.progress import JobDisplay, state_name
from dasibom.command.terminal import err, out
from dasibom.language import LANGUAGE, say
from dasibom.local.home import Home, checkout
from dasibom.local.ports import choose_ports, is_free
from dasibom.local.settings import LocalSettings
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_SUCCEEDED, JobEvent, JobState


def demo() -> int:
    """Show everything at work."""
    from dasibom.local import mesh

    started = time.monotonic()
    home = Home(Home.find().root / "demo")  # so a mesh that runs is not disturbed
    samples, folder = checkout() / "samples", checkout() / "outputs" / "demo"
    picture, witness = samples / "cctv_frame.jpg", samples / "witness.txt"
    for needed in (picture, witness):
        if not needed.is_file():
            raise CommandError(say(f"{needed} 파일이 없습니다.", f"There is no file {needed}."))
    with clean_ending():
        mesh.down(home)
        shutil.rmtree(home.root, ignore_errors=True)
        try:
            with StartReport() as report:
                state, _ = mesh.up(home, _settings(), report)
            err.print(say(f"메시 준비됨: {state.url}", f"The mesh is up: {state.url}"))
            job = _run_case1(state.url, picture, witness.read_text("utf-8").strip())
            count = _save(state.url, job, folder)
        finally:
            with err.status(say("멈추는 중…", "Stopping…")):
                mesh.down(home)
    ended = JobState.Value(job["state"])
    made = say(f"결과 {count}개", f"{count} artifacts")
    seconds = say(f"{time.monotonic() - started:.1f}초", f"{time.monotonic() - started:.1f} s")
    out.print(f"{job['id']} · {state_name(ended)} · {made} · {seconds} → outputs/demo/")
    return Exit.OK if ended == JOB_STATE_SUCCEEDED else Exit.FAILED


def _settings() -> LocalSettings:
    settings = replace(LocalSettings.read(), bind="127.0.0.1", api_keys_file="")
    if settings.port_given or is_free(settings.bind, settings.port):
        return settings
    return replace(settings, port=choose_ports(["gateway"], {})["gateway"])


def _run_case1(url: str, picture: Path, notes: str) -> dict[str, Any]:
    err.print(say(f"케이스 1: {picture.name} · 목격자의 말: {notes}", f"Case 1: {picture.name} · a witness says: {notes}"))
    file = rest.upload(url, picture)
    options = {"language": LANGUAGE, "seed": 7, "displayName": "demo"}
    body = {"frames": [{"file": file["id"]}], "notes": notes, "options": options}
    job = rest.post(url, "/api/v1/cases/case1", body)
    with JobDisplay() as display:
        for event in rest.events(url, job["id"]):
            display.show(ParseDict(event, JobEvent(), ignore_unknown_fields=True))
    return _job(url, job["id"])


def _job(url: str, job: str) -> dict[str, Any]:
    return dict(json.loads(rest.get(url, f"/api/v1/jobs/{job}")))


def _save(url: str, job: dict[str, Any], folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    artifacts = job.get("artifacts", [])
    for artifact, name in zip(artifacts, distinct_names(artifact["name"] for artifact in artifacts), strict=True):
        (folder / name).write_bytes(rest.get(url, f"/api/v1/files/{artifact['file']}"))
    (folder / RESULT_NAME).write_text(json.dumps(job, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if message := job.get("error", {}).get("message"):
        err.print(say("작업이 실패했습니다: ", "The job failed: ") + message)
    return len(artifacts)


def register(app: typer.Typer) -> None:
    """Add this command."""
    text = say(
        "메시를 시작해 샘플 사진으로 케이스 1을 REST로 실행하고, 결과를 outputs/demo에 남긴 뒤 멈춥니다.",
        "Starts a mesh, runs case 1 on a sample picture over REST, leaves the results in outputs/demo, and stops what it started.",
    )
    app.command("demo", rich_help_panel=PANEL, help=text)(demo)
