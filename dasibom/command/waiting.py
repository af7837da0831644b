"""Waiting for a job with the user: progress, Ctrl-C, results on disk and on the screen."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from dasibom.client import Client, DasibomError, Unavailable, error_from_status
from dasibom.client.saving import RESULT_NAME
from dasibom.command.exits import CommandError, Exit, describe, describe_os_error, exit_status_of
from dasibom.command.progress import JobDisplay, state_name
from dasibom.command.terminal import COMMAND, as_data, err, out, plain, write_json
from dasibom.language import say
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_CANCELLED, JOB_STATE_FAILED, Job


def follow(
    client: Client, job: Job, *, output: Path | None, as_json: bool, after: int = 0, left_out: Mapping[str, str] | None = None
) -> Exit:
    """Show a job's progress to its end, save what it made, and say where.

    Args:
        client: of the service.
        job: the job, in any state.
        output: folder for the results; `outputs/<job>` when None.
        as_json: write one JSON document instead of tables, and no progress.
        after: number of the last event that is not shown any more.
        left_out: pictures of folders that could not be read, and why; for the JSON document.

    Returns:
        The status to end with.

    Raises:
        CommandError: the service went away meanwhile, or the results cannot be written; says how to go on.
    """
    if not as_json:
        err.print(say(f"작업 {job.id}", f"Job {job.id}"))
    try:
        _watch(client, job, as_json=as_json, after=after)
    except KeyboardInterrupt:
        if (left := _interrupted(client, job, as_json=as_json)) is not None:
            return left
    except DasibomError as error:
        lost = isinstance(error, Unavailable) and not error.reason  # the service itself has said nothing
        url = client.address.url
        said = say(f"{url}에 더 이상 연결되지 않습니다.", f"{url} cannot be reached any more.") if lost else describe(error)
        raise CommandError(f"{said}\n{_how_to_go_on(client, job, running=not lost)}", exit_status_of(error)) from None
    ended = client.get(job)
    folder = output or Path("outputs") / ended.id
    try:
        saved = client.save(ended, folder)
    except OSError as error:
        hint = say("결과는 서버에 남아 있습니다. 다른 폴더에 저장하기", "The results are kept by the service. Save them elsewhere")
        other = f"{COMMAND} watch {job.id} --url {client.address.url} --output {say('폴더', 'FOLDER')}"
        raise CommandError(f"{describe_os_error(error)}\n{hint}:\n  {other}") from None
    if as_json:
        files = {name: str(path) for name, path in saved.items()}
        document = {"job": as_data(ended), "folder": str(folder), "files": {**files, RESULT_NAME: str(folder / RESULT_NAME)}}
        write_json(document | _left_out(left_out))
    else:
        _show_result(client, ended, folder, saved)
    return Exit.FAILED if ended.state == JOB_STATE_FAILED else Exit.CANCELLED if ended.state == JOB_STATE_CANCELLED else Exit.OK


def _watch(client: Client, job: Job, *, as_json: bool, after: int = 0) -> None:
    with JobDisplay(quiet=as_json) as display:
        for event in client.watch(job, after):
            display.show(event)


def _interrupted(client: Client, job: Job, *, as_json: bool) -> Exit | None:
    """Ask whether the job shall be cancelled; None when it was, else the status to leave with."""
    try:
        if sys.stdin.isatty() and err.is_terminal and not as_json:
            question = say("작업을 취소할까요? 취소하지 않으면 계속 실행됩니다", "Cancel the job? It goes on otherwise")
            if typer.confirm(question, default=False, err=True):
                client.cancel(job)
                _watch(client, job, as_json=as_json)
                return None
    except (KeyboardInterrupt, typer.Abort):
        err.print()
    err.print(_how_to_go_on(client, job))
    if as_json:
        write_json({"job": as_data(job), "interrupted": True})
    return Exit.INTERRUPTED


def _how_to_go_on(client: Client, job: Job, *, running: bool = True) -> str:
    where = f" --url {client.address.url}"
    state = say("작업은 계속 실행됩니다.", "The job goes on.")
    if not running:
        state = say(
            "작업은 없어지지 않으며, 서비스가 켜지면 이어서 실행됩니다.", "The job is not lost: it goes on once the service is back."
        )
    return say(
        f"{state}\n  이어서 보기: {COMMAND} watch {job.id}{where}\n  취소하기:   {COMMAND} cancel {job.id}{where}",
        f"{state}\n  Watch it:  {COMMAND} watch {job.id}{where}\n  Cancel it: {COMMAND} cancel {job.id}{where}",
    )


def _show_result(client: Client, job: Job, folder: Path, saved: dict[str, Path]) -> None:
    if saved:
        table = Table(box=None, pad_edge=False)
        headings = (say("종류", "Kind"), say("제목", "Title"), say("크기", "Size"), say("파일", "File"))
        for heading, justify in zip(headings, ("left", "left", "right", "left"), strict=True):
            table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
        for artifact in job.artifacts:
            mark = say(" (AI 생성)", " (AI-made)") if artifact.synthetic else ""
            cells = (artifact.kind, f"{artifact.title}{mark}", _size(artifact.size), saved[artifact.name].name)
            table.add_row(*(Text(plain(cell)) for cell in cells))
        out.print(table)
    if summary := job.result.summary:
        out.print(plain(summary))
    for plan in job.result.analysis.plans:
        out.print(f"{'○' if plan.runnable else '×'} {plan.kind}: {plain(plan.reason)}")
    for warning in job.result.warnings:
        out.print(f"! {plain(warning)}")
    if job.state == JOB_STATE_FAILED:
        err.print(say("작업이 실패했습니다: ", "The job failed: ") + plain(describe(error_from_status(job.error), of_job=True)))
        again = f"{COMMAND} retry {job.id} --url {client.address.url}"
        err.print(say(f"다시 시도: {again}", f"Try again: {again}"))
    elif job.state == JOB_STATE_CANCELLED:
        err.print(say("작업이 취소되었습니다.", "The job was cancelled."))
    seconds = job.end_time.ToMilliseconds() / 1000 - job.create_time.ToMilliseconds() / 1000
    took = say(f"{seconds:.1f}초", f"{seconds:.1f} s")
    out.print(f"{job.id} · {state_name(job.state)} · {took} → {folder}/")


def _size(size: int) -> str:
    return f"{size / 1024:.0f} KiB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MiB"


def _left_out(left_out: Mapping[str, str] | None) -> dict[str, Any]:
    return {"leftOut": dict(left_out)} if left_out else {}


def submitted(job: Job, *, as_json: bool, client: Client, left_out: Mapping[str, str] | None = None) -> Exit:
    """Tell that a job was submitted, without waiting for it."""
    if as_json:
        write_json({"job": as_data(job)} | _left_out(left_out))
    else:
        out.print(job.id)
        err.print(_how_to_go_on(client, job))
    return Exit.OK
