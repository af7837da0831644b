"""What a server says about a file before it sends it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import httpx

_SHA256 = re.compile(r"[0-9a-f]{64}")
_GIT_SHA1 = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Size and identity of a file at its source, as far as the server tells them."""

    size: int = 0  # bytes; 0 when it does not say
    sha256: str = ""  # of the hub's large files
    git_sha1: str = ""  # the name of the blob in git, of the hub's small files
    commit: str = ""  # that the hub's revision stands for
    etag: str = ""  # strong entity tag of the server that sends the bytes

    def told_by(self, response: httpx.Response) -> Offer:
        """The same with what another response on the way adds: what was told first, nearest to the publisher, stays.

        The hub tells the linked file's size and SHA-256 beside its redirection, and a small file's git hash as its entity tag.
        """
        headers = response.headers
        commit = headers.get("x-repo-commit", "")
        tag = headers.get("etag", "")
        identity = (headers.get("x-linked-etag") or (tag if commit else "")).removeprefix("W/").strip('"')
        return replace(
            self,
            size=self.size or _number(headers.get("x-linked-size")) or (0 if response.is_redirect else _whole_size(response)),
            sha256=self.sha256 or (identity if _SHA256.fullmatch(identity) else ""),
            git_sha1=self.git_sha1 or (identity if _GIT_SHA1.fullmatch(identity) else ""),
            commit=self.commit or commit,
            etag="" if response.is_redirect or tag.startswith("W/") else tag,
        )


def first_byte(response: httpx.Response) -> int:
    """Where in the file the response's bytes begin (RFC 9110, section 14.4)."""
    found = re.match(r"bytes (\d+)-", response.headers.get("content-range", ""))
    return int(found[1]) if found else 0


def _whole_size(response: httpx.Response) -> int:
    if response.status_code in {httpx.codes.PARTIAL_CONTENT, httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE}:
        return _number(response.headers.get("content-range", "").rpartition("/")[2])
    is_whole = response.status_code == httpx.codes.OK and response.headers.get("content-encoding", "identity") == "identity"
    return _number(response.headers.get("content-length")) if is_whole else 0


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
