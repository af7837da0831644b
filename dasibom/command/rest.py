"""A few calls of the REST interface with nothing but the standard library, as any program in any language would make them."""

# ruff: noqa: S310 - the address is that of a gateway which this program has started

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dasibom.command.exits import CommandError, Exit
from dasibom.language import say

_SECONDS = 60
# A proxy that the environment names is not for this machine's own addresses.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _open(request: urllib.request.Request) -> Any:
    try:
        return _opener.open(request, timeout=_SECONDS)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode("utf-8", "replace")
        raise CommandError(f"HTTP {error.code}: {text}", Exit.FAILED) from None
    except OSError as error:
        unreachable = say(f"{request.full_url}에 연결할 수 없습니다", f"{request.full_url} cannot be reached")
        raise CommandError(f"{unreachable}: {error}", Exit.UNREACHABLE) from None


def upload(url: str, picture: Path) -> dict[str, Any]:
    """POST /api/v1/upload with a file's bytes; answers the File."""
    name = urllib.parse.urlencode({"fileName": picture.name})
    request = urllib.request.Request(f"{url}/api/v1/upload?{name}", picture.read_bytes(), {"content-type": "image/jpeg"})
    with _open(request) as answer:
        return dict(json.load(answer))


def post(url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST JSON; answers JSON."""
    request = urllib.request.Request(f"{url}{path}", json.dumps(body).encode(), {"content-type": "application/json"})
    with _open(request) as answer:
        return dict(json.load(answer))


def get(url: str, path: str) -> bytes:
    """GET the bytes there."""
    with _open(urllib.request.Request(f"{url}{path}")) as answer:
        return bytes(answer.read())


def events(url: str, job: str) -> Iterator[dict[str, Any]]:
    """A job's events by SSE, from the first to the last."""
    request = urllib.request.Request(f"{url}/api/v1/jobs/{job}/events", headers={"accept": "text/event-stream"})
    with _open(request) as stream:
        for line in stream:
            if line.startswith(b"data:"):
                yield json.loads(line.removeprefix(b"data:"))
