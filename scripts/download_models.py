"""Download the weights of models: `python scripts/download_models.py --list`, then names or `--profile`.

Every file is checked against the manifest (services/models.toml) or against what its publisher's server states, before it gets its name.
A run that ends early, for whatever reason, is gone on with by running it again.
"""

from __future__ import annotations

import asyncio
import difflib
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal, Optional

import typer
import typer.rich_utils
from downloads import licences, report
from downloads.display import Display
from downloads.errors import DownloadError
from downloads.fetch import Fetch, require_room, room_for
from downloads.lock import held
from downloads.plan import Item, absent, by_hand, files_of, items_of
from downloads.settings import DownloadSettings
from pydantic import ValidationError
from typer.exceptions import TyperException

from dasibom.command.exits import CommandError, Exit, describe_os_error
from dasibom.command.korean import usage
from dasibom.command.terminal import err, plain
from dasibom.language import LANGUAGE, say
from services.common import manifest
from services.common.backend import ModelSpec
from services.common.download_record import DownloadRecord
from services.common.errors import ServiceError

ALL = "all"  # the profile of every model there is something to download for

_CHOICE = say("모델 고르기", "Which models")
_LICENCE = say("라이선스", "Licences")
_EPILOG = say(
    "중단된 다운로드는 같은 명령을 다시 실행하면 이어받습니다. 미러: DASIBOM_HUB_ENDPOINT, DASIBOM_GITHUB_ENDPOINT. "
    "접근 제한 저장소: HF_TOKEN. 종료 코드: 0 성공 · 1 실패 · 2 잘못된 입력이나 동의하지 않은 라이선스 · 130 중단함",
    "A download that was interrupted goes on when the same command runs again. Mirrors: DASIBOM_HUB_ENDPOINT, DASIBOM_GITHUB_ENDPOINT. "
    "Gated repositories: HF_TOKEN. Exit status: 0 done · 1 failed · 2 bad input, or a licence not accepted · 130 interrupted",
)


def download(
    names: Annotated[
        Optional[list[str]],  # noqa: UP045 - what typer reads
        typer.Argument(metavar=say("모델", "MODEL"), help=say("모델 이름", "Names of models"), show_default=False),
    ] = None,
    profile: Annotated[
        str,
        typer.Option(
            "--profile", metavar="NAME", help=say("모델 묶음 (all: 전부)", "A set of models (all: every one)"), rich_help_panel=_CHOICE
        ),
    ] = "",
    show_list: Annotated[
        bool,
        typer.Option(
            "--list", help=say("모델과 묶음을 보여 주고 마칩니다", "Show the models and profiles, and end"), rich_help_panel=_CHOICE
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=say("받을 파일과 크기만 보여 줍니다", "Only show the files to fetch, and their sizes"))
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help=say("있는 파일을 다시 확인만 합니다", "Only check again what is there")),
    ] = False,
    accept: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--accept",
            metavar="LICENCE",
            help=say("이 라이선스에 동의합니다 (여러 번 가능)", "Accept this licence (may be repeated)"),
            rich_help_panel=_LICENCE,
            show_default=False,
        ),
    ] = None,
    accept_all: Annotated[
        bool,
        typer.Option(
            "--accept-all",
            help=say("고른 모델의 모든 라이선스에 동의합니다", "Accept the licences of all chosen models"),
            rich_help_panel=_LICENCE,
        ),
    ] = False,
    weights_dir: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--weights-dir",
            metavar="DIR",
            help=say("저장할 폴더 [기본: DASIBOM_WEIGHTS_DIR 또는 weights]", "Where to put them [default: DASIBOM_WEIGHTS_DIR or weights]"),
            show_default=False,
        ),
    ] = None,
    lang: Annotated[
        Literal["ko", "en"],
        typer.Option("--lang", envvar="DASIBOM_LANG", help=say("한국어(ko) 또는 영어(en)", "Korean (ko) or English (en)")),
    ] = LANGUAGE,
) -> int:
    """Read the command line, and do what it says. The language was chosen before the help was written."""
    settings = DownloadSettings()
    folder = weights_dir or settings.weights_dir
    try:
        known = [spec for specs in manifest.services(settings.models_file).values() for spec in specs]
        profiles = manifest.profiles(settings.models_file) | {ALL: tuple(spec.name for spec in known if files_of(spec))}
    except ValueError as error:
        raise CommandError(str(error)) from None
    if show_list:
        report.list_models(settings.models_file, folder)
        return Exit.OK
    specs = _chosen(known, names or [], profile, profiles)
    if verify:
        return report.verify(specs, folder)
    accepted = _accepted(specs, accept or [], accept_all)
    try:
        return _run(specs, folder, settings, accepted=accepted, dry_run=dry_run)
    except KeyboardInterrupt:
        raise CommandError(
            say("중단했습니다. 다시 실행하면 이어받습니다.", "Interrupted. Run it again to go on."), Exit.INTERRUPTED
        ) from None


def _run(specs: list[ModelSpec], folder: Path, settings: DownloadSettings, *, accepted: set[str], dry_run: bool) -> int:
    with ExitStack() as locks:
        if not dry_run:
            for spec in specs:
                if files_of(spec):
                    locks.enter_context(held(folder / spec.name))
        records = {folder / spec.name: _record(folder / spec.name) for spec in specs}
        items = [item for spec in specs for item in items_of(spec, folder / spec.name) if absent(item, records[item.folder])]
        needing = [spec for spec in specs if any(item.spec is spec for item in items) or report.misses_by_hand(spec, folder)]
        licences.show(needing)
        if dry_run:
            return asyncio.run(
                _look(Fetch(settings=settings.model_copy(update={"download_attempts": 1}), records=records), items, specs, folder)
            )
        licences.require(needing, accepted)
        for path, record in records.items():
            if record.files:  # what was found there already
                record.write(path)
        return asyncio.run(_fetch(Fetch(settings=settings, records=records), items, specs, folder))


async def _look(fetch: Fetch, items: list[Item], specs: list[ModelSpec], folder: Path) -> int:
    async with fetch:
        report.dry_run(specs, items, await fetch.offers(items), folder)
    return Exit.OK


async def _fetch(fetch: Fetch, items: list[Item], specs: list[ModelSpec], folder: Path) -> int:
    async with fetch:
        offers = await fetch.offers(items)
        fetch.failures += [f"{item.label}: {offer}" for item, offer in offers.items() if isinstance(offer, DownloadError)]
        wanted = [item for item in items if not isinstance(offers.get(item), DownloadError)]
        require_room(folder, sum(room_for(item, report.size_of(item, offers)) for item in wanted))
        with Display() as display:
            await fetch.all(wanted, display)
    by_hand_missing = [
        spec for spec in specs if by_hand(spec) and not report.check_by_hand(spec, fetch.records[folder / spec.name], folder)
    ]
    failed = {failure.partition("/")[0] for failure in fetch.failures} | {spec.name for spec in by_hand_missing}
    for failure in fetch.failures:
        err.print(plain(failure), style="red")
    report.summary(specs, items, failed)
    licences.tell_setting([spec for spec in specs if files_of(spec) and spec.name not in failed], fetch.settings.accepted_licences)
    return Exit.FAILED if failed else Exit.OK


def _chosen(known: list[ModelSpec], names: list[str], profile: str, profiles: Mapping[str, tuple[str, ...]]) -> list[ModelSpec]:
    by_name = {spec.name: spec for spec in known}
    if profile and profile not in profiles:
        raise CommandError(
            say(f"{profile} 묶음은 없습니다. 있는 것: ", f"There is no profile {profile}; there are: ") + ", ".join(profiles)
        )
    wanted = dict.fromkeys([*names, *profiles.get(profile, ())])
    if not wanted:
        raise CommandError(say("모델 이름이나 --profile을 지정하십시오. 목록: --list", "Name models or a --profile; --list shows them"))
    for name in wanted:
        if name not in by_name:
            close = difflib.get_close_matches(name, by_name, 1)
            hint = say(f" 혹시 {close[0]}입니까?", f" Did you mean {close[0]}?") if close else ""
            raise CommandError(say(f"{name} 모델은 없습니다. 목록: --list.", f"There is no model {name}; --list shows them.") + hint)
    return [by_name[name] for name in wanted]


def _accepted(specs: list[ModelSpec], named: list[str], accept_all: bool) -> set[str]:
    licences_of_specs = {spec.licence for spec in specs}
    if accept_all:
        return licences_of_specs
    for name in named:
        if name.casefold() not in {licence.casefold() for licence in licences_of_specs}:
            there = ", ".join(sorted(licences_of_specs))
            raise CommandError(
                say(
                    f"고른 모델에 {name} 라이선스는 없습니다. 있는 것: {there}",
                    f"No chosen model has the licence {name}; they have: {there}",
                )
            )
    return set(named)


def _record(folder: Path) -> DownloadRecord:
    """The record so far; one that cannot be understood is begun anew, so that every file is checked again."""
    try:
        return DownloadRecord.read(folder)
    except ValueError:
        return DownloadRecord()


def main() -> int:
    """Run the command; answers the exit status."""
    if LANGUAGE == "ko":
        typer.rich_utils.ARGUMENTS_PANEL_TITLE = "인자"
        typer.rich_utils.OPTIONS_PANEL_TITLE = "옵션"
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]})
    about = say("모델의 가중치를 받아 확인하고 저장합니다.", "Fetches the weights of models, checks them and puts them in their places.")
    app.command(help=about, epilog=_EPILOG)(download)
    try:
        return int(typer.main.get_command(app).main(prog_name="download_models.py", standalone_mode=False) or Exit.OK)
    except (
        CommandError,
        DownloadError,
        ServiceError,
        TyperException,
        ValidationError,
        OSError,
        KeyboardInterrupt,
        typer.Abort,
    ) as error:
        message, status = _explain(error)
        err.print(plain(message), style="red")
        return status


def _explain(error: BaseException) -> tuple[str, Exit]:
    match error:
        case CommandError():
            return error.message, error.exit_status
        case TyperException():
            return say(usage(error.format_message()), error.format_message()), Exit.BAD_INPUT
        case ValidationError():
            problems = (f"DASIBOM_{problem['loc'][0]}".upper() + f": {problem['msg']}" for problem in error.errors())
            return "; ".join(problems), Exit.BAD_INPUT
        case DownloadError() | ServiceError():
            return str(error), Exit.FAILED
        case OSError():
            return describe_os_error(error), Exit.FAILED
        case _:
            return say("중단했습니다.", "Interrupted."), Exit.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
