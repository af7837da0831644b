"""The commands about the mesh on this machine."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from dasibom.command.exits import CommandError, Exit
from dasibom.command.options import Json
from dasibom.command.terminal import COMMAND, err, out, plain, write_json
from dasibom.language import say
from dasibom.local.home import Home
from dasibom.local.logs import follow, last_lines
from dasibom.local.settings import LocalSettings

PANEL = say("이 컴퓨터의 메시", "Mesh on this machine")


@contextlib.contextmanager
def clean_ending() -> Iterator[None]:
    """Within: being told to end is the same as Ctrl-C, so that what was started is stopped.

    Raises:
        CommandError: that happened.
    """

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        stopped = say("중단했습니다. 시작하던 것은 모두 멈췄습니다.", "Interrupted. What was being started has been stopped.")
        raise CommandError(stopped, Exit.INTERRUPTED) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class StartReport:
    """Tells what a start waits for: a moving line on a terminal, nothing else where nobody looks."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._status = err.status(say("시작하는 중…", "Starting…"))

    def __enter__(self) -> StartReport:
        """Begin to show."""
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was."""
        self._status.stop()

    def __call__(self, waiting_for: str) -> None:
        """Show what is being waited for."""
        seconds = time.monotonic() - self._started
        self._status.update(say(f"시작하는 중 ({seconds:.0f}초): {waiting_for}", f"Starting ({seconds:.0f} s): {waiting_for}"))


def up(
    replicas: Annotated[int, typer.Option(min=1, help=say("모델 서비스마다 실행할 수", "Replicas of each model service"))] = 1,
    apis: Annotated[int, typer.Option(min=1, help=say("API 프로세스 수", "API processes"))] = 1,
    workers: Annotated[int, typer.Option(min=1, help=say("작업 프로세스 수", "Worker processes"))] = 1,
    as_json: Json = False,
) -> int:
    """Start the mesh."""
    from dasibom.local import mesh

    home, settings = Home.find(), LocalSettings.read(replicas=replicas, apis=apis, workers=workers)
    started = time.monotonic()
    with clean_ending(), StartReport() as report:
        state, was_running = mesh.up(home, settings, report)
    if as_json:
        write_json({"url": state.url, "wasRunning": was_running, "home": str(home.root)})
        return Exit.OK
    seconds = time.monotonic() - started
    if was_running:
        out.print(say("이미 실행 중입니다.", "It is running already."))
    else:
        out.print(say(f"메시를 시작했습니다 ({seconds:.1f}초).", f"The mesh is up ({seconds:.1f} s)."))
    out.print(f"  gRPC · REST   {state.url}")
    out.print(f"  {say('상태', 'Health')}          {state.url}/api/v1/health")
    out.print(
        say(
            f"  다음: {COMMAND} case1 samples/cctv_frame.jpg · make status · make down",
            f"  Next: {COMMAND} case1 samples/cctv_frame.jpg · make status · make down",
        )
    )
    return Exit.OK


def down(as_json: Json = False) -> int:
    """Stop the mesh."""
    from dasibom.local import mesh

    with err.status(say("멈추는 중…", "Stopping…")):
        stopped = mesh.down(Home.find())
    if as_json:
        write_json({"stopped": stopped})
    else:
        out.print(say("메시를 멈췄습니다.", "The mesh is down.") if stopped else say("실행 중인 메시가 없습니다.", "No mesh is running."))
    return Exit.OK


def status(as_json: Json = False) -> int:
    """Show each part."""
    from dasibom.local import mesh

    home = Home.find()
    found = mesh.status(home)
    if found is None:
        if as_json:
            write_json({"running": False, "parts": []})
        elif left := mesh.leftovers(home):
            pids = " ".join(map(str, left))
            err.print(
                say(f"supervisor가 죽었고 프로세스가 남아 있습니다: {pids}", f"Supervisor has died and left processes behind: {pids}")
            )
            err.print(say(f"멈추기: {COMMAND} down · 새로 시작: {COMMAND} up", f"Stop them: {COMMAND} down · start anew: {COMMAND} up"))
        else:
            err.print(
                say(
                    f"실행 중인 메시가 없습니다. 시작하기: {COMMAND} up (또는 make up)",
                    f"No mesh is running. Start it: {COMMAND} up (or make up)",
                )
            )
        return Exit.UNREACHABLE
    state, parts = found
    if as_json:
        rows = [
            {
                "name": part.name,
                "state": part.state,
                "pid": part.pid,
                "uptimeSeconds": part.uptime_seconds,
                "healthy": part.healthy,
                "address": part.address,
            }
            for part in parts
        ]
        write_json({"running": True, "url": state.url, "parts": rows})
    else:
        table = Table(box=None, pad_edge=False)
        for heading in (
            say("구성 요소", "Part"),
            say("상태", "State"),
            "PID",
            say("가동 시간", "Uptime"),
            say("정상", "Healthy"),
            say("주소", "Address"),
        ):
            table.add_column(heading, overflow="fold")
        for part in parts:
            healthy = say("예", "yes") if part.healthy else say("아니요", "no")
            uptime = str(timedelta(seconds=int(part.uptime_seconds)))
            table.add_row(part.name, part.state, str(part.pid or "-"), uptime, healthy, part.address)
        out.print(table)
    return Exit.OK if all(part.healthy for part in parts) else Exit.FAILED


def logs(
    part: Annotated[
        str, typer.Argument(metavar="[PART]", help=say("구성 요소. 없으면 모두", "One part; all without"), show_default=False)
    ] = "",
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help=say("처음에 보일 줄 수", "Lines to begin with"))] = 20,
    following: Annotated[bool, typer.Option("--follow", "-f", help=say("새 줄을 계속 보여 줍니다", "Go on with new lines"))] = False,
) -> int:
    """Show logs."""
    home = Home.find()
    known = sorted(log.stem for log in home.logs.glob("*.log") if log.name != "supervisord.start.log")
    if part and part not in known:
        listed = ", ".join(known) or "-"
        raise CommandError(say(f"{part} 로그는 없습니다. 있는 것: {listed}", f"There is no log of {part}. There are: {listed}"))
    if not known:
        raise CommandError(
            say(f"아직 로그가 없습니다. 시작하기: {COMMAND} up", f"There are no logs yet. Start the mesh: {COMMAND} up"), Exit.UNREACHABLE
        )
    chosen = [home.logs / f"{name}.log" for name in ([part] if part else known)]

    def show(log_name: str, line: str) -> None:
        out.print(plain(line) if part else Text.assemble((f"{log_name:<12}", "dim"), plain(line)))

    for log in chosen:
        for line in last_lines(log, lines):
            show(log.stem, line)
    if following:
        with contextlib.suppress(KeyboardInterrupt):
            for log, line in follow(chosen):
                show(log.stem, line)
    return Exit.OK


def register(app: typer.Typer) -> None:
    """Add these commands."""
    add = app.command
    example = say("예: PORT=9000 dasibom up --replicas 2", "Example: PORT=9000 dasibom up --replicas 2")
    add(
        "up",
        rich_help_panel=PANEL,
        help=say(
            "메시 전체를 백그라운드에서 시작하고 준비될 때까지 기다립니다. 주소는 PORT(8080)와 DASIBOM_BIND(127.0.0.1)가 정합니다.",
            "Starts the whole mesh in the background and waits until it works. PORT (8080) and DASIBOM_BIND (127.0.0.1) place the gateway.",
        )
        + f"\n\n{example}",
    )(up)
    add("down", rich_help_panel=PANEL, help=say("메시를 멈춥니다. 남는 프로세스가 없습니다.", "Stops the mesh; no process is left."))(down)
    add("status", rich_help_panel=PANEL, help=say("메시의 구성 요소별 상태를 보여 줍니다.", "Shows each part of the mesh."))(status)
    add("logs", rich_help_panel=PANEL, help=say("로그를 보여 줍니다. 예: dasibom logs vqa -f", "Shows logs. Example: dasibom logs vqa -f"))(
        logs
    )
