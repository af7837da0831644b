"""Fetching over HTTP: asks, fetches, resumes, tries again.

One way for the hub, for GitHub and for plain addresses, on httpx. The hub's own client (huggingface_hub) was weighed: it knows the hub
alone, checks sizes and no hashes, and comes with the neural networks' packages, which need not be there when models are downloaded. What
the hub says about a file stands in the headers of its first answer, and is all that is needed here.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import httpx

from dasibom.language import say
from downloads.errors import DownloadError
from downloads.offer import Offer, first_byte
from downloads.partial_file import PartialFile
from downloads.settings import DownloadSettings

_REDIRECTIONS = 8
_LONGEST_WAIT = 60.0  # seconds
_NO_HEAD = {httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_IMPLEMENTED}  # it may send the file all the same
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


class _TryAgain(Exception):
    """This attempt failed, the next one may not."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait  # seconds that the server asks for


class Transfers:
    """All transfers of one run."""

    def __init__(self, client: httpx.AsyncClient, settings: DownloadSettings) -> None:
        """Set up with a client that `client_of` made."""
        self._client = client
        self._settings = settings
        self._hub = httpx.URL(settings.hub_endpoint)
        self._token = settings.hub_token.get_secret_value()

    async def ask(self, url: str) -> Offer:
        """What the server offers at an address, without fetching it.

        Raises:
            DownloadError: it offers nothing, or does not answer.
        """
        return await self._patiently(url, lambda: self._asked(url), reached=lambda: 0, noted=lambda _: None)

    async def fetch(
        self, url: str, part: PartialFile, *, sha256: str, moved: Callable[[int, int], None], noted: Callable[[str], None]
    ) -> Offer:
        """Bring all bytes of a file into its partial file, going on where an earlier attempt ended.

        Args:
            url: where it is.
            part: its bytes so far.
            sha256: what the manifest states; empty when nothing.
            moved: told how many bytes are there now, and how many there will be (0 when unknown).
            noted: told why a new attempt is made.

        Returns:
            What the server said of the file.

        Raises:
            DownloadError: the file is not to be had, is not the one stated, or too many attempts in a row brought nothing.
            OSError: it cannot be written.
        """
        return await self._patiently(url, lambda: self._attempt(url, part, sha256, moved), reached=lambda: part.size, noted=noted)

    async def _patiently(
        self, url: str, attempt: Callable[[], Awaitable[Offer]], *, reached: Callable[[], int], noted: Callable[[str], None]
    ) -> Offer:
        """Attempt again and again, until as many as the settings allow have failed in a row without reaching further."""
        failures = 0
        while True:
            before = reached()
            try:
                return await attempt()
            except (httpx.TransportError, httpx.DecodingError, _TryAgain) as error:
                failures = 1 if reached() > before else failures + 1
                if failures >= self._settings.download_attempts:
                    raise DownloadError(f"{_host(url)}: {_explain(error)}") from None
                asked = error.wait if isinstance(error, _TryAgain) else 0.0
                wait = max(asked, min(self._settings.download_backoff_seconds * 2 ** (failures - 1), _LONGEST_WAIT))
                noted(say(f"{_explain(error)}; {wait:.0f}초 뒤에 이어받습니다", f"{_explain(error)}; going on in {wait:.0f} s"))
                await asyncio.sleep(wait)

    async def _asked(self, url: str) -> Offer:
        async with self._opened("HEAD", url, {}) as (response, offer):
            if not response.has_redirect_location:
                self._require(response, {httpx.codes.OK, *_NO_HEAD})
            return offer

    async def _attempt(self, url: str, part: PartialFile, sha256: str, moved: Callable[[int, int], None]) -> Offer:
        async with self._opened("GET", url, part.condition) as (response, offer):
            if sha256 and offer.sha256 and offer.sha256 != sha256:
                message = say(
                    f"서버의 파일은 SHA-256이 {offer.sha256}인데 매니페스트에는 {sha256}입니다",
                    f"the server's file has SHA-256 {offer.sha256}, the manifest states {sha256}",
                )
                raise DownloadError(message)
            if (
                response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE
                and part.size == offer.size
                and part.is_of(offer, sha256)
            ):
                return offer  # the last attempt ended with the last byte
            goes_on = response.status_code == httpx.codes.PARTIAL_CONTENT
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE or (
                goes_on
                and not (first_byte(response) == part.size and part.is_of(offer, sha256) and "content-encoding" not in response.headers)
            ):
                part.discard()
                raise _TryAgain(say("서버의 파일이 바뀌어 처음부터 받습니다", "the server's file has changed, so it starts again"))
            self._require(response, {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT})
            with part.go_on() if goes_on else part.begin(offer, sha256) as file:
                done = file.tell()
                moved(done, offer.size)
                async for chunk in response.aiter_bytes():
                    done += file.write(chunk)
                    moved(done, offer.size)
        if offer.size and part.size < offer.size:
            raise _TryAgain(say("연결이 끊겼습니다", "the connection was cut"))
        return offer

    @contextlib.asynccontextmanager
    async def _opened(self, method: str, url: str, headers: Mapping[str, str]) -> AsyncIterator[tuple[httpx.Response, Offer]]:
        """The last answer on the way that redirections lead, and what all of them tell.

        The token goes to the hub alone, wherever the hub sends us.
        """
        offer, here = Offer(), httpx.URL(url)
        for _ in range(_REDIRECTIONS):
            own = {"Authorization": f"Bearer {self._token}"} if self._token and _same_origin(here, self._hub) else {}
            response = await self._client.send(self._client.build_request(method, here, headers={**headers, **own}), stream=True)
            try:
                offer = offer.told_by(response)
                if not response.has_redirect_location or (method == "HEAD" and offer.size and (offer.sha256 or offer.git_sha1)):
                    yield response, offer
                    return
                there = here.join(response.headers["location"])
            finally:
                await response.aclose()
            if here.scheme == "https" and there.scheme != "https":
                raise DownloadError(
                    say(f"{here.host}이(가) 암호화되지 않은 주소로 넘겼습니다", f"{here.host} leads to an address without TLS")
                )
            here = there
        raise DownloadError(say(f"{_host(url)}이(가) 끝없이 다른 주소로 넘깁니다", f"{_host(url)} redirects without end"))

    def _require(self, response: httpx.Response, wanted: set[int]) -> None:
        """Raise what an answer of another status means."""
        status, url = response.status_code, response.url
        if status in wanted:
            return
        if status in _TRANSIENT:
            raise _TryAgain(say(f"서버가 {status}로 답했습니다", f"the server answered {status}"), _retry_after(response))
        if status in {401, 403} and _same_origin(url, self._hub):
            page = str(self._hub).rstrip("/") + url.path.removeprefix(self._hub.path.rstrip("/")).partition("/resolve/")[0]
            message = say(
                f"허브가 접근을 거절했습니다({status}). {page} 에서 라이선스에 동의하고, 그 계정의 토큰을 HF_TOKEN에 넣으십시오",
                f"the hub refuses ({status}): accept the licence on {page}, and set HF_TOKEN to a token of that account",
            )
            raise DownloadError(message)
        if status in {404, 410}:
            address = f"{url.scheme}://{_host(str(url))}{url.path}"
            raise DownloadError(say(f"그런 파일이 없습니다: {address}", f"there is no such file: {address}"))
        raise DownloadError(say(f"{url.host}이(가) {status}로 답했습니다", f"{url.host} answered {status}"))


def client_of(settings: DownloadSettings) -> httpx.AsyncClient:
    """A client for transfers. Compression would hide sizes and forbid resuming, so it is not asked for."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "dasibom"}
    return httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(settings.download_timeout_seconds, connect=10, pool=None))


def _same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def _host(url: str) -> str:
    return httpx.URL(url).netloc.decode()


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks to wait (RFC 9110, section 10.2.3), a minute at most."""
    text = response.headers.get("retry-after", "")
    if text.isdecimal():
        return min(float(text), _LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(text).timestamp()
    except ValueError:
        return 0.0
    return min(max(until - time.time(), 0.0), _LONGEST_WAIT)


def _explain(error: Exception) -> str:
    match error:
        case _TryAgain():
            return str(error)
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return say("서버에 연결할 수 없습니다", "the server cannot be reached")
        case httpx.TimeoutException():
            return say("서버가 답하지 않습니다", "the server says nothing more")
        case _:
            return say("연결이 끊겼습니다", "the connection was cut")
