"""Guarded download of pictures from `https://` sources.

A URL in a request makes this server connect to where a stranger says. So the host must be on the operator's allow-list,
and the address that is really connected to must be a public one: names are resolved once, the addresses are checked, and
the connection goes to a checked address while TLS and the Host header keep the name. No redirect is followed.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import httpcore
import httpx

from services.common.errors import FailedPrecondition, InvalidRequest
from services.orchestrator.storage.addresses import is_public

ALLOWED_HOSTS_SETTING = "DASIBOM_FETCH_ALLOWED_HOSTS"

Resolve = Callable[[str, int], Awaitable[list[str]]]


class FetchRefused(InvalidRequest):
    """The URL is not one that this server fetches."""

    reason = "URL_REFUSED"


class FetchFailed(FailedPrecondition):
    """The URL could not be fetched."""

    reason = "URL_FETCH_FAILED"


@dataclass(frozen=True, kw_only=True)
class FetchPolicy:
    """What may be fetched."""

    allowed_hosts: tuple[str, ...] = ()  # "cdn.example.org", "*.example.org" (below it, not itself), "*" (any public host)
    allowed_ports: tuple[int, ...] = (443,)
    max_bytes: int = 32 * 2**20  # of the body
    timeout: float = 20.0  # seconds in all, from resolving the name to the last byte
    connect_timeout: float = 5.0  # seconds for one address
    allow_http: bool = False  # plain http:// too
    allow_private: bool = False  # addresses of this machine and its network too; for tests only

    def allows_host(self, host: str) -> bool:
        """Whether a host name in lower case, without a trailing dot, is on the allow-list."""
        for pattern in map(str.lower, self.allowed_hosts):
            if pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:])):
                return True
        return False


class GuardedFetcher:
    """Fetches pictures by URL within a policy. Holds no connection between calls, so it needs no closing."""

    def __init__(self, policy: FetchPolicy, *, ssl_context: ssl.SSLContext | None = None, resolve: Resolve | None = None) -> None:
        """Prepare to fetch.

        Args:
            policy: what may be fetched.
            ssl_context: which certificates to trust; those of certifi when absent.
            resolve: turns host and port into numeric addresses; the system's resolver when absent.
        """
        self._policy = policy
        self._ssl_context = ssl_context or httpx.create_ssl_context(trust_env=False)
        self._backend = _GuardedBackend(policy, resolve or _resolve)

    async def fetch(self, url: str) -> bytes:
        """Download the body behind a URL.

        Raises:
            FetchRefused: the policy forbids the URL, its host's address, its redirect or its size.
            FetchFailed: the host did not answer, not in time, not with a whole body, or with an error.
        """
        target = self._checked(url)
        try:
            async with asyncio.timeout(self._policy.timeout):
                return await self._download(target)
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise FetchFailed(f"{target.host} did not deliver the picture within {self._policy.timeout:g} seconds") from error
        except (httpcore.ConnectError, httpcore.UnsupportedProtocol) as error:
            raise FetchFailed(f"no connection to {target.host}, or its certificate is not valid") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise FetchFailed(f"{target.host} broke off before the picture was complete") from error

    def _checked(self, url: str) -> httpx.URL:
        """The parsed URL, if the policy allows it as far as can be told before resolving."""
        policy = self._policy
        if not policy.allowed_hosts:
            raise FetchRefused(f"this server fetches no URLs: upload the picture, or have the operator set {ALLOWED_HOSTS_SETTING}")
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise FetchRefused("this is not a valid URL; give one such as https://host/picture.jpg") from error
        schemes = ("https", "http") if policy.allow_http else ("https",)
        if target.scheme not in schemes:
            raise FetchRefused(f"the URL must begin with {' or '.join(scheme + '://' for scheme in schemes)}")
        if target.userinfo or "\\" in url:
            raise FetchRefused("the URL must not hold a user name, a password or a backslash")
        host = target.raw_host.decode("ascii").lower().rstrip(".")
        if not host or not policy.allows_host(host):
            raise FetchRefused(f"the host {host!r} is not one that this server fetches from; {ALLOWED_HOSTS_SETTING} lists those")
        port = target.port or (443 if target.scheme == "https" else 80)
        if port not in policy.allowed_ports:
            raise FetchRefused(f"port {port} is not allowed; use {', '.join(map(str, policy.allowed_ports))}")
        return target

    async def _download(self, target: httpx.URL) -> bytes:
        headers = [(b"Host", target.netloc), (b"Accept", b"image/*"), (b"Accept-Encoding", b"identity"), (b"User-Agent", b"DasiBom")]
        origin = httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path)
        timeouts = {"connect": self._policy.connect_timeout}
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self._ssl_context, network_backend=self._backend) as pool,
            pool.stream("GET", origin, headers=headers, extensions={"timeout": timeouts}) as response,
        ):
            self._check_response(response, target.host)
            body = bytearray()
            async for part in response.aiter_stream():
                body += part
                self._check_size(len(body))
            return bytes(body)

    def _check_response(self, response: httpcore.Response, host: str) -> None:
        headers = {name.lower(): value for name, value in response.headers}
        if 300 <= response.status < 400:
            raise FetchRefused("the URL redirects, and redirects are not followed; give the final address of the picture")
        if response.status != 200:
            raise FetchFailed(f"{host} answered with HTTP status {response.status} instead of a picture")
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise FetchFailed(f"{host} sent a compressed body although none was asked for")
        self._check_size(int(headers.get(b"content-length", b"0")))

    def _check_size(self, size: int) -> None:
        if size > self._policy.max_bytes:
            raise FetchRefused(f"the picture behind the URL is larger than {self._policy.max_bytes:,} bytes")


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses that it has resolved and checked itself, so that no second lookup can differ."""

    def __init__(self, policy: FetchPolicy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name cannot be resolved") from error
        # One bad address condemns the name: a mixed answer is how a rebinding attack looks.
        if not self._policy.allow_private and not all(map(is_public, addresses)):
            raise FetchRefused(f"the host {host!r} is not on the public internet")
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise FetchRefused("sockets of this machine are not fetched from")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _resolve(host: str, port: int) -> list[str]:
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))
