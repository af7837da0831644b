"""Options that several commands have."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Optional

import typer

from dasibom.client import Client, RunOptions, Unavailable
from dasibom.command.exits import CommandError, Exit
from dasibom.command.terminal import COMMAND
from dasibom.language import LANGUAGE, say
from dasibom.local.errors import MeshError
from dasibom.local.home import Home
from dasibom.local.state import MeshState

_SERVICE = say("서비스", "Service")
_RUN = say("실행 방법", "How it is run")

Url = Annotated[
    Optional[str],  # noqa: UP045 - what typer reads
    typer.Option(
        "--url",
        envvar="DASIBOM_URL",
        help=say("서비스 주소. 없으면 이 컴퓨터의 메시", "Address of the service; this machine's mesh without"),
        rich_help_panel=_SERVICE,
        show_default=False,
    ),
]
ApiKey = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--api-key", envvar="DASIBOM_API_KEY", help=say("API 키", "API key"), rich_help_panel=_SERVICE, show_default=False),
]
Json = Annotated[
    bool, typer.Option("--json", help=say("JSON 문서 하나를 표준 출력에 씁니다", "Write one JSON document to standard output"))
]
Output = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--output",
        "-o",
        help=say("결과를 저장할 폴더 [기본: outputs/<작업>]", "Folder for the results [default: outputs/<job>]"),
        show_default=False,
    ),
]
Detach = Annotated[bool, typer.Option("--detach", "-d", help=say("접수만 하고 기다리지 않습니다", "Submit only, do not wait"))]
Seed = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(
        "--seed",
        min=0,
        max=2**32 - 1,
        help=say("난수 시드", "Seed of everything drawn by chance"),
        rich_help_panel=_RUN,
        show_default=False,
    ),
]
Models = Annotated[
    list[str],
    typer.Option(
        "--model",
        metavar="SERVICE=MODEL",
        help=say("서비스별 모델, 예: diffusion=composite", "Model of a service, such as diffusion=composite"),
        rich_help_panel=_RUN,
        show_default=False,
    ),
]
Name = Annotated[str, typer.Option("--name", help=say("작업 이름", "A name for the job"), rich_help_panel=_RUN, show_default=False)]
Labels = Annotated[
    list[str],
    typer.Option("--label", metavar="KEY=VALUE", help=say("작업 라벨", "A label for the job"), rich_help_panel=_RUN, show_default=False),
]
JobId = Annotated[str, typer.Argument(metavar="JOB", help=say("작업 번호 (jb_…)", "Job id (jb_…)"), show_default=False)]


@contextlib.contextmanager
def connect(url: str | None, api_key: str | None) -> Iterator[Client]:
    """Within: a client of the service that is meant: the given one, else this machine's mesh, else this machine's port 8080.

    Raises:
        CommandError: the address is none, or nobody answers there.
    """
    try:
        client = Client(url or _local_url(), api_key=api_key)
    except (ValueError, OSError) as error:
        raise CommandError(str(error)) from None
    with client:
        try:
            yield client
        except Unavailable as error:
            if error.reason:  # the service itself says why
                raise
            raise CommandError(_unreachable(client.address.url), Exit.UNREACHABLE) from None


def _unreachable(url: str) -> str:
    return say(
        f"{url}에 연결할 수 없습니다.\n"
        f"  이 컴퓨터에서 시작하기:  {COMMAND} up   (저장소 폴더에서는 make up)\n"
        "  다른 서버에 연결하기:    --url host:port 또는 DASIBOM_URL",
        f"{url} cannot be reached.\n"
        f"  Start it on this machine:  {COMMAND} up   (make up in a checkout)\n"
        "  Use another server:        --url host:port or DASIBOM_URL",
    )


def _local_url() -> str | None:
    try:
        state = MeshState.load(Home.find())
    except MeshError:  # a client alone
        return None
    return state.url if state else None


def run_options(*, seed: int | None, models: list[str], name: str, labels: list[str]) -> RunOptions:
    """How a case is run, from options of the command line."""
    options = RunOptions(language=LANGUAGE, models=pairs("--model", models), display_name=name, labels=pairs("--label", labels))
    if seed is not None:
        options["seed"] = seed
    return options


def pairs(option: str, texts: list[str]) -> dict[str, str]:
    """`name=value` texts as a dictionary.

    Raises:
        CommandError: one is not of that form.
    """
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise CommandError(say(f"{option} {text!r}: '이름=값' 모양으로 쓰십시오", f"{option} {text!r}: write it as name=value"))
        found[key] = value
    return found
