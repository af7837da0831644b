"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1.file_pb2 import Artifact


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture of a report."""

    artifact: Artifact  # what it is and how it was made
    data: bytes  # the encoded picture


@dataclass(kw_only=True)
class Report:
    """Collected while a workflow runs, rendered at its end."""

    kind: str  # `case1`, `case2`, `case3`, `super_resolution` or `analysis`
    language: Literal["ko", "en"]
    given: list[tuple[str, str]] = field(default_factory=list)  # what the submitter told in words: label and text
    models: list[ModelUse] = field(default_factory=list)  # that looked at pictures without making any
    figures: list[Figure] = field(default_factory=list)
