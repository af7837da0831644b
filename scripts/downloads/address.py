"""Where a source's files are on the net."""

from __future__ import annotations

import re
from urllib.parse import quote

from dasibom.language import say
from downloads.errors import DownloadError
from downloads.settings import DownloadSettings
from services.common.backend import WeightSource

_COMMIT = re.compile(r"[0-9a-f]{40}")


def address_of(source: WeightSource, path: str, revision: str, settings: DownloadSettings) -> str:
    """The URL of a file.

    Args:
        source: a source of kind `hub`, `github` or `url`.
        path: the file's path there.
        revision: the commit to take it from; a release's tag.
        settings: the endpoints.

    Raises:
        DownloadError: the manifest names no such place.
    """
    match source.kind:
        case "hub":
            return f"{settings.hub_endpoint.rstrip('/')}/{source.repository}/resolve/{quote(revision, safe='')}/{quote(path)}"
        case "github":
            release = f"{source.repository}/releases/download/{quote(revision, safe='')}"
            return f"{settings.github_endpoint.rstrip('/')}/{release}/{quote(path)}"
        case "url" if source.repository.startswith(("https://", "http://")):
            return source.repository + quote(path) if source.repository.endswith("/") else source.repository
        case _:
            raise DownloadError(
                say(f"{source.repository!r}은(는) 받을 수 있는 주소가 아닙니다", f"{source.repository!r} is no address to fetch from")
            )


def moves(source: WeightSource) -> bool:
    """Whether the source's revision is a branch or a tag of the hub, which may stand for another commit tomorrow."""
    return source.kind == "hub" and not _COMMIT.fullmatch(source.revision)
