"""One file of a run: checked, marked when a model made it, described."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from dasibom.language import say
from dasibom.orchestrator.v1.file_pb2 import Artifact, Origin, Provenance
from services.common import imaging
from services.common.settings import software_version

from .layouts import Role
from .runs import RunFile

_PICTURE = re.compile(r".*\.(?:png|jpe?g|webp|bmp|gif)", re.IGNORECASE)
_TEXT_TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json", ".txt": "text/plain; charset=utf-8"}
_BLACK = 4  # brightest value of a picture that shows nothing


class Unreadable(Exception):
    """The file is broken; the message says how."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file as the history takes it."""

    file: RunFile
    data: bytes
    media_type: str
    original_sha256: str  # of the bytes at the source, hex
    width: int = 0  # pixels; 0 when it is no picture
    height: int = 0
    blank: bool = False  # a picture that is black all over
    text: str = ""

    @property
    def name(self) -> str:
        """Name of the artifact."""
        return plain(self.file.name)

    @property
    def role(self) -> Role:
        """What it is."""
        return self.file.role

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return self.role.number(self.name)


def is_picture(name: str) -> bool:
    """Whether a name is that of a picture."""
    return _PICTURE.fullmatch(name) is not None


def read_text(data: bytes) -> str:
    """The text of a file.

    Raises:
        Unreadable: it is not UTF-8.
    """
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Unreadable(say("UTF-8 글이 아닙니다.", "It is no text in UTF-8.")) from None


def text_content(file: RunFile, data: bytes) -> Content:
    """A file that is no picture; one of an unknown type stays bytes. Raises `Unreadable` for a text that is none."""
    suffix = f".{file.name.rpartition('.')[2].lower()}"
    media_type = _TEXT_TYPES.get(suffix, "application/octet-stream")
    text = read_text(data) if suffix in _TEXT_TYPES else ""
    return Content(file=file, data=data, media_type=media_type, original_sha256=hashlib.sha256(data).hexdigest(), text=text)


async def picture_content(file: RunFile, data: bytes) -> Content:
    """A picture. One that a model made gets the visible mark that all such pictures bear here.

    Raises:
        Unreadable: it is broken, or of a kind that is not taken.
    """
    try:
        picture = await imaging.decode_async(data)
    except imaging.BadPicture as error:
        raise Unreadable(say(f"읽을 수 없는 그림입니다: {error.korean}", f"It cannot be read as a picture: {error.english}.")) from None
    sha256 = hashlib.sha256(data).hexdigest()
    blank = int(picture.pixels.max()) <= _BLACK
    if file.role.synthetic:
        data = await imaging.encode_async(imaging.label(picture.pixels), picture.media_type, alpha=picture.alpha)
    return Content(
        file=file,
        data=data,
        media_type=picture.media_type,
        original_sha256=sha256,
        width=picture.width,
        height=picture.height,
        blank=blank,
    )


def describe(content: Content, *, file: str, size: int, sha256: str, script: str) -> Artifact:
    """The artifact of a file that is in storage.

    Args:
        content: the file.
        file: its new id.
        size: bytes in storage.
        sha256: of those, hex.
        script: the former script that made it.
    """
    role = content.role
    title = f"{role.title} {content.number}" if role.pattern.groups and role.number(content.name) > 1 else role.title
    parameters = {"legacy_script": script, "verified": "false"}
    if role.synthetic:
        parameters["visible_mark"] = imaging.AI_LABEL
    return Artifact(
        file=file,
        name=content.name,
        kind=role.kind,
        title=title,
        media_type=content.media_type,
        size=size,
        sha256=sha256,
        synthetic=role.synthetic,
        provenance=Provenance(
            origins=[Origin(name=plain(content.file.source.address), sha256=content.original_sha256)],
            models=role.models,
            parameters=parameters,
            software_version=software_version(),
        ),
    )


def plain(text: str) -> str:
    """A file name as text that everything can store: a name in another encoding loses what is no text."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
