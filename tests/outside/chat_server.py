"""A small server of OpenAI's chat protocol. Its model names the main color of the picture that it was sent."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from services.common import imaging
from services.common.picture import Picture
from tests.outside.web_server import Handler, WebServer

COLORS = (("red", "빨간색"), ("green", "초록색"), ("blue", "파란색"))


@dataclass(frozen=True)
class Seen:
    """A chat request as it arrived."""

    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """The user's words."""
        return next(part["text"] for part in self.body["messages"][1]["content"] if part["type"] == "text")

    @property
    def picture_bytes(self) -> bytes:
        (url,) = (part["image_url"]["url"] for part in self.body["messages"][1]["content"] if part["type"] == "image_url")
        head, _, data = url.partition(",")
        assert head == "data:image/jpeg;base64"
        return base64.b64decode(data)

    @property
    def picture(self) -> Picture:
        return imaging.decode(self.picture_bytes)


@dataclass
class Behavior:
    """How the server answers; tests change it."""

    models: list[str] | None = field(default_factory=lambda: ["eyes-1"])  # None: has no list
    key: str = ""
    refused: tuple[str, ...] = ()  # options that it does not take
    failures: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)  # given first: status, body, headers
    fails_in_company: bool = False  # failures wait until another request is being answered
    reply: str | None = None  # in the place of its model's own
    piece: int = 20  # characters a chunk
    pause: float = 0.0  # seconds before every chunk
    cut_after: int | None = None  # chunks
    finish: str | None = "stop"
    refusal: str = ""
    events: list[str] | None = None  # raw SSE data in the place of chunks


class _ChatHandler(Handler):
    def do_GET(self) -> None:
        behavior: Behavior = self.server.owner.behavior
        if self._is_refused():
            return
        if self.path != "/v1/models" or behavior.models is None:
            self.send_json(404, {"detail": "Not Found"})
            return
        self.send_json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in behavior.models]})

    def do_POST(self) -> None:
        owner: ChatServer = self.server.owner
        body = self.read_json()
        if self.path != "/v1/chat/completions":
            self.send_json(404, {"detail": "Not Found"})
            return
        if self._is_refused():
            return
        owner.requests.append(Seen(body, {name.lower(): value for name, value in self.headers.items()}))
        if word := self._unknown_option(body):
            message = f"Invalid parameter: '{word}' is not supported with this model."
            self.send_json(400, {"error": {"message": message, "type": "invalid_request_error", "param": word, "code": None}})
            return
        self._stream(owner, body)

    def _is_refused(self) -> bool:
        owner: ChatServer = self.server.owner
        if owner.behavior.failures:
            status, body, headers = owner.behavior.failures.pop(0)
            if owner.behavior.fails_in_company:
                assert owner.answering.wait(60), "there is no other request"
            self.send_json(status, body, headers)
            return True
        if owner.behavior.key and self.headers.get("Authorization") != f"Bearer {owner.behavior.key}":
            message = f"Incorrect API key provided: {self.headers.get('Authorization')}."
            self.send_json(401, {"error": {"message": message, "code": "invalid_api_key"}})
            return True
        return False

    def _unknown_option(self, body: dict[str, Any]) -> str | None:
        said = {*body, body.get("response_format", {}).get("type", "")}
        return next((word for word in self.server.owner.behavior.refused if word in said), None)

    def _stream(self, owner: ChatServer, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with owner.side_by_side():
            for number, event in enumerate(_events(owner, body)):
                if self.caller_left_within(owner.behavior.pause):
                    owner.left.set()
                    self.close_connection = True
                    return
                if number == owner.behavior.cut_after:
                    self.break_off()
                    return
                data = f"data: {event}\n\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")


def _events(owner: ChatServer, body: dict[str, Any]) -> Iterator[str]:
    behavior = owner.behavior
    if behavior.events is not None:
        yield from behavior.events
        return
    text = behavior.reply if behavior.reply is not None else answer_by_color(Seen(body, {}))
    yield _chunk({"role": "assistant", "content": ""})
    if behavior.refusal:
        yield _chunk({"refusal": behavior.refusal})
    else:
        for start in range(0, len(text), behavior.piece):
            yield _chunk({"content": text[start : start + behavior.piece]})
    if behavior.finish:
        yield _chunk({}, behavior.finish)
        yield "[DONE]"


def answer_by_color(request: Seen) -> str:
    """What the model says: the picture's main color, to every question."""
    pixels = request.picture.pixels.reshape(-1, 3).mean(axis=0)
    value, text = COLORS[int(pixels.argmax())]
    entry = {"known": True, "value": value, "text": text, "confidence": 0.9}
    return json.dumps({"answers": [{"index": number, **entry} for number in range(1, request.text.count("\n") + 2)]}, ensure_ascii=False)


def _chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "eyes-1", "choices": [choice]})


class ChatServer(WebServer):
    """The server."""

    handler: ClassVar[type[Handler]] = _ChatHandler

    def __init__(self) -> None:
        self.behavior = Behavior()
        self.requests: list[Seen] = []
        self.left = threading.Event()  # a caller left before its answer was complete
        self.answering = threading.Event()  # an answer has begun
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    @contextmanager
    def side_by_side(self) -> Iterator[None]:
        """Count a request as running for as long as the context lasts."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self.answering.set()
        with self._lock:
            self._at_once += change
            self.most_at_once = max(self.most_at_once, self._at_once)
