"""The commands about jobs."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from dasibom.command.exits import Exit
from dasibom.command.options import ApiKey, Detach, JobId, Json, Output, Url, connect, pairs
from dasibom.command.progress import state_name
from dasibom.command.terminal import as_data, err, out, plain, write_json
from dasibom.command.waiting import follow, submitted
from dasibom.language import say
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_RUNNING, JobKind

PANEL = say("작업", "Jobs")
State = StrEnum("State", ["queued", "running", "succeeded", "failed", "cancelled"])
Kind = StrEnum("Kind", ["case1", "case2", "case3", "super_resolution", "analyze"])


def jobs(
    state: Annotated[list[State], typer.Option("--state", help=say("이 상태만", "Only in this state"), show_default=False)] = [],  # noqa: B006
    kind: Annotated[list[Kind], typer.Option("--kind", help=say("이 종류만", "Only of this kind"), show_default=False)] = [],  # noqa: B006
    label: Annotated[str, typer.Option("--label", metavar="KEY=VALUE", help=say("이 라벨만", "Only with this label"))] = "",
    after: Annotated[datetime | None, typer.Option("--after", help=say("이 시각 이후 접수", "Submitted then or later"))] = None,
    before: Annotated[datetime | None, typer.Option("--before", help=say("이 시각 이전 접수", "Submitted earlier"))] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help=say("가장 많이 보일 수", "Most jobs to list"))] = 20,
    as_json: Json = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> int:
    """List jobs."""
    if label:
        pairs("--label", [label])
    with connect(url, api_key) as client:
        listing = client.list(states=state, kinds=kind, label=label, created_after=after, created_before=before, page_size=min(limit, 200))
        found = list(itertools.islice(listing, limit))
    if as_json:
        write_json({"jobs": [as_data(job) for job in found]})
        return Exit.OK
    table = Table(box=None, pad_edge=False)
    headings = (say("작업", "Job"), say("종류", "Kind"), say("상태", "State"), say("접수", "Submitted"), say("이름", "Name"))
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading is not headings[-1])
    for job in found:
        created = job.create_time.ToDatetime(UTC).astimezone().strftime("%Y-%m-%d %H:%M") if job.HasField("create_time") else ""
        name = JobKind.Name(job.kind).removeprefix("JOB_KIND_").lower()
        shown = state_name(job.state) + (f" {job.progress.fraction:.0%}" if job.state == JOB_STATE_RUNNING else "")
        cells = (job.id, name, shown, created, job.display_name)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    if found:
        out.print(table)
    else:
        err.print(say("작업이 없습니다.", "There are no jobs."))
    return Exit.OK


def watch(job: JobId, output: Output = None, as_json: Json = False, url: Url = None, api_key: ApiKey = None) -> int:
    """Watch a job to its end."""
    with connect(url, api_key) as client:
        return follow(client, client.get(job), output=output, as_json=as_json)


def cancel(job: JobId, as_json: Json = False, url: Url = None, api_key: ApiKey = None) -> int:
    """Cancel a job."""
    with connect(url, api_key) as client:
        asked = client.cancel(job)
    if as_json:
        write_json({"job": as_data(asked)})
    else:
        out.print(f"{asked.id} · {state_name(asked.state)}" + (say(" · 취소 요청됨", " · cancelling") if asked.cancel_requested else ""))
    return Exit.OK


def retry(job: JobId, output: Output = None, detach: Detach = False, as_json: Json = False, url: Url = None, api_key: ApiKey = None) -> int:
    """Retry a job."""
    with connect(url, api_key) as client:
        again = client.retry(job)
        if detach:
            return submitted(again, as_json=as_json, client=client)
        return follow(client, again, output=output, as_json=as_json, after=again.last_event)


def publish(
    job: JobId,
    case_id: Annotated[
        str,
        typer.Option(
            "--case-id",
            metavar="ID",
            help=say(
                "실종 사건 번호. 사진의 이름이 됩니다. 사람 이름은 쓰지 마십시오 (없으면 라벨 missing_case, 그것도 없으면 작업 번호)",
                "Id of the case, which names the picture; never a person's name (without: the label missing_case, else the job's id)",
            ),
            show_default=False,
        ),
    ] = "",
    artifact: Annotated[
        str, typer.Option("--artifact", metavar="NAME", help=say("공개할 그림", "Picture to publish"), show_default=False)
    ] = "",
    as_json: Json = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> int:
    """Publish a job's picture."""
    with connect(url, api_key) as client:
        published = client.publish(job, case_id=case_id, artifact=artifact)
    if as_json:
        write_json(as_data(published))
        return Exit.OK
    out.print(plain(published.url))
    if published.HasField("expire_time"):
        until = published.expire_time.ToDatetime(UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        err.print(say(f"이 주소는 {until}까지 열립니다.", f"The address works until {until}."))
    return Exit.OK


def delete(job: JobId, as_json: Json = False, url: Url = None, api_key: ApiKey = None) -> int:
    """Delete a job."""
    with connect(url, api_key) as client:
        client.delete(job)
    if as_json:
        write_json({"deleted": job})
    else:
        out.print(say(f"{job} 작업과 결과를 모두 지웠습니다.", f"{job} and everything it made are erased."))
    return Exit.OK


def register(app: typer.Typer) -> None:
    """Add these commands."""
    add = app.command
    add(
        "jobs",
        rich_help_panel=PANEL,
        help=say(
            "작업을 최근 것부터 보여 줍니다. 예: dasibom jobs --state failed",
            "Lists jobs, newest first. Example: dasibom jobs --state failed",
        ),
    )(jobs)
    add(
        "watch",
        rich_help_panel=PANEL,
        help=say("작업을 끝까지 지켜보고 결과를 저장합니다.", "Watches a job to its end, and saves what it made."),
    )(watch)
    add("cancel", rich_help_panel=PANEL, help=say("작업을 취소합니다.", "Cancels a job."))(cancel)
    add("retry", rich_help_panel=PANEL, help=say("실패했거나 취소된 작업을 다시 실행합니다.", "Runs a failed or cancelled job again."))(
        retry
    )
    add(
        "publish",
        rich_help_panel=PANEL,
        help=say(
            "작업의 그림 하나를 공개하고 그 주소(aiImageUrl에 넣을 값)를 알려 줍니다. 예: dasibom publish jb_… --case-id 1024",
            "Publishes one picture of a job, and says its address, fit for aiImageUrl. Example: dasibom publish jb_… --case-id 1024",
        ),
    )(publish)
    add("delete", rich_help_panel=PANEL, help=say("작업과 그 결과를 지웁니다.", "Erases a job and everything it made."))(delete)
