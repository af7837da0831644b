"""The commands about the service: its models and its health."""

from __future__ import annotations

import typer
from rich.table import Table
from rich.text import Text

from dasibom.command.exits import Exit
from dasibom.command.options import ApiKey, Json, Url, connect
from dasibom.command.terminal import as_data, out, plain, write_json
from dasibom.language import say
from dasibom.model.v1.model_service_pb2 import ModelState
from dasibom.orchestrator.v1.status_pb2 import HEALTH_STATE_UNHEALTHY, HealthState

PANEL = say("서비스", "Service")
_NAMES = {
    "HEALTHY": say("정상", "healthy"),
    "DEGRADED": say("일부 이상", "degraded"),
    "UNHEALTHY": say("이상", "unhealthy"),
    "UNLOADED": say("읽지 않음", "not loaded"),
    "LOADING": say("읽는 중", "loading"),
    "READY": say("준비됨", "ready"),
    "FAILED": say("실패", "failed"),
}


def models(as_json: Json = False, url: Url = None, api_key: ApiKey = None) -> int:
    """List models."""
    with connect(url, api_key) as client:
        services = client.models()
    if as_json:
        write_json({"services": [as_data(service) for service in services]})
        return Exit.OK
    table = Table(box=None, pad_edge=False)
    for heading in (
        say("서비스", "Service"),
        say("모델", "Model"),
        say("상태", "State"),
        say("장치", "Device"),
        say("라이선스", "Licence"),
        "",
    ):
        table.add_column(heading, overflow="fold")
    for service in services:
        if not service.reachable:
            unreachable = say("연결할 수 없음", "not reachable")
            table.add_row(service.service, "", unreachable, "", "", Text(plain(service.failure)))
        for model in service.models:
            state = _name(ModelState.Name(model.state).removeprefix("MODEL_STATE_"))
            name = f"{model.name} *" if model.is_default else model.name
            cells = (service.service, name, state, model.device, model.licence, model.failure or model.description)
            table.add_row(*(Text(plain(cell)) for cell in cells))
    out.print(table)
    return Exit.OK


def health(as_json: Json = False, url: Url = None, api_key: ApiKey = None) -> int:
    """Show how well each part works."""
    with connect(url, api_key) as client:
        answer = client.health()
    if as_json:
        write_json(as_data(answer))
    else:
        table = Table(box=None, pad_edge=False)
        for heading in (say("구성 요소", "Part"), say("상태", "State"), "ms", ""):
            table.add_column(heading, overflow="fold")
        for part in answer.components:
            cells = (part.name, _health_name(part.state), f"{part.latency.ToMicroseconds() / 1000:.0f}", part.message)
            table.add_row(*(Text(plain(cell)) for cell in cells))
        out.print(table)
        out.print(f"{_health_name(answer.state)} · {answer.version}")
    return Exit.FAILED if answer.state == HEALTH_STATE_UNHEALTHY else Exit.OK


def _health_name(state: HealthState.ValueType) -> str:
    return _name(HealthState.Name(state).removeprefix("HEALTH_STATE_"))


def _name(state: str) -> str:
    return _NAMES.get(state, state)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("models", rich_help_panel=PANEL, help=say("모든 서비스의 모델을 보여 줍니다.", "Lists every model of every service."))(
        models
    )
    app.command("health", rich_help_panel=PANEL, help=say("각 구성 요소의 상태를 보여 줍니다.", "Shows how well each part works."))(health)
