"""A small Midjourney proxy. Its Midjourney paints four areas, each of a color of its own."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from services.common import imaging
from tests.outside.web_server import Handler, WebServer

CELL_COLORS = ((220, 30, 30), (30, 220, 30), (30, 30, 220), (220, 220, 30))
SECRET = "proxy-test-secret-0123"


def grid(width: int = 96, height: int = 128) -> bytes:
    """A 2×2 grid, PNG; width and height are of one picture in it."""
    pixels = np.zeros((2 * height, 2 * width, 3), np.uint8)
    for index, color in enumerate(CELL_COLORS):
        top, left = height * (index // 2), width * (index % 2)
        pixels[top : top + height, left : left + width] = color
    return imaging.encode(pixels)


def status(name: str, progress: str = "", **more: Any) -> dict[str, Any]:
    """A task as the proxy tells of it."""
    return {"id": "1", "action": "IMAGINE", "status": name, "progress": progress, "imageUrl": None, "failReason": None, **more}


@dataclass
class Behavior:
    """How the proxy answers; tests change it."""

    secret: str = ""
    submits: list[Any] = field(default_factory=list)  # answers to submits that come first; an int is a status
    # What a task goes through, a step a look; its last step lasts. An int is an HTTP status, "" an empty answer.
    steps: list[Any] = field(
        default_factory=lambda: [
            status("NOT_START"),
            status("SUBMITTED", "0%"),
            status("IN_PROGRESS", "37%"),
            status("IN_PROGRESS", "93%"),
            status("SUCCESS", "100%", imageUrl="{address}/images/grid.png"),
        ]
    )
    picture: bytes = field(default_factory=grid)
    media_type: str = "image/png"
    picture_status: int = 200
    picture_pause: float = 0.0  # seconds before the picture
    cut: bool = False  # the picture breaks off


class _ProxyHandler(Handler):
    def do_POST(self) -> None:
        owner: MidjourneyProxy = self.server.owner
        body = self.read_json()
        if self._is_refused():
            return
        assert self.path == "/mj/submit/imagine"
        with owner.lock:
            owner.submitted.append(body)
            answer = owner.behavior.submits.pop(0) if owner.behavior.submits else {"code": 1, "description": "ok", "result": None}
        if isinstance(answer, int):
            self.send_json(answer, {})
            return
        if answer.get("code") in (1, 21, 22) and "result" in answer and answer["result"] is None:
            answer = {**answer, "result": str(len(owner.submitted))}
        self.send_json(200, answer)

    def do_GET(self) -> None:
        owner: MidjourneyProxy = self.server.owner
        if self.path.startswith("/images/"):
            self._send_picture(owner)
            return
        if self._is_refused():
            return
        task = self.path.removeprefix("/mj/task/").removesuffix("/fetch")
        if task == "0":
            self.send(200, b"", "application/json")
            return
        with owner.lock:
            looks = owner.looks.setdefault(task, [])
            looks.append(time.monotonic())
            step = owner.behavior.steps[min(len(looks), len(owner.behavior.steps)) - 1]
        if isinstance(step, int):
            self.send_json(step, {})
        elif step == "":
            self.send(200, b"", "application/json")
        elif not isinstance(step, dict):
            self.send_json(200, step)
        else:
            self.send_json(200, {**step, "imageUrl": (step.get("imageUrl") or "").replace("{address}", owner.address) or None})

    def _send_picture(self, owner: MidjourneyProxy) -> None:
        behavior = owner.behavior
        owner.picture_headers.append(dict(self.headers.items()))
        if self.caller_left_within(behavior.picture_pause):
            self.close_connection = True
            return
        if behavior.cut:
            self.send_response(200)
            self.send_header("Content-Type", behavior.media_type)
            self.send_header("Content-Length", str(len(behavior.picture)))
            self.end_headers()
            self.wfile.write(behavior.picture[: len(behavior.picture) // 2])
            behavior.cut = False
            self.break_off()
            return
        self.send(behavior.picture_status, behavior.picture, behavior.media_type, {"Location": "http://127.0.0.1:9/"})

    def _is_refused(self) -> bool:
        secret = self.server.owner.behavior.secret
        if secret and self.headers.get("mj-api-secret") != secret:
            self.send_json(401, {"code": 4, "description": f"bad secret {self.headers.get('mj-api-secret')}"})
            return True
        return False


class MidjourneyProxy(WebServer):
    """The proxy."""

    handler: ClassVar[type[Handler]] = _ProxyHandler

    def __init__(self) -> None:
        self.behavior = Behavior()
        self.submitted: list[dict[str, Any]] = []
        self.looks: dict[str, list[float]] = {}  # when each task was looked at, seconds
        self.picture_headers: list[dict[str, str]] = []
        self.lock = threading.Lock()
