"""Take the results of the former scripts, from folders and S3 buckets, into the job history.

    python scripts/migrate_data.py outputs/ test_results/ --dry-run
    python scripts/migrate_data.py --bucket seoul-ht-06-dasibom --bucket dasibom-ai-results --region us-west-1 --report migration.json

The history and the storage are those of the orchestrator's settings, `DASIBOM_DATABASE_URL` and `DASIBOM_STORAGE_URL`. A source is only
read: nothing there is changed or deleted. Every run becomes one job, whole or not at all, and once: interrupted or killed, the same command
goes on where it was.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from migration.bucket import BucketSource
from migration.folder import FolderSource
from migration.importer import Fate, Importer
from migration.leavings import Leavings
from migration.own import own_addresses
from migration.report import Report
from migration.runs import Unknown, group
from migration.source import Source, SourceUnavailable
from pydantic import ValidationError

from dasibom.language import say
from services.common.errors import ServiceError
from services.orchestrator.history import DatabaseUnavailable, History, NotMigrated, demand_migrated
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.storage import Storage, open_storage

_FAILED, _INTERRUPTED = 1, 130


class Refused(Exception):
    """The migration cannot begin; the message says why, for people."""


def main() -> int:
    """Run the command; returns the exit status."""
    arguments = parse()
    report = Report(dry_run=arguments.dry_run)
    try:
        status = asyncio.run(migrate(arguments, report))
    except (Refused, SourceUnavailable) as error:
        _complain(str(error))
        return _FAILED
    except ServiceError as error:
        _complain(error.message)
        status = _FAILED
    for line in report.lines():
        print(line)
    if arguments.report:
        report.write(arguments.report)
        print(say(f"보고서: {arguments.report}", f"Report: {arguments.report}"))
    if report.interrupted:
        _complain(say("중단했습니다. 같은 명령을 다시 실행하면 이어서 합니다.", "Interrupted; the same command goes on from here."))
    return status


def parse(line: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line, or `line`; exits with status 2 when it is wrong."""
    arguments = _parser().parse_args(line)
    if not arguments.sources and not arguments.bucket:
        _parser().error(say("폴더, s3:// 주소 또는 --bucket을 하나 이상 주십시오.", "give a folder, an s3:// address or --bucket."))
    if arguments.report and not arguments.report.absolute().parent.is_dir():
        _parser().error(
            say(f"--report: {arguments.report.parent} 폴더가 없습니다.", f"--report: there is no folder {arguments.report.parent}.")
        )
    return arguments


async def migrate(arguments: argparse.Namespace, report: Report) -> int:
    """Migrate what the arguments name; returns the exit status.

    Raises:
        Refused: the settings or the history do not allow it.
        SourceUnavailable: a source cannot be listed.
        ServiceError: the database or the storage is out of reach.
    """
    settings = await _settings()
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(_interruption())
        history = History.open(settings.database_url)
        stack.push_async_callback(history.close)
        storage = None if arguments.dry_run else _storage(settings)
        if storage is not None:
            stack.push_async_callback(storage.close)
            await storage.check()
            await Leavings(history, storage).sweep()
        retention = timedelta(days=settings.retention_days) if settings.retention_days else None
        importer = Importer(history, storage, zone=arguments.timezone, retention=retention)
        for source in _sources(arguments):
            if not stop.is_set():
                await _take_all(source, importer, report, stop, arguments.limit)
    report.interrupted = stop.is_set()
    return _INTERRUPTED if report.interrupted else _FAILED if report.failed else 0


@contextmanager
def _interruption() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C or SIGTERM sets: then the run at hand is the last one. A second Ctrl-C does not wait for its end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    signals = (signal.SIGINT, signal.SIGTERM)
    for each in signals:
        loop.add_signal_handler(each, interrupt)
    try:
        yield stop
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


async def _take_all(source: Source, importer: Importer, report: Report, stop: asyncio.Event, limit: int | None) -> None:
    files = await asyncio.to_thread(lambda: list(source.list()))
    runs, unknown = group(files, await asyncio.to_thread(own_addresses, source, files))
    report.files += len(files)
    report.recognized += len(runs)
    report.not_understood += [*unknown, *(Unknown(address=source.name, reason=str(error)) for error in source.unread)]
    _tell(say(f"{source.name}: 파일 {len(files)}개, 실행 {len(runs)}건", f"{source.name}: {len(files)} files, {len(runs)} runs"))
    for number, run in enumerate(runs, start=1):
        if stop.is_set() or (limit is not None and report.fates[Fate.MIGRATED] >= limit):
            return
        try:
            done = await importer.take(run, source)
        except SourceUnavailable as error:
            report.fail(run, str(error))
            _complain(str(error))
            continue
        report.add(done)
        if done.fate is Fate.MIGRATED:
            _tell(f"[{number}/{len(runs)}] {run.layout.key} {run.address} → {done.job or say('(시험 실행)', '(dry run)')}")


async def _settings() -> OrchestratorSettings:
    """The orchestrator's settings, whose history is there and up to date."""
    try:
        settings = OrchestratorSettings()
        await demand_migrated(settings.database_url)
    except ValidationError as error:
        names = ", ".join(f"DASIBOM_{'_'.join(map(str, each['loc'])).upper()}" for each in error.errors())
        raise Refused(say(f"설정이 잘못되었습니다: {names}", f"These settings are not valid: {names}")) from None
    except ValueError as error:
        raise Refused(f"DASIBOM_DATABASE_URL: {error}") from None
    except NotMigrated:
        raise Refused(
            say(
                "DASIBOM_DATABASE_URL의 데이터베이스에 이 버전의 작업 이력이 없습니다. API나 작업자를 한 번 실행하면 준비됩니다.",
                "The database of DASIBOM_DATABASE_URL has no job history of this version; start the API or a worker once, which makes it.",
            )
        ) from None
    except DatabaseUnavailable:
        raise Refused(
            say("DASIBOM_DATABASE_URL의 데이터베이스에 연결할 수 없습니다.", "The database of DASIBOM_DATABASE_URL cannot be reached.")
        ) from None
    return settings


def _storage(settings: OrchestratorSettings) -> Storage:
    try:
        return open_storage(settings.storage_url, endpoint_url=settings.s3_endpoint_url, region=settings.s3_region)
    except ValueError as error:
        raise Refused(f"DASIBOM_STORAGE_URL: {error}") from None


def _sources(arguments: argparse.Namespace) -> list[Source]:
    places: dict[str, str] = {"endpoint_url": arguments.endpoint_url, "region": arguments.region}
    sources: list[Source] = []
    for given in arguments.sources:
        if given.startswith("s3://"):
            bucket, _, prefix = given.removeprefix("s3://").partition("/")
            sources.append(BucketSource(bucket, prefix, **places))
        else:
            sources.append(FolderSource(Path(given).expanduser()))
    return [*sources, *(BucketSource(bucket, arguments.prefix, **places) for bucket in arguments.bucket)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=say(
            "예전 스크립트의 결과(폴더, S3)를 작업 이력으로 옮깁니다. 원래 파일은 읽기만 하고 바꾸거나 지우지 않습니다.",
            "Take the results of the former scripts (folders, S3) into the job history. Sources are only read, never changed or deleted.",
        )
    )
    add = parser.add_argument
    add("sources", nargs="*", metavar="SOURCE", help=say("결과 폴더 또는 s3://버킷/접두사", "folder of results, or s3://bucket/prefix"))
    add(
        "--bucket",
        action="append",
        default=[],
        help=say(
            "--prefix 아래를 읽을 버킷(여러 번 가능): seoul-ht-06-dasibom, 그 전의 dasibom-ai-results",
            "bucket to read below --prefix, may be repeated: seoul-ht-06-dasibom, and dasibom-ai-results before it",
        ),
    )
    add("--prefix", default="cases/", help=say("--bucket에서 읽을 접두사 (기본 cases/)", "prefix in each --bucket (default cases/)"))
    add("--endpoint-url", default="", help=say("원본 S3 서버 (AWS가 아닐 때)", "S3 server of the sources, when it is not AWS"))
    add("--region", default="", help=say("원본 버킷의 리전", "region of the sources"))
    add(
        "--timezone",
        type=_zone,
        default="Asia/Seoul",
        help=say("결과에 적힌 시각의 시간대 (기본 Asia/Seoul)", "zone of the times in the results (default Asia/Seoul)"),
    )
    add("--limit", type=_count, help=say("이번에 옮길 최대 실행 수", "most runs to migrate this time"))
    add("--dry-run", action="store_true", help=say("읽고 세기만 하고 아무것도 쓰지 않음", "read and count everything, write nothing"))
    add(
        "--report", type=Path, metavar="FILE", help=say("보고서 파일 (.json이면 JSON)", "file for the report; JSON when it ends with .json")
    )
    add("--lang", choices=("ko", "en"), help=say("메시지 언어", "language of messages"))
    return parser


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(say(f"{name!r}은(는) 시간대가 아닙니다.", f"{name!r} is no time zone.")) from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(say("1 이상의 수를 주십시오.", "give a number of 1 or more."))
    return int(text)


def _tell(text: str) -> None:
    print(text.encode("utf-8", "replace").decode(), flush=True)


def _complain(text: str) -> None:
    print(text.encode("utf-8", "replace").decode(), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
