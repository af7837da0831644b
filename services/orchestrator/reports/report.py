"""What a report is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1.file_pb2 import Artifact


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture of a report."""

    artifact: Artifact  # what it is and how it was made
    data: bytes  # the encoded picture


@dataclass(frozen=True, kw_only=True)
class GivenPicture:
    """A picture as it was submitted."""

    artifact: str  # name of its untouched copy
    title: str
    name: str  # the submitter's file name, or the file's id
    sha256: str
    width: int  # pixels, upright
    height: int


@dataclass(kw_only=True)
class Report:
    """Collected while a workflow runs, rendered at its end."""

    kind: str  # `case1`, `case2`, `case3`, `super_resolution` or `analysis`
    language: Literal["ko", "en"]
    given: list[tuple[str, str]] = field(default_factory=list)  # what the submitter told in words: label and text
    inputs: list[GivenPicture] = field(default_factory=list)
    models: list[ModelUse] = field(default_factory=list)  # that looked at pictures without making any
    figures: list[Figure] = field(default_factory=list)
    drawings: list[Artifact] = field(default_factory=list)  # editable forms of pictures

    @property
    def artifacts(self) -> list[Artifact]:
        """Every file that the report tells of."""
        return [*(figure.artifact for figure in self.figures), *self.drawings]

    @property
    def all_models(self) -> list[ModelUse]:
        """Every model that had a part in it, each once."""
        made = (model for artifact in self.artifacts for model in artifact.provenance.models)
        return distinct([*self.models, *made])

    @property
    def version(self) -> str:
        """Version of the software that made it; empty without figures."""
        return next((artifact.provenance.software_version for artifact in self.artifacts), "")


def distinct(models: Iterable[ModelUse]) -> list[ModelUse]:
    """Each model once, in the order of their first use."""
    found: list[ModelUse] = []
    for model in models:
        if model not in found:
            found.append(model)
    return found
