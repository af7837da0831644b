"""Events as Server-Sent Events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.json_format import MessageToJson

from dasibom.orchestrator.v1.job_pb2 import JobEvent

_NAMES = {"state_change": "state", "progress": "progress", "artifact": "artifact", "notice": "notice"}
_CONTENT_TYPE = "text/event-stream; charset=utf-8"


def opening() -> HttpBody:
    """What a stream begins with: its type, and how soon a browser should come back after a cut."""
    return HttpBody(content_type=_CONTENT_TYPE, data=b"retry: 1000\n\n")


def frame(event: JobEvent) -> HttpBody:
    """One event."""
    data = MessageToJson(event, indent=None, ensure_ascii=False)
    text = f"id: {event.number}\nevent: {_NAMES[event.WhichOneof('event') or 'notice']}\ndata: {data}\n\n"
    return HttpBody(content_type=_CONTENT_TYPE, data=text.encode())


def keepalive() -> HttpBody:
    """A comment, so that nobody on the way takes the silence for a dead line."""
    return HttpBody(content_type=_CONTENT_TYPE, data=b": keep-alive\n\n")
