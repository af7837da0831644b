"""Comparing texts with a specification, line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence

MANY = "…"
"""Stands for any number of lines that are values themselves."""


def mismatch(text: str, specification: Sequence[str]) -> str:
    """Where a text leaves its specification; empty when it does not.

    Args:
        text: to check.
        specification: a regular expression a line, or `MANY`.
    """
    lines = text.split("\n")
    at = 0
    for number, pattern in enumerate(specification):
        if pattern == MANY:
            following = specification[number + 1] if number + 1 < len(specification) else None
            while at < len(lines) and not (following is not None and re.fullmatch(following, lines[at])):
                at += 1
        elif at >= len(lines) or not re.fullmatch(pattern, lines[at]):
            return f"line {at + 1}: {lines[at] if at < len(lines) else 'end of text'!r} is not {pattern!r}"
        else:
            at += 1
    return "" if at == len(lines) else f"line {at + 1}: {lines[at]!r} is left over"


def closing(stdout: str) -> tuple[str, dict[str, str]]:
    """Case id and addresses of the closing lines, which have to be exactly as they always were."""
    lines = stdout.splitlines()
    start = lines.index("🎉 처리 완료!")
    assert lines[start + 1].startswith("📋 케이스 ID: ")
    assert lines[start + 2] == "🔗 S3 결과 URL들:"
    urls = {}
    for line in lines[start + 3 :]:
        told = re.fullmatch(r"  - ([a-z0-9_]+): (.+)", line)
        assert told, line
        urls[told[1]] = told[2]
    return lines[start + 1].removeprefix("📋 케이스 ID: "), urls
