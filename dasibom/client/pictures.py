"""The ways to give a picture, and the pieces in which one travels."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from google.api.httpbody_pb2 import HttpBody

from dasibom.client.errors import InvalidRequest
from dasibom.orchestrator.v1.file_pb2 import File
from dasibom.orchestrator.v1.orchestrator_service_pb2 import UploadRequest

MIB = 1024 * 1024
MOST_BYTES = 32 * MIB
MOST_PICTURES = 32
"""In a case."""
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
"""What counts as a picture in a folder, in lower case: as in folders of the service."""
_PIECE = 256 * 1024
_MOST_NAME = 255  # characters

# What can be uploaded: a path, the bytes themselves, or an open binary file.
LocalPicture: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO
# What a case takes: any of these, an uploaded file or its id, or a URL (`https://…`, `s3://…`) that the service fetches.
Picture: TypeAlias = LocalPicture | File

_FILE_ID = re.compile(r"fl_[0-9a-z]{26}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def file_id(picture: Picture) -> str | None:
    """Id of an uploaded file, if this names one."""
    if isinstance(picture, File):
        return picture.id
    return picture if isinstance(picture, str) and _FILE_ID.fullmatch(picture) else None


def url(picture: Picture) -> str | None:
    """The URL, if this is one."""
    return picture if isinstance(picture, str) and _URL.match(picture) else None


def pictures_in(folder: str | os.PathLike[str]) -> list[Path]:
    """The pictures that lie directly in a folder, in the order of their names; hidden files are none.

    Raises:
        OSError: the folder cannot be read.
    """
    files = (path for path in Path(folder).iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith("."))
    return sorted(path for path in files if path.is_file())


@dataclass(frozen=True, kw_only=True)
class UploadedFolder:
    """What became of a folder's pictures."""

    files: tuple[File, ...]  # in the order of their names
    left_out: Mapping[Path, InvalidRequest] = field(default_factory=dict)  # those that cannot be read, and why


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A picture's bytes, read once, so that every try sends the same ones."""

    data: bytes
    name: str  # without folders; may be empty

    @classmethod
    def read(cls, picture: LocalPicture, name: str = "") -> Upload:
        """Read a picture.

        Args:
            picture: path, bytes, or open binary file, which is read from where it stands.
            name: file name to give it; the path's own when empty.

        Raises:
            OSError: the file cannot be read.
            InvalidRequest: it is empty or larger than 32 MiB, or the file is open as text.
        """
        if isinstance(picture, bytes):
            data, own_name = picture, ""
        elif isinstance(picture, str | os.PathLike):
            with Path(picture).open("rb") as file:
                data, own_name = file.read(MOST_BYTES + 1), Path(picture).name
        else:
            data, own_name = picture.read(MOST_BYTES + 1), str(getattr(picture, "name", ""))
        label = (name or os.path.basename(own_name))[-_MOST_NAME:]
        if not isinstance(data, bytes):
            raise InvalidRequest(f"{label or 'the file'} is open as text; open it with mode 'rb'")
        if not data:
            raise InvalidRequest(f"{label or 'the picture'} is empty")
        if len(data) > MOST_BYTES:
            raise InvalidRequest(f"{label or 'the picture'} is larger than the {MOST_BYTES // MIB} MiB that the service takes")
        return cls(data=data, name=label)

    def messages(self) -> Iterator[UploadRequest]:
        """The pieces to send; the first one declares size and hash, so that a cut upload cannot pass for a whole one."""
        view = memoryview(self.data)
        for start in range(0, len(self.data), _PIECE):
            message = UploadRequest(body=HttpBody(data=bytes(view[start : start + _PIECE])))
            if start == 0:
                message.file_name, message.size = self.name, len(self.data)
                message.sha256 = hashlib.sha256(self.data).hexdigest()
                message.body.content_type = "application/octet-stream"
            yield message
