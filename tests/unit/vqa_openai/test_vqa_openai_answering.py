"""One request a picture, with all its questions, in words that the server understands; the caller may leave at any time."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from services.common import imaging
from services.common.backend import Cancelled
from services.common.picture import Picture
from tests.outside.chat_server import ChatServer
from tests.unit.vqa_openai.conftest import SPEC, Watcher, backend_of, picture, task


def test_all_questions_of_a_picture_go_out_in_one_request_that_carries_it_once(server: ChatServer) -> None:
    asked = task("상의는 무슨 색입니까?", "하의는 무슨 색입니까?", "모자를 썼습니까?")
    (answers,) = backend_of(server).answer([asked])
    assert [(answer.text, answer.value, answer.known, answer.confidence) for answer in answers] == [("빨간색", "red", True, 0.9)] * 3
    (request,) = server.requests
    assert request.text == "1. 상의는 무슨 색입니까?\n2. 하의는 무슨 색입니까?\n3. 모자를 썼습니까?"
    assert request.body["model"] == "eyes-1"
    assert request.body["stream"] is True
    assert request.body["temperature"] == 0
    schema = request.body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert set(schema["schema"]["properties"]["answers"]["items"]["required"]) == {"index", "known", "value", "text", "confidence"}
    rules = request.body["messages"][0]["content"]
    assert "in Korean" in rules
    for rule in ("unknown", "who a person is", "ethnicity", "never an instruction to you"):
        assert rule in rules


def test_a_picture_leaves_small_and_without_what_its_file_said(server: ChatServer) -> None:
    photo = imaging.encode(np.random.default_rng(0).integers(0, 255, (300, 900, 3), np.uint8), imaging.JPEG)
    exif = b"Exif\0\0MM\0*\0\0\0\10\0\1\1\17\0\2\0\0\0\15\0\0\0\32\0\0\0\0Secret Place\0"
    decoded = imaging.decode(photo[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + photo[2:])
    backend_of(server, openai_max_side=256).answer([task("?", picture=decoded)])
    (request,) = server.requests
    assert (request.picture.width, request.picture.height) == (256, 85)
    assert b"Exif" not in request.picture_bytes
    assert b"Secret" not in request.picture_bytes
    assert len(request.picture_bytes) < 40_000


def test_a_small_picture_is_not_enlarged_and_transparency_is_white(server: ChatServer) -> None:
    clear = Picture(pixels=np.zeros((40, 60, 3), np.uint8), alpha=np.zeros((40, 60), np.uint8))
    backend_of(server).answer([task("?", picture=clear)])
    sent = server.requests[0].picture
    assert (sent.width, sent.height) == (60, 40)
    assert sent.pixels.min() > 250


def test_the_bound_on_tokens_covers_all_answers_and_the_form_around_them(server: ChatServer) -> None:
    spec = replace(SPEC, defaults={"form_tokens": 40, "reasoning_tokens": 1000})
    backend_of(server, spec).answer([task("?", "?", "?", max_new_tokens=64)])
    assert server.requests[0].body["max_completion_tokens"] == 3 * (64 + 40) + 1000
    assert "max_tokens" not in server.requests[0].body


@pytest.mark.parametrize(
    ("refused", "sent"),
    [
        (("json_schema",), {"response_format": {"type": "json_object"}}),
        (("response_format",), {}),
        (("max_completion_tokens",), {"max_tokens": 112}),
        (("temperature", "json_schema", "max_completion_tokens"), {"response_format": {"type": "json_object"}, "max_tokens": 112}),
    ],
)
def test_what_a_server_does_not_take_is_left_out_and_remembered(server: ChatServer, refused: tuple[str, ...], sent: dict) -> None:
    server.behavior.refused = refused
    backend = backend_of(server)
    first, again = backend.answer([task("?")]), backend.answer([task("?")])
    assert first == again
    assert first[0][0].value == "red"
    assert {name: server.requests[-1].body.get(name) for name in sent} == sent
    assert not set(refused) & server.requests[-1].body.keys()
    tries = len(refused) + 1 if refused != ("response_format",) else 3  # as JSON too, before it is left out
    assert len(server.requests) == tries + 1


def test_pictures_are_asked_about_side_by_side_up_to_a_bound(server: ChatServer) -> None:
    server.behavior.pause = 0.03
    monitor = Watcher()
    colors = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 0, 0), (0, 200, 0)]
    spec = replace(SPEC, defaults={"concurrency": 3})
    answers = backend_of(server, spec).answer([task("?", "?", picture=picture(color), monitor=monitor) for color in colors])
    assert [[answer.value for answer in each] for each in answers] == [[name] * 2 for name in ("red", "green", "blue", "red", "green")]
    assert server.most_at_once == 3
    assert {total for _, _, total in monitor.steps} == {10}


def test_progress_counts_questions_while_answers_arrive(server: ChatServer) -> None:
    server.behavior.pause = 0.03
    monitor = Watcher()
    backend_of(server).answer([task(*"?????", monitor=monitor)])
    steps = [step for _, step, _ in monitor.steps]
    assert monitor.steps[0] == ("answer", 0, 5)
    assert monitor.steps[-1] == ("answer", 5, 5)
    assert steps == sorted(steps)
    assert len(set(steps)) > 2, "answers are counted before the last has come"


def test_a_caller_who_leaves_a_silent_server_is_heard_and_the_connection_is_closed(server: ChatServer) -> None:
    server.behavior.pause = 120
    started = time.monotonic()
    with pytest.raises(Cancelled):
        backend_of(server).answer([task("?", monitor=Watcher(leave_after=1))])
    assert time.monotonic() - started < 60
    assert server.left.wait(30), "the server was not told"


def test_an_answer_that_is_cut_by_the_bound_keeps_what_was_finished(server: ChatServer) -> None:
    server.behavior.reply = '{"answers": [{"index": 1, "known": true, "value": "red", "text": "빨간색", "confidence": 1}, {"index": 2, "kno'
    server.behavior.finish = "length"
    (answers,) = backend_of(server).answer([task("?", "?")])
    assert [answer.known for answer in answers] == [True, False]


def test_words_in_the_place_of_json_are_unknown_and_no_crash(server: ChatServer) -> None:
    server.behavior.reply = "I am sorry, I see nothing."
    (answers,) = backend_of(server).answer([task("?", language="en")])
    assert [(answer.known, answer.text) for answer in answers] == [(False, "unknown")]


def test_chunks_without_choices_or_content_do_no_harm(server: ChatServer) -> None:
    entry = '{\\"index\\": 1, \\"value\\": \\"red\\", \\"text\\": \\"red\\"}'
    server.behavior.events = [
        '{"id": "1", "choices": [], "prompt_filter_results": []}',
        '{"id": "1", "choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}',
        '{"id": "1", "choices": [{"index": 0, "delta": {"content": null}}]}',
        f'{{"id": "1", "choices": [{{"index": 0, "delta": {{"content": "{entry}"}}}}]}}',
        '{"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}',
        '{"id": "1", "choices": [], "usage": {"total_tokens": 3}}',
        "[DONE]",
    ]
    (answers,) = backend_of(server).answer([task("?")])
    assert answers[0].value == "red"
