"""Where the results of a run go: a local folder under the names of the local scripts, S3 under the names of the later ones, or both."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from PIL import Image

from dasibom.command.exits import describe_os_error
from dasibom_legacy import settings
from dasibom_legacy.case_id import generate_case_id
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.pictures import as_png
from dasibom_legacy.s3 import CaseStore

LOCAL_FOLDERS = {
    "case1_montage": "outputs_enhanced",
    "case2_synthesis": "outputs_case2",
    "case3_investigation": "outputs",
    "super_resolution": "outputs_super_resolution",
}
"""Default folders by type of case."""

MANIFEST = "manifest.json"


@dataclass(kw_only=True)
class CaseOutput:
    """The results of one run."""

    case_type: str
    case_id: str
    moment: datetime  # of the run; every file carries it
    folder: Path | None = None
    store: CaseStore | None = None
    urls: dict[str, str] = field(default_factory=dict)  # what was kept, by the keys of `s3_urls`: S3 addresses, or paths without S3

    def check(self) -> None:
        """Find out before any work is done whether results can be kept.

        Raises:
            LegacyError: they cannot, and why.
        """
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LegacyError(describe_os_error(error), former_status=1) from None
        if self.store is not None:
            self.store.check()

    @property
    def stamp(self) -> str:
        """The moment as file names carry it."""
        return f"{self.moment:%Y%m%d_%H%M%S}"

    def image(self, key: str, name: str, picture: Image.Image | bytes, *, local_name: str = "") -> str:
        """Keep a picture as PNG; gives where. See `text` for the arguments."""
        return self._keep("images", key, name, as_png(picture), local_name)

    def text(self, key: str, name: str, text: str, *, local_name: str = "") -> str:
        """Keep a text or an HTML page, UTF-8; gives where.

        Args:
            key: under which `urls` names it; nowhere when empty.
            name: of the file in S3, and in the folder unless `local_name` is given.
            text: what it holds.
            local_name: of the file in the folder.
        """
        return self._keep("reports", key, name, text.encode(), local_name)

    def data(self, key: str, name: str, text: str, *, local_name: str = "") -> str:
        """Keep a JSON document; gives where. See `text` for the arguments."""
        return self._keep("data", key, name, text.encode(), local_name)

    def _keep(self, kind: str, key: str, name: str, data: bytes, local_name: str) -> str:
        where = ""
        if self.folder is not None:
            where = write_file(self.folder / (local_name or name), data)
        if self.store is not None:
            where = self.store.put(self.case_type, self.case_id, kind, name, data, moment=self.moment)
        if key:
            self.urls[key] = where
        return where

    def manifest(self, document: str) -> str:
        """Keep an index of the run's files, with everything about the job that made them; gives where.

        Args:
            document: the job as JSON text.
        """
        index = {
            "case_id": self.case_id,
            "case_type": self.case_type,
            "created": self.moment.isoformat(timespec="seconds"),
            "files": self.urls,
            "job": json.loads(document),
        }
        return self.data("", MANIFEST, json.dumps(index, ensure_ascii=False, indent=2))


def write_file(path: Path, data: bytes) -> str:
    """Write a file, making its folder; gives its path as text.

    Raises:
        LegacyError: it cannot be written, and why.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise LegacyError(describe_os_error(error), former_status=1) from None
    return str(path)


def open_output(
    case_type: str,
    *,
    case_id: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    bucket: str | None = None,
    region: str = settings.FORMER_REGION,
) -> CaseOutput:
    """Choose where results go.

    S3 when a bucket is named, by the caller or by `DASIBOM_LEGACY_BUCKET`; a folder when one is named; both when both are; the former
    local script's folder when neither is, because pictures of people leave this machine only on somebody's word.

    Args:
        case_type: such as `case1_montage`.
        case_id: of the run; made from the time when empty.
        folder: for results.
        bucket: for results.
        region: of the S3 client.
    """
    chosen = bucket or settings.default_bucket()
    if folder is None and not chosen:
        folder = LOCAL_FOLDERS[case_type]
    return CaseOutput(
        case_type=case_type,
        case_id=case_id or generate_case_id(),
        moment=datetime.now().astimezone(),
        folder=None if folder is None else Path(folder),
        store=CaseStore(chosen, region) if chosen else None,
    )


def id_or_folder(given: str | os.PathLike[str] | None) -> tuple[str | None, Path | None]:
    """What the second argument of a pipeline means: the first contract passed a folder for results, the later ones a case id.

    Returns:
        Case id and folder; at most one of them is not None.
    """
    if not given:
        return None, None
    text = os.fspath(given)
    is_folder = not isinstance(given, str) or "/" in text or os.sep in text or Path(text).is_dir() or text.startswith((".", "outputs"))
    return (None, Path(text)) if is_folder else (text, None)
