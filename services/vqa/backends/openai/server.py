"""The server that answers: how it is called, and what its failures mean to a caller."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx2
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
    Omit,
    OpenAIError,
    Timeout,
)

from services.common.errors import ServiceError
from services.common.outside import OutsideBusy, OutsideDeclined, OutsideUnavailable, OutsideUnusable, demand_address, words_of

logger = logging.getLogger(__name__)

BASE_URL, API_KEY, MODEL, MAX_SIDE = (f"DASIBOM_OPENAI_{name}" for name in ("BASE_URL", "API_KEY", "MODEL", "MAX_SIDE"))

_CONNECT_SECONDS = 10.0
_DECLINED = ("content_filter", "content_policy_violation")  # error codes of moderation before the model is asked
_RETRY_SECONDS = 5.0  # until another try makes sense, where the server does not say
_LONGEST_RETRY = 3600.0  # seconds, whatever the server says


@dataclass(frozen=True, kw_only=True)
class Server:
    """An OpenAI-compatible server and the model that it shall use."""

    base_url: str  # with its version: https://host/v1
    model: str  # by the server's own name
    api_key: str = field(default="", repr=False)  # servers of one's own mostly need none
    timeout: float = 120.0  # seconds that it may keep silent
    max_retries: int = 2  # after errors that pass: 408, 409, 429, 5xx, no connection

    def check(self) -> None:
        """See that nothing is missing.

        Raises:
            OutsideUnusable: a setting is missing or wrong; the message names it.
        """
        demand_address(self.base_url, BASE_URL, "https://host/v1")
        if not self.model:
            raise OutsideUnusable(f"{MODEL} is not set; set it to the model that the server shall use, by the server's own name")

    @property
    def headers(self) -> dict[str, Any]:
        """What each request has to carry: without a key, no header for one."""
        return {} if self.api_key else {"Authorization": Omit()}

    def connect(self) -> AsyncOpenAI:
        """A client, to be closed by the caller. It follows no redirects: a picture goes to the stated server or nowhere."""
        timeout = Timeout(self.timeout, connect=_CONNECT_SECONDS)
        return AsyncOpenAI(
            base_url=self.base_url,
            api_key=self.api_key or "none",  # the library wants one; see `headers`
            timeout=timeout,
            max_retries=self.max_retries,
            http_client=DefaultAsyncHttpxClient(verify=_certificates(), follow_redirects=False, timeout=timeout),
        )

    def explain(self, error: OpenAIError) -> ServiceError:
        """The error that a caller meets in the library's place. What the server said goes to the log, without the key."""
        logger.warning("the server of openai: %s: %s", type(error).__name__, words_of(error, self.api_key))
        if isinstance(error, APIStatusError):
            return self._explain_status(error)
        if isinstance(error, APITimeoutError):
            return OutsideUnavailable(f"the server did not answer within {self.timeout:g} seconds", retry_after=_RETRY_SECONDS)
        if isinstance(error, APIConnectionError):
            return OutsideUnavailable("there is no connection to the server, or it broke off", retry_after=_RETRY_SECONDS)
        return OutsideUnavailable("the server broke off with an error of its own", retry_after=_RETRY_SECONDS)

    def _explain_status(self, error: APIStatusError) -> ServiceError:
        match error.status_code:
            case _ if error.code in _DECLINED:
                return declined()
            case 401 | 403 as status:
                what = f"the server refused the key (status {status}); see {API_KEY}, and what that key may be used for"
            case 404:
                what = f"the server does not know the model or the address; see {MODEL} and {BASE_URL}"
            case 413:
                what = f"the picture is too large for the server; see {MAX_SIDE}"
            case 429 if error.code == "insufficient_quota":
                return OutsideBusy(f"what was paid for at the server is used up; see the account of {API_KEY}")
            case 429:
                return OutsideBusy("the server takes no more requests now; try again later", retry_after=_retry_after(error))
            case status if status >= 500 or status in (408, 409):
                return OutsideUnavailable(f"the server failed (status {status}); try again later", retry_after=_retry_after(error))
            case 400 | 422 as status:
                what = f"the server refused the request (status {status}); fewer questions, shorter answers or another model may help"
            case status:
                what = f"the server answered with status {status}, which is no answer to a chat; see {BASE_URL}"
        return OutsideUnusable(what)


@cache
def _certificates() -> ssl.SSLContext:
    """The certificates that are trusted, read once: a client is made for every batch, and reading takes longer than connecting."""
    return httpx2.create_ssl_context()


def declined() -> OutsideDeclined:
    """The error for a picture or question that the server's rules forbid."""
    return OutsideDeclined("the server's model declined to answer about this picture; ask something else, or another model")


def _retry_after(error: APIStatusError) -> float:
    """Seconds until another try makes sense, as the server says (RFC 9110, section 10.2.3) or as is usual."""
    said = error.response.headers.get("retry-after", "")
    try:
        return min(max(0.0, float(said)), _LONGEST_RETRY)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return _RETRY_SECONDS
    return min(max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()), _LONGEST_RETRY)
