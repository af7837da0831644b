"""Uploads, complete or not at all: raw bodies and multipart forms, in any pieces."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping

import pytest

from dasibom.orchestrator.v1.orchestrator_service_pb2 import UploadRequest
from services.common.errors import InvalidRequest
from services.common.imaging import DEFAULT_LIMITS
from services.orchestrator.api.upload import LENGTH_METADATA, ReceivedFile, receive

PICTURE = bytes(range(256)) * 40 + b"\r\n--B\r\n--\r\n"  # pieces of boundaries in it must not matter
FORM_TYPE = "multipart/form-data; boundary=Boundary7"


def part(disposition: str, data: bytes, *more: str) -> bytes:
    """One part of a form."""
    headers = "\r\n".join((f"Content-Disposition: form-data; {disposition}", *more))
    return b"--Boundary7\r\n" + headers.encode() + b"\r\n\r\n" + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole form."""
    return b"".join(parts) + b"--Boundary7--\r\n"


async def upload(
    body: bytes, content_type: str = "", *, piece: int = 1000, metadata: Mapping[str, str] | None = None, **first: object
) -> ReceivedFile:
    """Receive a body that comes in pieces."""

    async def messages() -> AsyncIterator[UploadRequest]:
        for start in range(0, max(1, len(body)), piece):
            message = UploadRequest(**(first if start == 0 else {}))  # type: ignore[arg-type]
            message.body.data = body[start : start + piece]
            message.body.content_type = content_type if start == 0 else ""
            yield message

    return await receive(messages(), metadata or {})


async def refused(*args: object, **options: object) -> str:
    """The reason why an upload is refused."""
    with pytest.raises(InvalidRequest) as caught:
        await upload(*args, **options)  # type: ignore[arg-type]
    return caught.value.reason


@pytest.mark.parametrize("piece", [1, 7, 1000, 10**6])
async def test_a_file_arrives_whole_whatever_the_pieces(piece: int) -> None:
    assert await upload(PICTURE[:2000], piece=piece, file_name="실종자.jpg") == ReceivedFile(data=PICTURE[:2000], name="실종자.jpg")
    sent = form(part('name="note"', b"hello"), part('name="file"; filename="a.png"', PICTURE[:2000], "Content-Type: image/png"))
    assert await upload(sent, FORM_TYPE, piece=piece) == ReceivedFile(data=PICTURE[:2000], name="a.png")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('name="f"; filename="실종자 사진.jpg"', "실종자 사진.jpg"),
        ("name=\"f\"; filename*=UTF-8''%EC%8B%A4%EC%A2%85%EC%9E%90.jpg", "실종자.jpg"),
        ('name="f"; filename="a\\"b; c.png"', 'a"b; c.png'),
        ("name=f; filename=plain.png", "plain.png"),
        ('name="f"; filename=""', ""),
        ("name=\"f\"; filename*=UTF-8''%ff.png", "\ufffd.png"),
        # Encodings that only an attacker would name.
        ("name=\"f\"; filename*=unicode_escape''%5Cud800.png", "?.png"),
        ("name=\"f\"; filename*=idna''xn--%80", ""),
    ],
)
async def test_a_forms_file_keeps_its_name(disposition: str, name: str) -> None:
    received = await upload(form(part(disposition, PICTURE)), FORM_TYPE)
    assert received == ReceivedFile(data=PICTURE, name=name)
    received.name.encode()


async def test_what_a_form_may_not_be_is_refused() -> None:
    file = part('name="file"; filename="a.png"', PICTURE)
    assert await refused(form(file, file), FORM_TYPE) == "BAD_FORM"
    assert await refused(form(part('name="file"', PICTURE)), FORM_TYPE) == "BAD_FORM"
    assert await refused(form(part('name="file"; filename="a.png"', b"")), FORM_TYPE) == "EMPTY_UPLOAD"
    assert await refused(form(file), "multipart/form-data") == "BAD_FORM"
    assert await refused(form(file), "multipart/form-data; boundary=Other") == "BAD_FORM"
    assert await refused(b"no form at all", FORM_TYPE) == "BAD_FORM"


async def test_an_upload_that_was_cut_short_or_changed_on_the_way_is_refused() -> None:
    whole = form(part('name="file"; filename="a.png"', PICTURE))
    for length in (len(whole) - 1, len(whole) // 2):
        assert await refused(whole[:length], FORM_TYPE, metadata={LENGTH_METADATA: str(len(whole))}) == "UPLOAD_INCOMPLETE"
    assert await refused(whole[: len(whole) // 2], FORM_TYPE) == "UPLOAD_INCOMPLETE"
    assert await refused(PICTURE[:-1], metadata={LENGTH_METADATA: str(len(PICTURE))}) == "UPLOAD_INCOMPLETE"
    assert await refused(PICTURE, size=len(PICTURE) + 1) == "UPLOAD_INCOMPLETE"
    assert await refused(PICTURE, sha256="ab" * 32) == "UPLOAD_CORRUPT"
    assert await refused(b"") == "EMPTY_UPLOAD"
    digest = hashlib.sha256(PICTURE).hexdigest().upper()
    assert (await upload(PICTURE, size=len(PICTURE), sha256=digest)).data == PICTURE
    # Size and hash are the file's, not the form's.
    assert (await upload(whole, FORM_TYPE, size=len(PICTURE), sha256=digest)).data == PICTURE


async def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    read = 0

    async def endless() -> AsyncIterator[UploadRequest]:
        nonlocal read
        while True:
            read += 2**20
            message = UploadRequest()
            message.body.data = bytes(2**20)
            yield message

    with pytest.raises(InvalidRequest) as caught:
        await receive(endless(), {})
    assert caught.value.reason == "IMAGE_TOO_LARGE"
    assert read <= DEFAULT_LIMITS.max_bytes + 2**20
    read = 0
    with pytest.raises(InvalidRequest):
        await receive(endless(), {LENGTH_METADATA: str(2**40)})
    assert read == 2**20
