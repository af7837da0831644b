"""The proxy protocol that has become usual for Midjourney: submit, ask how far it is, fetch the picture."""

from __future__ import annotations

import base64
import json
import logging
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import quote

import httpx

from services.common import imaging
from services.common.errors import InvalidRequest
from services.common.outside import OutsideUnavailable, OutsideUnusable, demand_address, words_of
from services.common.picture import Picture

logger = logging.getLogger(__name__)

URL, SECRET = "DASIBOM_MIDJOURNEY_URL", "DASIBOM_MIDJOURNEY_SECRET"

_ACCEPTED, _EXISTS, _QUEUED, _QUEUE_FULL, _BANNED = 1, 21, 22, 23, 24
_STATES = {"SUCCESS": "done", "FAILURE": "failed", "CANCEL": "failed"}  # all others are on their way
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_RETRY_SECONDS = 10.0
_MAX_SIDE = 1024  # pixels; of a picture that leaves
_MEDIA_TYPES = ("image/", "application/octet-stream", "binary/octet-stream")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a task of the proxy is."""

    state: Literal["under way", "done", "failed"]
    percent: int = 0  # 0..100
    image_url: str = ""  # of the grid, when done
    reason: str = ""  # why it failed


class Proxy:
    """A Midjourney proxy. Calls block, each at most for the timeouts; any thread may make them."""

    def __init__(self, url: str, secret: str) -> None:
        """Prepare to call; nothing is sent yet.

        Args:
            url: address that the paths of the protocol, `/mj/…`, come below.
            secret: its `mj-api-secret`; empty where it has none.

        Raises:
            OutsideUnusable: the address is missing or none.
        """
        self._base = httpx.URL(demand_address(url, URL, "https://host"))
        self._secret = secret
        self._client = httpx.Client(verify=_certificates(), timeout=_TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def check(self) -> None:
        """See that the proxy answers and takes the secret.

        Raises:
            OutsideUnavailable: it does not answer.
            OutsideUnusable: it refuses the secret.
        """
        self._call("GET", "/mj/task/0/fetch", expect_json=False)

    def submit(self, prompt: str, picture: Picture | None) -> str | None:
        """Have a grid made.

        Args:
            prompt: in Midjourney's prompt language.
            picture: to start from.

        Returns:
            The proxy's id of the task; None when its queue is full.

        Raises:
            InvalidRequest: the prompt has words that Midjourney bans.
            OutsideUnavailable: the proxy does not answer.
            OutsideUnusable: it refuses the secret or the request.
        """
        body: dict[str, Any] = {"prompt": prompt}
        if picture is not None:
            body["base64Array"] = [_data_url(picture)]
        answer = self._call("POST", "/mj/submit/imagine", body)
        code, task = answer.get("code"), answer.get("result")
        said = words_of(answer.get("description"), self._secret)
        if code in (_ACCEPTED, _EXISTS, _QUEUED) and task:
            return str(task)
        if code == _QUEUE_FULL:
            return None
        if code == _BANNED:
            message = f"Midjourney bans words of this prompt: {said}"
            raise InvalidRequest(message, reason="PROMPT_BANNED", field_violations=[("prompt", message)])
        logger.warning("the Midjourney proxy refused with code %r: %s", code, said)
        raise OutsideUnusable(f"the Midjourney proxy refused the request (code {words_of(code)}); the log of the service says more")

    def progress(self, task: str) -> Progress:
        """How far a task is.

        Raises:
            OutsideUnavailable: the proxy does not answer, or does not know the task.
            OutsideUnusable: it refuses the secret, or its answer is none of the protocol.
        """
        answer = self._call("GET", f"/mj/task/{quote(task, safe='')}/fetch")
        if "status" not in answer:
            raise OutsideUnavailable("the Midjourney proxy does not know the task that it was given", retry_after=_RETRY_SECONDS)
        state: Any = _STATES.get(str(answer["status"]), "under way")
        percent = re.match(r"\d{1,3}", str(answer.get("progress") or ""))
        return Progress(
            state=state,
            percent=min(100, int(percent.group())) if percent else 0,
            image_url=str(answer.get("imageUrl") or ""),
            reason=words_of(answer.get("failReason"), self._secret) or "it gave no reason",
        )

    def fetch(self, image_url: str, heartbeat: Callable[[], None]) -> Picture:
        """Download a grid: by HTTPS, or from the proxy itself. The secret is not sent along.

        Args:
            image_url: as the proxy gave it.
            heartbeat: called for every part that arrives; may raise to stop.

        Raises:
            OutsideUnavailable: the download broke off.
            OutsideUnusable: the address is not one that is fetched, or there is no picture behind it.
        """
        try:
            url = self._base.join(image_url)
        except httpx.InvalidURL:
            raise OutsideUnusable("the Midjourney proxy gave an address of the picture that is none") from None
        if not image_url or url.userinfo or not (url.scheme == "https" or _origin(url) == _origin(self._base)):
            raise OutsideUnusable("the Midjourney proxy gave an address of the picture that is neither https:// nor its own")
        try:
            with self._client.stream("GET", url) as response:
                data = _picture_bytes(response, heartbeat)
        except httpx.HTTPError as error:
            logger.warning("downloading a picture of Midjourney: %s", type(error).__name__)
            raise OutsideUnavailable("Midjourney's picture could not be downloaded", retry_after=_RETRY_SECONDS) from None
        try:
            return imaging.decode(data)
        except imaging.BadPicture as error:
            raise OutsideUnusable(f"Midjourney's picture cannot be read: {error}") from None

    def _call(self, method: str, path: str, body: Any = None, *, expect_json: bool = True) -> dict[str, Any]:
        headers = {"mj-api-secret": self._secret} if self._secret else {}
        try:
            response = self._client.request(method, f"{self._base}{path}", json=body, headers=headers)
        except httpx.HTTPError as error:
            logger.warning("calling the Midjourney proxy: %s", type(error).__name__)
            raise OutsideUnavailable("the Midjourney proxy does not answer", retry_after=_RETRY_SECONDS) from None
        status = response.status_code
        if status in (401, 403):
            raise OutsideUnusable(f"the Midjourney proxy refused the secret (status {status}); see {SECRET}")
        if status >= 500 or status in (408, 429):
            raise OutsideUnavailable(f"the Midjourney proxy failed (status {status}); try again later", retry_after=_RETRY_SECONDS)
        return _object(response) if expect_json else {}


@cache
def _certificates() -> ssl.SSLContext:
    """The certificates that are trusted, read once."""
    return httpx.create_ssl_context()


def _object(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty when there is no body, which is how proxies say that they know no such task."""
    if not response.content and response.is_success:
        return {}
    try:
        value = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        value = None
    if not isinstance(value, dict):
        raise OutsideUnusable(f"what answers there (status {response.status_code}) is no Midjourney proxy; see {URL}")
    return value


def _picture_bytes(response: httpx.Response, heartbeat: Callable[[], None]) -> bytes:
    media_type = response.headers.get("content-type", _MEDIA_TYPES[-1])
    if response.status_code != 200 or not media_type.startswith(_MEDIA_TYPES):
        # Pictures may be there a moment later than their address.
        raise OutsideUnavailable(
            f"there is no picture behind Midjourney's address (status {response.status_code})", retry_after=_RETRY_SECONDS
        )
    most = imaging.DEFAULT_LIMITS.max_bytes
    data = bytearray()
    for part in response.iter_bytes():
        heartbeat()
        data += part
        if len(data) > most:
            raise OutsideUnusable(f"Midjourney's picture has more than {most:,} bytes")
    return bytes(data)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _data_url(picture: Picture) -> str:
    encoded = imaging.encode(imaging.thumbnail(picture, _MAX_SIDE), imaging.JPEG)
    return f"data:{imaging.JPEG};base64,{base64.b64encode(encoded).decode('ascii')}"
