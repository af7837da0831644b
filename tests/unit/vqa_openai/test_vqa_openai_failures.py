"""What goes wrong with the server is told in words that help, and never with the key in them."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from services.common.errors import FailedPrecondition, ServiceError, Unavailable
from services.common.outside import OutsideBusy, OutsideDeclined, OutsideForbidden, OutsideUnavailable, OutsideUnusable
from tests.conftest import free_ports
from tests.outside.chat_server import ChatServer
from tests.unit.vqa_openai.conftest import KEY, backend_of, task


def refusal(server: ChatServer, **settings: Any) -> ServiceError:
    """The error that an answer ends with."""
    with pytest.raises(ServiceError) as caught:
        backend_of(server, **settings).answer([task("?")])
    return caught.value


def load_refusal(server: ChatServer, **settings: Any) -> ServiceError:
    """The error that loading ends with."""
    with pytest.raises(ServiceError) as caught:
        backend_of(server, **settings).load()
    return caught.value


def test_nothing_is_sent_until_the_operator_allows_it(server: ChatServer) -> None:
    error = load_refusal(server, allow_external=False)
    assert isinstance(error, OutsideForbidden)
    assert str(error) == "pictures would leave the cluster; to allow that, set DASIBOM_ALLOW_EXTERNAL=true"
    assert not server.requests


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"openai_base_url": ""}, "DASIBOM_OPENAI_BASE_URL is not set"),
        ({"openai_model": ""}, "DASIBOM_OPENAI_MODEL is not set"),
        ({"openai_base_url": "host/v1"}, "DASIBOM_OPENAI_BASE_URL must be"),
        ({"openai_base_url": "ftp://host/v1"}, "DASIBOM_OPENAI_BASE_URL must be"),
        ({"openai_base_url": "http://user:word@host/v1"}, "DASIBOM_OPENAI_BASE_URL must be"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(server: ChatServer, settings: dict[str, str], named: str) -> None:
    error = load_refusal(server, **settings)
    assert isinstance(error, OutsideUnusable)
    assert named in str(error)
    assert "word" not in str(error)


@pytest.mark.parametrize("models", [["eyes-1", "ears-2"], ["vendor/eyes-1"], ["vendor/*"], [], None])
def test_a_server_that_may_have_the_model_is_loaded(server: ChatServer, models: list[str] | None) -> None:
    server.behavior.models = models
    backend = backend_of(server)
    backend.load()
    assert backend.device == "external"
    assert not server.requests


def test_a_model_that_the_server_does_not_list_is_refused_with_those_there_are(server: ChatServer) -> None:
    error = load_refusal(server, openai_model="eyes-9")
    assert "no model 'eyes-9'" in str(error)
    assert "DASIBOM_OPENAI_MODEL" in str(error)
    assert "eyes-1" in str(error)


def test_what_is_no_such_server_is_refused(server: ChatServer) -> None:
    server.behavior.failures = [(200, "<html>welcome</html>", {"Content-Type": "text/html"})]
    assert "DASIBOM_OPENAI_BASE_URL" in str(load_refusal(server))


def test_the_key_is_sent_where_there_is_one_and_only_there(server: ChatServer) -> None:
    backend_of(server).answer([task("?")])
    server.behavior.key = KEY
    backend_of(server, openai_api_key=KEY).answer([task("?")])
    assert [request.headers.get("authorization") for request in server.requests] == [None, f"Bearer {KEY}"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_by_its_setting_and_never_shown(
    server: ChatServer, status: int, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"error": {"message": f"Incorrect API key provided: {KEY}. See https://internal.example/keys", "code": "invalid_api_key"}}
    server.behavior.failures = [(status, body, {})] * 2
    for error in (load_refusal(server, openai_api_key=KEY), refusal(server, openai_api_key=KEY)):
        assert isinstance(error, FailedPrecondition)
        assert "DASIBOM_OPENAI_API_KEY" in error.message
        shown = "".join(traceback.format_exception(error)) + caplog.text + "".join(capsys.readouterr())
        assert KEY not in shown
        assert "internal.example" not in shown
    assert KEY not in repr(vars(backend_of(server, openai_api_key=KEY)))


STATUSES = [
    (404, {"error": {"message": "The model does not exist"}}, OutsideUnusable, "DASIBOM_OPENAI_MODEL"),
    (413, "too large", OutsideUnusable, "DASIBOM_OPENAI_MAX_SIDE"),
    (400, {"error": {"message": "maximum context length is 4096 tokens"}}, OutsideUnusable, "refused the request"),
    (400, {"error": {"message": "no", "code": "content_policy_violation"}}, OutsideDeclined, "declined"),
    (307, "", OutsideUnusable, "307"),
    (429, {"error": {"message": "slow down"}}, OutsideBusy, "no more requests now"),
    (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, OutsideBusy, "used up"),
    (500, {"error": "boom at /srv/app.py"}, OutsideUnavailable, "status 500"),
    (503, "<html>nginx</html>", OutsideUnavailable, "status 503"),
]


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"), STATUSES, ids=[f"{status}-{kind.__name__}" for status, _, kind, _ in STATUSES]
)
def test_each_failure_has_its_error(server: ChatServer, status: int, body: Any, kind: type[ServiceError], words: str) -> None:
    server.behavior.failures = [(status, body, {"Retry-After": "7", "Location": "http://127.0.0.1:9/"})]
    error = refusal(server)
    assert type(error) is kind
    assert words in error.message
    assert "app.py" not in error.message
    if kind is OutsideUnavailable or words == "no more requests now":
        assert error.retry_after == 7
    if words == "used up":
        assert error.retry_after is None


def test_retry_after_may_be_a_date_or_nonsense(server: ChatServer) -> None:
    said = ["Wed, 01 Jan 2020 00:00:00 GMT", "Wed, 01 Jan 2200 00:00:00 GMT", "soon", "inf", "nan", "-3"]
    server.behavior.failures = [(503, "", {"Retry-After": value}) for value in said]
    assert [refusal(server).retry_after for _ in said] == [0, 3600, 5, 3600, 0, 0]


def test_errors_that_pass_are_tried_again(server: ChatServer) -> None:
    wait = {"Retry-After-Ms": "10"}
    server.behavior.failures = [(429, {}, wait), (500, {}, wait)]
    (answers,) = backend_of(server, openai_max_retries=2).answer([task("?")])
    assert answers[0].known
    server.behavior.failures = [(500, {}, wait)] * 3
    assert isinstance(refusal(server, openai_max_retries=2), OutsideUnavailable)
    assert not server.behavior.failures


def test_a_refused_request_is_not_tried_again(server: ChatServer) -> None:
    server.behavior.failures = [(400, {"error": {"message": "bad picture"}}, {})] * 2
    refusal(server, openai_max_retries=2)
    assert len(server.behavior.failures) == 1


@pytest.mark.parametrize("way", ["refusal", "content_filter"])
def test_a_model_that_declines_is_an_error_and_not_an_unknown(server: ChatServer, way: str) -> None:
    if way == "refusal":
        server.behavior.refusal = "I cannot help with that."
    else:
        server.behavior.reply, server.behavior.finish = "", "content_filter"
    error = refusal(server)
    assert isinstance(error, OutsideDeclined)
    assert error.reason == "EXTERNAL_DECLINED"
    assert "declined" in error.message


@pytest.mark.parametrize("way", ["cut", "ended early", "error event", "no JSON"])
def test_a_stream_that_breaks_is_an_error_that_says_so(server: ChatServer, way: str) -> None:
    behavior = server.behavior
    match way:
        case "cut":
            behavior.cut_after = 2
        case "ended early":
            behavior.reply, behavior.finish = '{"answers": [', None
        case "error event":
            behavior.events = ['{"error": {"message": "CUDA out of memory at 10.0.0.7", "code": 500}}']
        case "no JSON":
            behavior.events = ["this is not JSON"]
    error = refusal(server)
    assert isinstance(error, Unavailable | OutsideUnusable)
    assert "10.0.0.7" not in error.message
    assert "broke off" in error.message or "cannot be read" in error.message


def test_a_server_that_is_not_there_or_silent_is_unavailable(server: ChatServer) -> None:
    (port,) = free_ports(1)
    for error in (
        refusal(server, openai_base_url=f"http://127.0.0.1:{port}/v1"),
        load_refusal(server, openai_base_url=f"http://127.0.0.1:{port}"),
    ):
        assert isinstance(error, OutsideUnavailable)
        assert error.retry_after
        assert str(port) not in error.message
    server.behavior.pause = 30
    assert "0.2 seconds" in refusal(server, openai_timeout_seconds=0.2).message


def test_one_failing_picture_stops_the_others_of_its_batch(server: ChatServer) -> None:
    server.behavior.pause = 60
    server.behavior.failures = [(400, {"error": {"message": "bad picture"}}, {})]
    server.behavior.fails_in_company = True
    with pytest.raises(OutsideUnusable):
        backend_of(server).answer([task("?"), task("?")])
    assert server.left.wait(30)
