"""The commands about the service: its models and its health."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from dasibom.command.exits import Exit
from dasibom.command.options import ApiKey, Json, Url, connect
from dasibom.command.terminal import COMMAND, as_data, out, plain, write_json
from dasibom.language import say
from dasibom.model.v1.model_service_pb2 import (
    MODEL_STATE_FAILED,
    MODEL_STATE_LOADING,
    MODEL_STATE_READY,
    MODEL_STATE_UNLOADED,
    Model,
    ModelState,
)
from dasibom.orchestrator.v1.status_pb2 import HEALTH_STATE_UNHEALTHY, HealthState, ServiceModels

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


_All = Annotated[
    bool,
    typer.Option("--all", "-a", help=say("쓸 수 없는 모델도 이유와 함께 보여 줍니다", "Also those that cannot be used, with the reasons")),
]
_PLACES = {MODEL_STATE_READY: 0, MODEL_STATE_LOADING: 1, MODEL_STATE_FAILED: 2, MODEL_STATE_UNLOADED: 3}


def models(everything: _All = False, as_json: Json = False, url: Url = None, api_key: ApiKey = None) -> int:
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
        for model in sorted(service.models, key=lambda model: (not model.is_default, _PLACES.get(model.state, len(_PLACES)))):
            if everything or not _is_out_of_use(model):
                table.add_row(*_row(service.service, model))
    out.print(table)
    if not everything:
        _tell_unusable(services)
    return Exit.OK


def _is_out_of_use(model: Model) -> bool:
    """Whether something keeps a model from being loaded that nobody has asked for yet."""
    return model.state == MODEL_STATE_UNLOADED and bool(model.failure) and not model.is_default


def _row(service: str, model: Model) -> list[Text]:
    name = f"{model.name} *" if model.is_default else model.name
    state = _name(ModelState.Name(model.state).removeprefix("MODEL_STATE_"))
    calls = say(f" (호출 {model.calls_in_progress}건)", f" ({model.calls_in_progress} calls)") if model.calls_in_progress else ""
    cells = [Text(plain(cell)) for cell in (service, name, state + calls, model.device, model.licence)]
    # A reason is read to its end; what a model is and can do has its place in the documents.
    note = Text(plain(model.failure)) if model.failure else Text(plain(model.description), no_wrap=True, overflow="ellipsis")
    return [*cells, note]


def _tell_unusable(services: Sequence[ServiceModels]) -> None:
    names = {service.service: [model.name for model in service.models if _is_out_of_use(model)] for service in services}
    if not any(names.values()):
        return
    heading = say("지금은 쓸 수 없는 모델", "Not to be used as things are")
    out.print(f"\n{heading} ({COMMAND} models --all):")
    for service, unusable in names.items():
        if unusable:
            out.print(plain(f"  {service}: {', '.join(unusable)}"))


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
