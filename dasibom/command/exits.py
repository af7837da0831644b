"""How the command ends: statuses that scripts may rely on, and one way to say what went wrong."""

from __future__ import annotations

import errno
from enum import IntEnum
from typing import Any

from dasibom.client import (
    DasibomError,
    DeadlineExceeded,
    Internal,
    ResourceExhausted,
    Unavailable,
    Unimplemented,
)
from dasibom.command.korean import explain
from dasibom.language import LANGUAGE, say


class Exit(IntEnum):
    """Exit statuses."""

    OK = 0
    FAILED = 1  # the job failed, or the service or the mesh broke
    BAD_INPUT = 2  # of the command line, a file, or a request that the service refuses
    UNREACHABLE = 3  # no service answers, or it has no room now
    CANCELLED = 4  # the job was cancelled
    INTERRUPTED = 130  # Ctrl-C; the job goes on


EXPLAINED = say(
    "종료 코드: 0 성공 · 1 작업 실패 · 2 잘못된 입력 · 3 서비스에 연결할 수 없음 · 4 취소됨 · 130 중단함(작업은 계속 실행)",
    "Exit status: 0 done · 1 job failed · 2 bad input · 3 service not reachable · 4 cancelled · 130 interrupted, the job goes on",
)


class CommandError(Exception):
    """The command cannot go on; the message says why, and what to do."""

    def __init__(self, message: str, exit_status: Exit = Exit.BAD_INPUT) -> None:
        """End with a message and a status."""
        super().__init__(message)
        self.message = message
        self.exit_status = exit_status


def exit_status_of(error: DasibomError) -> Exit:
    """The status that an error of the service ends the command with."""
    if isinstance(error, Unavailable | DeadlineExceeded | ResourceExhausted):
        return Exit.UNREACHABLE
    if isinstance(error, Internal | Unimplemented) or type(error) is DasibomError:
        return Exit.FAILED
    return Exit.BAD_INPUT


def describe(error: DasibomError, *, of_job: bool = False) -> str:
    """An error of the service for people: what, where in the request, and what to quote when reporting it.

    Args:
        error: what the service told.
        of_job: it is a job's own, which speaks the job's language already.
    """
    lines = [error.message]
    if LANGUAGE == "ko" and not of_job and (korean := explain(error)):
        lines = [korean, f"  {error.message}"]
    # The message tells the first of them already.
    lines += [f"  {field}: {description}" for field, description in error.field_violations if description not in error.message]
    if error.reference:
        lines.append(say(f"참조 번호: {error.reference}", f"Reference: {error.reference}"))
    return "\n".join(lines)


def describe_os_error(error: OSError) -> str:
    """What the operating system refuses, for people."""
    match error:
        case FileNotFoundError():
            reason = say("파일이나 폴더가 없습니다", "there is no such file or folder")
        case PermissionError():
            reason = say("권한이 없습니다", "permission denied")
        case IsADirectoryError():
            reason = say("폴더입니다. 파일을 지정하십시오", "this is a folder; name a file")
        case FileExistsError() | NotADirectoryError():
            reason = say("같은 이름의 파일이 있습니다", "a file has this name")
        case OSError(errno=errno.ENOSPC):
            reason = say("디스크에 남은 공간이 없습니다", "no space is left on the disk")
        case _:
            reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def error_document(error: DasibomError) -> dict[str, Any]:
    """The same for programs."""
    violations = [{"field": field, "description": description} for field, description in error.field_violations]
    document = {"code": error.code.name, "reason": error.reason, "message": error.message, "metadata": error.metadata}
    return {"error": document | ({"fieldViolations": violations} if violations else {})}
