"""The `dasibom` command: its pieces put together, and the one place where errors become messages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Literal

import typer
import typer.rich_utils
from typer.exceptions import TyperException

from dasibom.client import DasibomError
from dasibom.command import cases, demo, jobs, mesh, service
from dasibom.command.exits import EXPLAINED, CommandError, Exit, describe, describe_os_error, error_document, exit_status_of
from dasibom.command.korean import usage
from dasibom.command.terminal import COMMAND, err, out, plain, write_json
from dasibom.language import LANGUAGE, say
from dasibom.local.errors import MeshError


def make_app() -> typer.Typer:
    """All commands, with help in the chosen language."""
    if LANGUAGE == "ko":
        typer.rich_utils.ARGUMENTS_PANEL_TITLE = "인자"
        typer.rich_utils.OPTIONS_PANEL_TITLE = "옵션"
        typer.rich_utils.COMMANDS_PANEL_TITLE = "명령"
    about = say(
        "DasiBom: 실종자를 찾는 데 쓰이는 그림과 보고서를 만듭니다. 만들어진 그림은 단서일 뿐 증거가 아닙니다.",
        "DasiBom: makes pictures and reports that help to find missing people. What it makes is a lead, never evidence.",
    )
    start = say(
        "시작하기: dasibom up → dasibom case1 samples/cctv_frame.jpg → dasibom down",
        "To begin: dasibom up → dasibom case1 samples/cctv_frame.jpg → dasibom down",
    )
    app = typer.Typer(
        name="dasibom",
        help=f"{about}\n\n{start}",
        epilog=EXPLAINED,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for part in (cases, jobs, service, mesh, demo):
        part.register(app)
    app.callback()(_common)
    return app


def _show_version(asked: bool) -> None:
    if asked:
        out.print(version("dasibom"))
        raise typer.Exit


def _common(
    lang: Annotated[
        Literal["ko", "en"],
        typer.Option("--lang", envvar="DASIBOM_LANG", help=say("한국어(ko) 또는 영어(en)", "Korean (ko) or English (en)")),
    ] = LANGUAGE,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help=say("버전을 보여 줍니다", "Show the version"))
    ] = False,
) -> None:
    """The language has been chosen already, before the help was written; see `dasibom.language`."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the program."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(given))


def run(arguments: list[str]) -> int:
    """Run the command; answers the exit status."""
    try:
        command = typer.main.get_command(make_app())
        return int(command.main(_language_first(arguments), prog_name="dasibom", standalone_mode=False) or Exit.OK)
    except (DasibomError, CommandError, MeshError, TyperException, OSError, KeyboardInterrupt, typer.Abort) as error:
        message, status = _explain(error)
        if "--json" in arguments:
            write_json(error_document(error) if isinstance(error, DasibomError) else {"error": {"code": status.name, "message": message}})
        if message:
            err.print(message, style="red")
        return status


def _explain(error: BaseException) -> tuple[str, Exit]:
    """What to say about an error, and what to end with."""
    match error:
        case DasibomError():
            message, status = plain(describe(error)), exit_status_of(error)
        case CommandError():
            message, status = plain(error.message), error.exit_status
        case MeshError():
            message, status = plain(str(error)), Exit.FAILED
        case TyperException() if not error.format_message():  # no arguments; the help has been shown
            message, status = "", Exit.BAD_INPUT
        case TyperException():
            english = error.format_message()
            context = getattr(error, "ctx", None)
            named = context.command_path.replace("dasibom", COMMAND, 1) if context else COMMAND
            message = f"{say(usage(english), english)}\n{say('도움말', 'Help')}: {named} --help"
            status = Exit.BAD_INPUT
        case OSError():
            message, status = plain(describe_os_error(error)), Exit.BAD_INPUT
        case _:
            message, status = say("중단했습니다.", "Interrupted."), Exit.INTERRUPTED
    return message, status


def _language_first(arguments: list[str]) -> list[str]:
    """`--lang` may stand anywhere, but typer wants it before the command."""
    rest: list[str] = []
    language: list[str] = []
    position = 0
    while position < len(arguments):
        if arguments[position] == "--lang":
            language += arguments[position : position + 2]
            position += 2
            continue
        (language if arguments[position].startswith("--lang=") else rest).append(arguments[position])
        position += 1
    return language + rest
