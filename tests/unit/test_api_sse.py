"""Events as Server-Sent Events, read back by the rules of the WHATWG."""

from __future__ import annotations

import pytest
from google.protobuf.json_format import Parse

from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_FAILED, JobEvent, JobProgress, Notice, StateChange
from services.orchestrator.api import sse


def read(stream: bytes) -> list[dict[str, str]]:
    """What a browser makes of a stream."""
    blocks = stream.decode().split("\n\n")
    assert blocks.pop() == "", "every block is ended by an empty line"
    return [dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":")) for block in blocks]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("state", JobEvent(state_change=StateChange(state=JOB_STATE_FAILED, attempt=2))),
        ("progress", JobEvent(progress=JobProgress(step="describe", message="사진을 살펴봅니다", fraction=0.25))),
        ("artifact", JobEvent(artifact=Artifact(name="montage_01.png"))),
        ("notice", JobEvent(notice=Notice(reason="TEST", message="first line\nsecond\r\n\r\ndata: x\u2028id: 7"))),
    ],
)
def test_an_event_is_one_block_with_its_number_its_kind_and_itself_as_json(name: str, event: JobEvent) -> None:
    event.number, event.job = 12, "jb_1"
    body = sse.frame(event)
    assert body.content_type.startswith("text/event-stream")
    (block,) = read(body.data)
    assert (block["id"], block["event"], set(block)) == ("12", name, {"id", "event", "data"})
    assert Parse(block["data"], JobEvent()) == event


def test_a_stream_opens_with_a_reconnection_time_and_keepalives_are_no_events() -> None:
    assert read(sse.opening().data) == [{"retry": "1000"}]
    assert read(sse.keepalive().data) == [{}]
    assert sse.keepalive().data.startswith(b":")
