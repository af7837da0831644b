"""The download record: what was fetched into a model's folder, as it was when it was checked.

`scripts/download_models.py` writes it. Where the manifest states no SHA-256, or follows a branch such as `main`, the record's values are
what a file has to be from then on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.common.backend import WeightSource

NAME = ".download.json"


class RecordedFile(BaseModel):
    """One file, when it was checked."""

    model_config = ConfigDict(frozen=True)

    repository: str  # as the manifest named it then
    revision: str  # as the manifest named it then: a commit, a tag or a branch
    commit: str = ""  # that the revision stood for, where the source told it
    size: Annotated[int, Field(ge=0)]  # bytes
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

    def is_of(self, source: WeightSource) -> bool:
        """Whether it was fetched from where the manifest says now."""
        return self.repository == source.repository and source.revision in {self.revision, self.commit}


class DownloadRecord(BaseModel):
    """All files of one model."""

    files: dict[str, RecordedFile] = {}  # by path below the model's folder

    @classmethod
    def read(cls, folder: Path) -> DownloadRecord:
        """The record of a model's folder; an empty one when it has none.

        Raises:
            ValueError: there is one, but it cannot be understood.
            OSError: it cannot be read.
        """
        try:
            return cls.model_validate_json((folder / NAME).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return cls()

    def write(self, folder: Path) -> None:
        """Put it into the model's folder, all or nothing."""
        new = folder / f"{NAME}.new"
        new.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        os.replace(new, folder / NAME)
