"""What may not leave stays; what goes wrong at the proxy is told in words that help, without its secrets."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import numpy as np
import pytest

from services.common import imaging
from services.common.backend import Unsupported
from services.common.errors import InvalidRequest, ServiceError
from services.common.outside import OutsideBusy, OutsideDeclined, OutsideForbidden, OutsideUnavailable, OutsideUnusable
from services.diffusion.backends.midjourney.backend import MidjourneyBackend
from tests.conftest import free_ports
from tests.outside.midjourney_proxy import SECRET, MidjourneyProxy, status
from tests.unit.diffusion_midjourney.conftest import PHOTO, backend_of, task


def refusal(backend: MidjourneyBackend, **options: Any) -> ServiceError:
    """The error that a request ends with."""
    with pytest.raises(ServiceError) as caught:
        backend.generate([task(**options)])
    return caught.value


def load_refusal(proxy: MidjourneyProxy, **settings: Any) -> ServiceError:
    """The error that loading ends with."""
    with pytest.raises(ServiceError) as caught:
        backend_of(proxy, **settings).load()
    return caught.value


def test_nothing_is_sent_until_the_operator_allows_it(proxy: MidjourneyProxy) -> None:
    error = load_refusal(proxy, allow_external=False)
    assert isinstance(error, OutsideForbidden)
    assert str(error) == "descriptions of people would leave the cluster; to allow that, set DASIBOM_ALLOW_EXTERNAL=true"


@pytest.mark.parametrize(("url", "words"), [("", "DASIBOM_MIDJOURNEY_URL is not set"), ("host:80", "DASIBOM_MIDJOURNEY_URL must be")])
def test_a_proxy_address_that_is_missing_or_wrong_is_named(proxy: MidjourneyProxy, url: str, words: str) -> None:
    assert words in str(load_refusal(proxy, midjourney_url=url))


def test_a_proxy_that_is_not_there_is_unavailable(proxy: MidjourneyProxy) -> None:
    (port,) = free_ports(1)
    error = load_refusal(proxy, midjourney_url=f"http://127.0.0.1:{port}")
    assert isinstance(error, OutsideUnavailable)
    assert str(port) not in error.message


def test_a_refused_secret_is_told_by_its_setting_and_never_shown(
    proxy: MidjourneyProxy, backend: MidjourneyBackend, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy.behavior.secret = "another-secret"
    for error in (load_refusal(proxy, midjourney_secret=SECRET), refusal(backend)):
        assert isinstance(error, OutsideUnusable)
        assert "DASIBOM_MIDJOURNEY_SECRET" in error.message
        assert SECRET not in "".join(traceback.format_exception(error)) + caplog.text


def test_pictures_stay_unless_the_operator_allows_them(proxy: MidjourneyProxy) -> None:
    backend = backend_of(proxy)
    backend.load()
    error = refusal(backend, init_image=PHOTO)
    assert isinstance(error, OutsideForbidden)
    assert "DASIBOM_MIDJOURNEY_FACES=true" in error.message
    assert not proxy.submitted
    assert len(backend.generate([task()])[0]) == 1, "words alone are drawn"
    backend.unload()


def test_a_picture_that_may_not_leave_keeps_its_whole_batch_from_being_sent(proxy: MidjourneyProxy) -> None:
    backend = backend_of(proxy)
    backend.load()
    with pytest.raises(OutsideForbidden):
        backend.generate([task(), task(init_image=PHOTO)])
    assert not proxy.submitted
    backend.unload()


def test_a_mask_is_refused_with_models_that_can_fill_it(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    with pytest.raises(Unsupported, match="sdxl or flux"):
        backend.generate([task(init_image=PHOTO, mask=np.zeros((2000, 1000), np.uint8))])
    assert not proxy.submitted


def test_a_banned_prompt_is_the_requests_fault_and_says_which_word(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    proxy.behavior.submits = [{"code": 24, "description": "banned prompt: blood", "properties": {"bannedWord": "blood"}}]
    error = refusal(backend)
    assert isinstance(error, InvalidRequest)
    assert error.reason == "PROMPT_BANNED"
    assert "blood" in error.message
    assert error.field_violations[0][0] == "prompt"


def test_a_full_queue_is_told_with_a_time_to_try_again(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    proxy.behavior.submits = [{"code": 23, "description": "queue full"}]
    error = refusal(backend)
    assert isinstance(error, OutsideBusy)
    assert error.retry_after == 30
    assert len(proxy.submitted) == 1


@pytest.mark.parametrize(
    "answer", [{"code": 3, "description": "no account at 10.0.0.7"}, {"code": 1}, {"code": None}, {}, {"code": [1], "result": "1"}]
)
def test_an_answer_that_accepts_nothing_is_an_error(proxy: MidjourneyProxy, backend: MidjourneyBackend, answer: dict) -> None:
    proxy.behavior.submits = [answer]
    error = refusal(backend)
    assert isinstance(error, OutsideUnusable)
    assert "10.0.0.7" not in error.message


def test_a_failure_says_why_without_addresses(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    proxy.behavior.steps = [status("FAILURE", "50%", failReason="[Job failed] see http://10.0.0.7/log\nfor more")]
    error = refusal(backend)
    assert isinstance(error, OutsideDeclined)
    assert error.message == "Midjourney did not draw this: [Job failed] see … for more"


@pytest.mark.parametrize("step", [500, ""])
def test_a_task_that_the_proxy_never_finds_again_is_given_up(proxy: MidjourneyProxy, backend: MidjourneyBackend, step: object) -> None:
    proxy.behavior.steps = [step]
    assert isinstance(refusal(backend), OutsideUnavailable)
    assert len(proxy.looks["1"]) == 5


def test_a_submit_that_fails_is_not_sent_twice(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    proxy.behavior.submits = [502]
    assert isinstance(refusal(backend), OutsideUnavailable)
    assert len(proxy.submitted) == 1


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "ftp://host/x", "http://user@host/x", "", "http://[", "https://u:p@h/x"]
)
def test_a_picture_is_fetched_by_https_or_from_the_proxy_and_from_nowhere_else(
    proxy: MidjourneyProxy, backend: MidjourneyBackend, address: str
) -> None:
    proxy.behavior.steps = [status("SUCCESS", "100%", imageUrl=address)]
    error = refusal(backend)
    assert isinstance(error, OutsideUnusable)
    assert "address of the picture" in error.message


def test_an_address_below_the_proxys_own_is_fetched(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    proxy.behavior.steps = [status("SUCCESS", "100%", imageUrl="/images/1.png")]
    assert len(backend.generate([task()])[0]) == 1


def test_what_is_no_picture_is_refused(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    proxy.behavior.picture = b"<html>"
    assert "cannot be read" in refusal(backend).message
    proxy.behavior.media_type = "text/html"
    assert isinstance(refusal(backend), OutsideUnavailable)
    proxy.behavior.media_type, proxy.behavior.picture_status = "image/png", 302
    assert "status 302" in refusal(backend).message


def test_a_picture_without_end_is_not_taken_into_memory(proxy: MidjourneyProxy, backend: MidjourneyBackend) -> None:
    proxy.behavior.picture = bytes(imaging.DEFAULT_LIMITS.max_bytes + 1)
    assert "more than 33,554,432 bytes" in refusal(backend).message


@pytest.mark.parametrize("step", [["a list"], "words", None])
def test_what_is_no_proxy_is_refused(proxy: MidjourneyProxy, backend: MidjourneyBackend, step: object) -> None:
    proxy.behavior.steps = [step]
    error = refusal(backend)
    assert isinstance(error, OutsideUnusable)
    assert "DASIBOM_MIDJOURNEY_URL" in error.message
