"""A server on this machine that answers as the hub, as GitHub's releases and as the networks behind them do, and misbehaves on demand."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

COMMIT = "0123456789abcdef" * 2 + "01234567"


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]

    @property
    def range(self) -> str:
        return self.headers.get("range", "")


@dataclass
class Published:
    """One file: large ones lie behind a redirection, as at the hub (LFS) and at GitHub."""

    content: bytes
    large: bool = True
    commit: str = COMMIT
    gated: int = 0  # status for whoever brings no token
    sent: bytes = b""  # what is sent instead, when the bytes are forged
    cuts: list[int] = field(default_factory=list)  # the next answers end after so many bytes of theirs
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # status and headers of the next answers
    delay: float = 0.0  # seconds between pieces
    tagged: bool = True  # whether the network behind sends entity tags
    headed: bool = True  # whether the network behind answers HEAD
    sized: bool = True  # whether the network behind tells sizes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def tag(self) -> str:
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"' if self.tagged else ""


class Publisher:
    """Files by their path on the server: `/owner/name/resolve/<revision>/<path>` and `/owner/name/releases/download/<tag>/<file>`."""

    def __init__(self) -> None:
        self.files: dict[str, Published] = {}
        self.requests: list[Request] = []
        self.url = self.network = ""

    def hub(
        self, path: str, content: bytes, *, repository: str = "o/r", revisions: tuple[str, ...] = (COMMIT,), **more: object
    ) -> Published:
        published = Published(content, **more)  # type: ignore[arg-type]
        for revision in revisions:
            self.files[f"/{repository}/resolve/{revision}/{path}"] = published
        return published

    def release(self, path: str, content: bytes, *, repository: str = "o/r", tag: str = "v1", **more: object) -> Published:
        published = Published(content, **more)  # type: ignore[arg-type]
        self.files[f"/{repository}/releases/download/{tag}/{path}"] = published
        return published

    def gets(self, part: str = "/cdn/") -> list[Request]:
        """The requests for bytes, in order."""
        return [request for request in self.requests if request.method == "GET" and part in request.path]

    @contextmanager
    def running(self) -> Iterator[None]:
        publisher = self

        class Handler(_Handler):
            owner = publisher

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.network = f"http://localhost:{server.server_port}"  # another host, so far as a client can tell
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Publisher

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(self.path)
        self.owner.requests.append(Request(self.command, path, {name.lower(): value for name, value in self.headers.items()}))
        behind = path.startswith("/cdn/")
        file = self.owner.files.get(path.removeprefix("/cdn"))
        if file is None:
            self._send(404, {"X-Error-Code": "EntryNotFound"})
        elif not behind and file.gated and "authorization" not in self.owner.requests[-1].headers:
            self._send(file.gated, {"X-Error-Code": "GatedRepo"})
        elif self.command == "HEAD" and behind and not file.headed:
            self._send(405, {})
        elif self.command == "GET" and file.failures and (behind or not file.large):
            self._send(*file.failures.pop(0))
        elif behind or not file.large:
            self._send_bytes(file, {} if behind else self._of_hub(file))
        else:
            self._send(302, self._of_hub(file) | {"Location": f"{self.owner.network}/cdn{self.path}"})

    def _of_hub(self, file: Published) -> dict[str, str]:
        if "/resolve/" not in self.path:
            return {}
        if file.large:
            size, sha256 = str(len(file.content)), file.sha256
            return {"X-Repo-Commit": file.commit, "X-Linked-Size": size, "X-Linked-Etag": f'"{sha256}"'}
        blob = hashlib.sha1(b"blob %d\0" % len(file.content) + file.content, usedforsecurity=False).hexdigest()
        return {"X-Repo-Commit": file.commit, "ETag": f'"{blob}"'}

    def _send_bytes(self, file: Published, headers: dict[str, str]) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range", "")
        start = int(wanted[1]) if wanted and condition in {"", file.tag} else 0
        content = file.sent or file.content
        total = len(content)
        if wanted and start >= total:
            self._send(416, {"Content-Range": f"bytes */{total}"})
            return
        headers = ({"ETag": file.tag} if file.tag else {}) | headers
        if start:
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        if file.sized:
            headers["Content-Length"] = str(total - start)
        else:
            headers["Connection"] = "close"
        self.send_response(206 if start else 200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        rest = content[start:]
        rest, is_cut = (rest[: file.cuts.pop(0)], True) if file.cuts else (rest, not file.sized)
        try:
            for offset in range(0, len(rest), 2**16):
                self.wfile.write(rest[offset : offset + 2**16])
                time.sleep(file.delay)
        except ConnectionError:
            is_cut = True
        self.close_connection = is_cut

    def _send(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": "0"}).items():
            self.send_header(name, value)
        self.end_headers()
