"""Receiving an upload: a raw body or a multipart form, in pieces, complete or not at all."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from email.message import Message as MimeHeaders

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from dasibom.orchestrator.v1.orchestrator_service_pb2 import UploadRequest
from services.common.errors import InvalidRequest
from services.common.imaging import DEFAULT_LIMITS

# The gateway copies the request's Content-Length here, which does not reach us else: it tells a whole upload from a cut one.
LENGTH_METADATA = "x-dasibom-content-length"
# A multipart form is its file plus headers and boundaries.
_FORM_OVERHEAD = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class ReceivedFile:
    """An upload that has arrived whole."""

    data: bytes
    name: str  # as the uploader gave it; may be empty


async def receive(messages: AsyncIterator[UploadRequest], metadata: Mapping[str, str]) -> ReceivedFile:
    """Read an upload to its end.

    Args:
        messages: the pieces.
        metadata: the call's metadata.

    Raises:
        InvalidRequest: it is empty, too large, cut short, not what was declared, or not a form with one file.
    """
    first: UploadRequest | None = None
    body = bytearray()
    async for message in messages:
        first = first or message
        if not body:
            _check_declared(first, metadata)
        body += message.body.data
        _check_size(len(body), first.body.content_type)
    # A client that goes away looks like one that has finished; if it is gone, this is where the call is cancelled.
    await asyncio.sleep(0)
    if first is None or not body:
        raise InvalidRequest("the body is empty; send the bytes of one picture", reason="EMPTY_UPLOAD")
    declared = metadata.get(LENGTH_METADATA, "")
    if declared.isdigit() and int(declared) != len(body):
        raise InvalidRequest(f"the upload was cut short: {len(body)} of {declared} bytes arrived", reason="UPLOAD_INCOMPLETE")
    kind, parameters = parse_options_header(first.body.content_type)
    boundary = parameters.get(b"boundary", b"") if kind == b"multipart/form-data" else None
    # In a thread: a large form takes a part of a second to take apart.
    return await asyncio.to_thread(_whole, bytes(body), first, boundary)


def _whole(body: bytes, first: UploadRequest, boundary: bytes | None) -> ReceivedFile:
    """The file in a body that has arrived; `boundary` is that of a form, None for a raw body."""
    received = ReceivedFile(data=body, name=first.file_name) if boundary is None else _form_file(body, boundary)
    _check_content(received.data, first)
    return received


def _check_declared(first: UploadRequest, metadata: Mapping[str, str]) -> None:
    """Refuse what says itself that it is too large, before reading it."""
    declared = metadata.get(LENGTH_METADATA, "")
    size = max(first.size, int(declared) if declared.isdigit() else 0)
    _check_size(size, first.body.content_type)


def _check_size(size: int, content_type: str) -> None:
    overhead = _FORM_OVERHEAD if content_type.startswith("multipart/") else 0
    if size > DEFAULT_LIMITS.max_bytes + overhead:
        mib = 1024 * 1024
        raise InvalidRequest(
            f"the picture has {size / mib:.1f} MiB or more; at most {DEFAULT_LIMITS.max_bytes // mib} MiB are accepted",
            reason="IMAGE_TOO_LARGE",
        )


def _check_content(data: bytes, first: UploadRequest) -> None:
    if first.size and first.size != len(data):
        raise InvalidRequest(f"{len(data)} bytes arrived, but size says {first.size}", reason="UPLOAD_INCOMPLETE")
    if first.sha256 and first.sha256.lower() != hashlib.sha256(data).hexdigest():
        raise InvalidRequest("the bytes that arrived do not have the given sha256; send the file again", reason="UPLOAD_CORRUPT")


@dataclass
class _Part:
    """One part of a form, as the parser fills it."""

    headers: MimeHeaders = field(default_factory=MimeHeaders)
    data: bytearray = field(default_factory=bytearray)


def _form_file(body: bytes, boundary: bytes) -> ReceivedFile:
    """The one file of a multipart form."""
    parts: list[_Part] = []
    name, value = bytearray(), bytearray()
    ended = False

    def end_header() -> None:
        parts[-1].headers[name.decode("latin-1")] = value.decode("utf-8", "replace")
        name.clear()
        value.clear()

    def end_form() -> None:
        nonlocal ended
        ended = True

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: parts.append(_Part()),
                "on_header_field": lambda data, start, end: name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: value.extend(data[start:end]),
                "on_header_end": end_header,
                "on_part_data": lambda data, start, end: parts[-1].data.extend(data[start:end]),
                "on_end": end_form,
            },
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, UnicodeDecodeError) as error:
        raise InvalidRequest("the multipart form cannot be read; send it as a browser or curl -F does", reason="BAD_FORM") from error
    if not ended:
        raise InvalidRequest("the multipart form was cut short: its closing boundary is missing", reason="UPLOAD_INCOMPLETE")
    files = [part for part in parts if part.headers.get_param("filename", header="content-disposition") is not None]
    if len(files) != 1:
        raise InvalidRequest(f"the form holds {len(files)} files; send exactly one", reason="BAD_FORM")
    if not files[0].data:
        raise InvalidRequest("the form's file is empty; send the bytes of one picture", reason="EMPTY_UPLOAD")
    return ReceivedFile(data=bytes(files[0].data), name=_file_name(files[0].headers))


def _file_name(headers: MimeHeaders) -> str:
    try:
        name = headers.get_filename("")
    except UnicodeError:  # in an encoding that is none for names
        return ""
    return name.encode(errors="replace").decode()
