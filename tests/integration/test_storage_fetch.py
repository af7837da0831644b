"""Guarded downloads against a real server on this machine that behaves well, badly and maliciously."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.orchestrator.storage.fetch import ALLOWED_HOSTS_SETTING, FetchFailed, FetchPolicy, FetchRefused, GuardedFetcher

HOST = "pictures.example"
PICTURE = bytes(range(256)) * 40


class Server:
    """Answers each path in its own way and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.server_names: list[str | None] = []
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(request)
            await getattr(self, request.split()[1].strip("/").partition("?")[0].partition("%")[0])(writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def good(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PICTURE) + PICTURE)

    async def chunked(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(PICTURE) + PICTURE + b"\r\n0\r\n\r\n")

    async def redirect(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data\r\nContent-Length: 0\r\n\r\n")

    async def missing(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async def silent(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async def dripping(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(300):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def declares_too_much(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")

    async def endless(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(10_000):
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            await writer.drain()

    async def lies_less(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + PICTURE)

    async def cut(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PICTURE) + PICTURE[:100])

    async def cut_chunked(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(PICTURE) + PICTURE[:100])

    async def gzipped(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n" + bytes(10))

    async def nonsense(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    async def endless_header(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            writer.write(b"X-%d: y\r\n" % number)
            await writer.drain()


async def serving(ssl_context: ssl.SSLContext | None) -> AsyncIterator[Server]:
    server = Server()
    if ssl_context is not None:
        ssl_context.sni_callback = lambda _connection, name, _context: server.server_names.append(name)
    listener = await asyncio.start_server(server.answer, "127.0.0.1", 0, ssl=ssl_context)
    server.port = listener.sockets[0].getsockname()[1]
    yield server
    listener.close()


@pytest.fixture
async def plain_server() -> AsyncIterator[Server]:
    async for server in serving(None):
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for `HOST`, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.fixture
async def tls_server(certificate: Path) -> AsyncIterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async for server in serving(context):
        yield server


def resolving_to(*addresses: str):
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


def plain_fetcher(server: Server, **changes: object) -> GuardedFetcher:
    policy = FetchPolicy(
        allowed_hosts=(HOST, "127.0.0.1", "localhost"),
        allowed_ports=(server.port,),
        allow_http=True,
        allow_private=True,
        max_bytes=100_000,
        timeout=5,
    )
    return GuardedFetcher(replace(policy, **changes), resolve=resolving_to("127.0.0.1"))


@pytest.mark.parametrize("path", ["good", "chunked"])
async def test_a_picture_is_fetched_whole(plain_server: Server, path: str) -> None:
    assert await plain_fetcher(plain_server).fetch(f"http://{HOST}:{plain_server.port}/{path}") == PICTURE


async def test_paths_and_queries_reach_the_host_as_given(plain_server: Server) -> None:
    await plain_fetcher(plain_server).fetch(f"http://{HOST}:{plain_server.port}/good%20one (1).jpg?signature=a%2Fb")
    assert plain_server.requests[0].startswith("GET /good%20one%20(1).jpg?signature=a%2Fb HTTP/1.1")
    assert f"Host: {HOST}:{plain_server.port}" in plain_server.requests[0]


async def test_tls_and_host_header_keep_the_name_while_the_connection_goes_to_the_checked_address(
    tls_server: Server, certificate: Path
) -> None:
    policy = FetchPolicy(allowed_hosts=("*.example",), allowed_ports=(tls_server.port,), allow_private=True)
    trusting = ssl.create_default_context(cafile=certificate)
    fetcher = GuardedFetcher(policy, ssl_context=trusting, resolve=resolving_to("127.0.0.1"))
    assert await fetcher.fetch(f"https://{HOST}:{tls_server.port}/good") == PICTURE
    assert tls_server.server_names == [HOST]
    assert f"Host: {HOST}:{tls_server.port}" in tls_server.requests[0]


async def test_certificates_are_checked_for_trust_and_for_the_name(tls_server: Server, certificate: Path) -> None:
    policy = FetchPolicy(allowed_hosts=("*",), allowed_ports=(tls_server.port,), allow_private=True)
    with pytest.raises(FetchFailed, match="certificate"):
        await GuardedFetcher(policy, resolve=resolving_to("127.0.0.1")).fetch(f"https://{HOST}:{tls_server.port}/good")
    trusting = ssl.create_default_context(cafile=certificate)
    with pytest.raises(FetchFailed, match="certificate"):
        await GuardedFetcher(policy, ssl_context=trusting, resolve=resolving_to("127.0.0.1")).fetch(
            f"https://other.example:{tls_server.port}/good"
        )
    assert tls_server.requests == []


async def test_without_an_allow_list_nothing_is_fetched_and_the_setting_is_named() -> None:
    with pytest.raises(FetchRefused, match=ALLOWED_HOSTS_SETTING):
        await GuardedFetcher(FetchPolicy()).fetch("https://example.com/a.jpg")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://example.com/a.jpg", "example.com"),
        (f"https://{HOST}.evil.example.net/a.jpg", "evil"),
        (f"https://evil{HOST}/a.jpg", "evil"),
        ("https://cdn.example.org.evil.com/a.jpg", "evil"),
        ("https://example.org/a.jpg", "example.org"),
        (f"https://user:secret@{HOST}/a.jpg", "user name"),
        (f"https://{HOST}\\@evil.com/", "user name"),
        (f"http://{HOST}/a.jpg", "https://"),
        (f"ftp://{HOST}/a.jpg", "https://"),
        ("file:///etc/passwd", "https://"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "https://"),
        (f"//{HOST}/a.jpg", "https://"),
        (f"https://{HOST}:22/a.jpg", "port 22"),
        (f"https://{HOST}:6379/", "port 6379"),
        ("https:///a.jpg", "host"),
        ("https://[::1/a.jpg", "valid URL"),
        (f"https://{HOST}/a\r\nX-Header: b", "valid URL"),
        ("", "https://"),
    ],
)
async def test_urls_outside_the_policy_are_refused_before_anything_is_resolved(url: str, named: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was resolved")

    fetcher = GuardedFetcher(FetchPolicy(allowed_hosts=(HOST, "*.example.org")), resolve=resolve)
    with pytest.raises(FetchRefused) as caught:
        await fetcher.fetch(url)
    assert named in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "168.63.129.16", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00:ec2::254"]
)
@pytest.mark.parametrize("first", [(), ("8.8.8.8",)])
async def test_a_listed_host_whose_address_is_inside_is_refused_and_no_address_is_told(first: tuple[str, ...], address: str) -> None:
    fetcher = GuardedFetcher(FetchPolicy(allowed_hosts=(HOST,)), resolve=resolving_to(*first, address))
    with pytest.raises(FetchRefused, match="public internet") as caught:
        await fetcher.fetch(f"https://{HOST}/a.jpg")
    assert address not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "127.1"])
async def test_no_spelling_of_this_machine_is_connected_to(plain_server: Server, host: str) -> None:
    policy = FetchPolicy(allowed_hosts=("*",), allowed_ports=(plain_server.port,), allow_http=True)
    with pytest.raises((FetchRefused, FetchFailed)):
        await GuardedFetcher(policy).fetch(f"http://{host}:{plain_server.port}/good")
    assert plain_server.requests == []


async def test_a_name_that_changes_its_address_is_looked_up_only_once(plain_server: Server) -> None:
    lookups = 0

    async def rebinding(host: str, port: int) -> list[str]:
        nonlocal lookups
        lookups += 1
        return ["192.0.2.1"] if lookups == 1 else ["127.0.0.1"]

    policy = FetchPolicy(allowed_hosts=(HOST,), allowed_ports=(plain_server.port,), allow_http=True, allow_private=True, timeout=0.3)
    with pytest.raises(FetchFailed):
        await GuardedFetcher(policy, resolve=rebinding).fetch(f"http://{HOST}:{plain_server.port}/good")
    assert lookups == 1
    assert plain_server.requests == []


async def test_redirects_are_not_followed(plain_server: Server) -> None:
    with pytest.raises(FetchRefused, match="redirect") as caught:
        await plain_fetcher(plain_server).fetch(f"http://{HOST}:{plain_server.port}/redirect")
    assert "169.254" not in str(caught.value)
    assert len(plain_server.requests) == 1


@pytest.mark.parametrize("path", ["declares_too_much", "endless"])
async def test_bodies_beyond_the_limit_are_refused_early(plain_server: Server, path: str) -> None:
    with pytest.raises(FetchRefused, match="100,000"):
        await plain_fetcher(plain_server).fetch(f"http://{HOST}:{plain_server.port}/{path}")


async def test_a_declared_length_below_the_real_one_bounds_what_is_read(plain_server: Server) -> None:
    assert await plain_fetcher(plain_server).fetch(f"http://{HOST}:{plain_server.port}/lies_less") == PICTURE[:100]


@pytest.mark.parametrize("path", ["cut", "cut_chunked", "nonsense", "endless_header"])
async def test_broken_answers_fail(plain_server: Server, path: str) -> None:
    with pytest.raises(FetchFailed, match="broke off"):
        await plain_fetcher(plain_server).fetch(f"http://{HOST}:{plain_server.port}/{path}")


@pytest.mark.parametrize("path", ["silent", "dripping"])
async def test_slow_hosts_are_given_up_on_in_time(plain_server: Server, path: str) -> None:
    started = time.perf_counter()
    with pytest.raises(FetchFailed, match=r"0\.4 seconds"):
        await plain_fetcher(plain_server, timeout=0.4).fetch(f"http://{HOST}:{plain_server.port}/{path}")
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(("path", "named"), [("missing", "404"), ("gzipped", "compressed")])
async def test_answers_that_are_no_picture_fail(plain_server: Server, path: str, named: str) -> None:
    with pytest.raises(FetchFailed, match=named):
        await plain_fetcher(plain_server).fetch(f"http://{HOST}:{plain_server.port}/{path}")


async def test_a_closed_port_and_an_unknown_name_fail() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        policy = FetchPolicy(allowed_hosts=("*",), allowed_ports=(port,), allow_http=True, allow_private=True)
        with pytest.raises(FetchFailed, match="no connection"):
            await GuardedFetcher(policy).fetch(f"http://127.0.0.1:{port}/good")
        with pytest.raises(FetchFailed):
            await GuardedFetcher(replace(policy, timeout=3)).fetch(f"http://no-such-host.invalid:{port}/good")


async def test_the_next_address_is_tried_when_the_first_does_not_answer(plain_server: Server) -> None:
    policy = FetchPolicy(
        allowed_hosts=(HOST,), allowed_ports=(plain_server.port,), allow_http=True, allow_private=True, connect_timeout=0.3
    )
    fetcher = GuardedFetcher(policy, resolve=resolving_to("::1", "127.0.0.1"))
    assert await fetcher.fetch(f"http://{HOST}:{plain_server.port}/good") == PICTURE
