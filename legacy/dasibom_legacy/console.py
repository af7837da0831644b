"""Closing lines, errors and exit status."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

from dasibom.client import DasibomError
from dasibom.command.exits import describe
from dasibom.language import say
from dasibom_legacy import mesh, settings
from dasibom_legacy.errors import LegacyError

INTERRUPTED = 130


def close_with_urls(case_id: str, urls: Mapping[str, str], *, before_urls: str = "") -> None:
    """The closing lines of a case: its id, and where each result is.

    Args:
        case_id: of the run.
        urls: by key.
        before_urls: one more line, after the id.
    """
    print("🎉 처리 완료!")
    print(f"📋 케이스 ID: {case_id}")
    if before_urls:
        print(before_urls)
    print("🔗 S3 결과 URL들:")
    for key, url in urls.items():
        print(f"  - {key}: {url}")


def run_script(main: Callable[[], int | None]) -> NoReturn:
    """Run a script's `main` and end the process.

    0 is done, 1 failed, 2 a wrong command line (argparse), 130 interrupted. With `DASIBOM_LEGACY_EXIT_ZERO=1` a failure ends with the
    status that it ended with formerly. Whatever was started is stopped.

    Args:
        main: gives the exit status; None is 0. Raises `LegacyError` for what people should read.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)  # a terminal without emoji costs the emoji, not the run
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    former = 0
    try:
        status = main() or 0
    except LegacyError as error:
        print(f"❌ {error.message}")
        status, former = 1, error.former_status
    except DasibomError as error:
        print(f"❌ {describe(error)}")
        status = 1
    except KeyboardInterrupt:
        print(say("⚠️  중단했습니다.", "⚠️  Interrupted."))
        status = INTERRUPTED
    finally:
        mesh.disconnect()
    if status == 1 and settings.exit_zero():
        status = former
    sys.exit(status)
