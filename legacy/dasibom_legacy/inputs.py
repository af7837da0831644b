"""The pictures that an argument names, read on this side: the service needs no access to the caller's buckets, hosts and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from dasibom.client import Client, InvalidRequest
from dasibom.client.pictures import MOST_BYTES
from dasibom.client.saving import safe_name
from dasibom.command.exits import describe, describe_os_error
from dasibom.language import say
from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom_legacy import settings
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.pictures import as_png
from dasibom_legacy.s3 import PICTURE_SUFFIXES, SCHEME, list_pictures, read_object

HTTP_SECONDS = 30.0
MOST_PICTURES = 32
"""Pictures that one job takes."""

Source: TypeAlias = str | os.PathLike[str] | bytes
"""A file, an `s3://` object, an `http(s)://` address, or the bytes themselves."""


@dataclass(frozen=True, kw_only=True)
class UploadedPicture:
    """A picture that the service has."""

    source: str  # as it was named
    data: bytes  # as it was read
    file: str  # id of the upload

    @property
    def message(self) -> ImageSource:
        """The picture in a request."""
        return ImageSource(file=self.file)


def is_http(source: str) -> bool:
    """Whether this is a web address; a file whose name merely begins with `http` is none."""
    return source.lower().startswith(("http://", "https://"))


def find_sources(source: str | os.PathLike[str] | Iterable[str], region: str = settings.FORMER_REGION) -> list[str]:
    """The single pictures that a source names.

    Args:
        source: a file; a folder, searched through all of its folders; an `s3://` object or prefix; an `http(s)://` address; or a list of
            these, which is taken as it is.
        region: of the S3 client.

    Returns:
        Paths and addresses, sorted within a folder or prefix; empty when a folder or prefix holds no picture.

    Raises:
        LegacyError: there is no such file or folder, or the prefix cannot be listed.
    """
    if not isinstance(source, str | os.PathLike):
        return [os.fspath(one) for one in source]
    name = os.fspath(source)
    if name.startswith(SCHEME):
        return [name] if name.lower().endswith(PICTURE_SUFFIXES) else list_pictures(name, region)
    if is_http(name):
        return [name]
    path = Path(name)
    if path.is_dir():
        return sorted(str(found) for found in path.rglob("*") if found.suffix.lower() in PICTURE_SUFFIXES and found.is_file())
    if not path.is_file():
        raise missing(name)
    return [name]


def find_one(source: str | os.PathLike[str], region: str = settings.FORMER_REGION) -> str:
    """The one picture that a source names; of a folder or prefix the first. See `find_sources`.

    Raises:
        LegacyError: also when a folder or prefix holds no picture.
    """
    found = find_sources(source, region)
    if not found:
        raise LegacyError(no_pictures(source))
    if len(found) > 1:
        print(say(f"사진 {len(found)}장 가운데 첫 장을 씁니다: {found[0]}", f"Of {len(found)} pictures the first is used: {found[0]}"))
    return found[0]


def missing(name: str, *, former_status: int = 1) -> LegacyError:
    """The error that a file is not there."""
    return LegacyError(
        say(f"파일을 찾을 수 없습니다: {name}", f"There is no such file: {name}"),
        former_status=former_status,
    )


def read_source(source: Source, region: str = settings.FORMER_REGION) -> bytes:
    """The bytes of one picture.

    Raises:
        LegacyError: it cannot be read, and why.
    """
    if isinstance(source, bytes):
        return source
    name = os.fspath(source)
    if name.startswith(SCHEME):
        return read_object(name, region)
    if is_http(name):
        return _read_http(name)
    try:
        with Path(name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise missing(name) from None
    except OSError as error:
        raise LegacyError(describe_os_error(error), former_status=1) from None


def upload(client: Client, source: Source, region: str = settings.FORMER_REGION) -> UploadedPicture:
    """Give one picture to the service.

    Raises:
        LegacyError: it cannot be read, or is no picture that the service takes; names it.
    """
    data = read_source(source, region)
    name = "" if isinstance(source, bytes) else os.fspath(source)
    label = _file_name(name)
    try:
        # What the service does not read and the former scripts did.
        sent = as_png(data) if data.startswith(b"BM") else data
        return UploadedPicture(source=name or label, data=data, file=client.upload(sent, name=label).id)
    except InvalidRequest as error:
        reason = describe(error)
    except OSError as error:
        reason = str(error)
    raise LegacyError(say(f"{name or label}: 사진을 쓸 수 없습니다. {reason}", f"{name or label}: not usable. {reason}"), former_status=1)


def upload_all(client: Client, sources: Sequence[Source], region: str = settings.FORMER_REGION) -> list[UploadedPicture]:
    """Give several pictures to the service; a broken one among them is reported on the console and the rest goes on.

    Raises:
        LegacyError: none of them is usable; tells why of each.
    """
    if len(sources) > MOST_PICTURES:
        left_out = len(sources) - MOST_PICTURES
        print(
            say(
                f"⚠️  사진이 {len(sources)}장입니다. 한 번에 {MOST_PICTURES}장까지 쓰므로 뒤의 {left_out}장은 빼고 진행합니다.",
                f"⚠️  There are {len(sources)} pictures; one run takes {MOST_PICTURES}, so the last {left_out} are left out.",
            )
        )
    usable, reasons = [], []
    for source in sources[:MOST_PICTURES]:
        try:
            usable.append(upload(client, source, region))
        except LegacyError as error:
            reasons.append(error.message)
            if len(sources) > 1:
                print(say(f"⚠️  건너뜀: {error.message}", f"⚠️  Left out: {error.message}"))
    if not usable:
        raise LegacyError(
            reasons[0] if len(reasons) == 1 else say("쓸 수 있는 사진이 없습니다.", "None of the pictures is usable."), former_status=1
        )
    return usable


def no_pictures(source: object) -> str:
    """What is said of an empty folder or prefix."""
    suffixes = " ".join(PICTURE_SUFFIXES)
    return say(f"이미지가 없습니다: {source} (찾는 형식: {suffixes})", f"There is no picture in {source} (looked for: {suffixes})")


def _file_name(source: str) -> str:
    last = unquote(urlsplit(source).path) if is_http(source) else source
    return safe_name(os.path.basename(last.rstrip("/")) or "picture")


def _read_http(url: str) -> bytes:
    import httpx

    try:
        with httpx.stream("GET", url, timeout=HTTP_SECONDS, follow_redirects=True) as answer:
            answer.raise_for_status()
            data = bytearray()
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > MOST_BYTES:
                    break
            return bytes(data)
    except httpx.HTTPStatusError as error:
        reason = f"HTTP {error.response.status_code}"
    except httpx.TimeoutException:
        reason = say(f"{HTTP_SECONDS:.0f}초 안에 응답이 없습니다", f"no answer within {HTTP_SECONDS:.0f} seconds")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
    raise LegacyError(say(f"{url}을(를) 받을 수 없습니다: {reason}", f"{url} cannot be fetched: {reason}"), former_status=1)
