"""Licences of the models to download: shown, and accepted or not."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Collection, Iterable

from dasibom.command.exits import CommandError, Exit
from dasibom.command.terminal import err, out
from dasibom.language import say
from services.common.backend import ModelSpec


def show(specs: Iterable[ModelSpec]) -> None:
    """One paragraph a licence: its name, whether it allows commercial use, where to read it, which models have it."""
    for licence, models in _by_licence(specs).items():
        commercial = all(spec.commercial_use for spec in models)
        use = say("상업적 이용 가능", "commercial use allowed") if commercial else say("상업적 이용 불가", "no commercial use")
        err.print(f"{say('라이선스', 'Licence')}: {licence} ({use})")
        for url in sorted({spec.licence_url for spec in models if spec.licence_url}):
            err.print(f"  {url}")
        err.print(f"  {say('모델', 'Models')}: {', '.join(spec.name for spec in models)}")


def require(specs: Iterable[ModelSpec], accepted: Collection[str]) -> None:
    """Have every licence accepted: by name beforehand, or by whoever sits at the terminal.

    Args:
        specs: the models to download.
        accepted: names of licences, in any case.

    Raises:
        CommandError: one is not.
    """
    known = {name.casefold() for name in accepted}
    open_ones = [licence for licence in _by_licence(specs) if licence.casefold() not in known]
    if open_ones and not sys.stdin.isatty():
        flags = " ".join(f"--accept {shlex.quote(licence)}" for licence in open_ones)
        message = say(
            f"라이선스에 동의해야 받을 수 있습니다. 읽고 나서 덧붙이십시오: {flags}   (모두 동의: --accept-all)",
            f"The licences have to be accepted first. Read them, then add: {flags}   (for all of them: --accept-all)",
        )
        raise CommandError(message, Exit.BAD_INPUT)
    for licence in open_ones:
        answer = err.input(say(f"{licence}에 동의합니까? [y/N] ", f"Do you accept {licence}? [y/N] "), markup=False)
        if answer.strip().casefold() not in {"y", "yes", "예", "네"}:
            raise CommandError(
                say(f"{licence}에 동의하지 않아 받지 않았습니다.", f"{licence} is not accepted; nothing is fetched."), Exit.BAD_INPUT
            )


def tell_setting(specs: Iterable[ModelSpec], already: str) -> None:
    """Say which variable lets the services load models whose licence forbids commercial use.

    Args:
        specs: the downloaded models.
        already: the variable's value so far.
    """
    named = [part.strip() for part in already.split(",") if part.strip()]
    new = sorted({spec.licence for spec in specs if not spec.commercial_use} - set(named))
    if new:
        err.print(say("서비스가 이 모델을 쓰려면 다음 변수가 필요합니다:", "For the services to load these models, set:"))
        out.print(f"DASIBOM_ACCEPTED_LICENCES={shlex.quote(','.join([*named, *new]))}")


def _by_licence(specs: Iterable[ModelSpec]) -> dict[str, list[ModelSpec]]:
    table: dict[str, list[ModelSpec]] = {}
    for spec in specs:
        table.setdefault(spec.licence, []).append(spec)
    return table
