"""`SUMMARY_REPORT.html` of the orchestrating script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dasibom.client import Client
from dasibom.language import say
from dasibom_legacy.page import templates

_ROLES = (
    ("vqa", "특징 분석", "analysis"),
    ("diffusion", "그림 생성", "generation"),
    ("superres", "화질 향상", "super-resolution"),
    ("faceswap", "얼굴 검출과 합성", "face detection and swap"),
)


@dataclass(frozen=True, kw_only=True)
class CaseEntry:
    """One case of the summary."""

    name: str
    success: bool
    folder: str
    files: list[str] | None  # None where there is no such folder

    @property
    def file_count(self) -> int:
        """Entries of the folder."""
        return len(self.files or ())

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> CaseEntry:
        """The entry of a case's record: `case`, `output_directory`, `success`."""
        folder = Path(record["output_directory"])
        files = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else None
        return cls(name=record["case"], success=record["success"], folder=str(folder), files=files)


def summary_report(records: Sequence[Mapping[str, Any]], *, created: str, models: Sequence[str]) -> str:
    """The page.

    Args:
        records: of the cases; see `CaseEntry.of`.
        created: time, as it is shown.
        models: what was used, a line each.
    """
    entries = [CaseEntry.of(record) for record in records]
    return templates().get_template("summary_report.html.j2").render(cases=entries, created=created, models=models)


def default_models(client: Client) -> list[str]:
    """The default model of each service and what it does, a line each."""
    names = {found.service: next((item.name for item in found.models if item.is_default), "-") for found in client.models()}
    return [f"{names.get(service, '-')} - {say(korean, english)}" for service, korean, english in _ROLES]
